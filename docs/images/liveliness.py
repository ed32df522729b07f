"""Recorded heads against simulated ones: prints the table of docs/simulator.md, draws liveliness.png beside this file.

visavis simulate data --minutes 34 --seed 1 --split test
visavis convert facecap.glb --out facecap.npz
python docs/images/liveliness.py data facecap.npz dualtalk_clip colocated livelink
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter
from PIL import Image

from visavis.core.clock import FPS
from visavis.data.folder import list_clips
from visavis.data.head_tracks import HeadTrack, read_head_track, read_head_tracks
from visavis.data.simulate.liveliness_fit import HeadMeasures, angular_speed, dwells, fit_blinks, measure
from visavis.validate.simulator.separation import simulated_heads

HERE = Path(__file__).parent
SHOWN_S = 20
PIECE = 10 * FPS
REAL, SIMULATED = "#c0392b", "#2c6fad"


def row(name: str, found: HeadMeasures) -> str:
    """One line of the table."""
    speed = f"{found.speed_p10:.1f} / {found.speed_p50:.1f} / {found.speed_p90:.0f} / {found.speed_p99:.0f}"
    return f"| {name} | {speed} | {', '.join(f'{share:.3f}' for share in found.shares)} | {found.kurtosis:.0f} |"


def quantile(found: Sequence[HeadMeasures], level: float) -> HeadMeasures:
    """A quantile of each measure over people."""

    def of(name: str) -> float:
        return float(np.percentile([getattr(one, name) for one in found], level))

    shares = tuple(float(share) for share in np.percentile([one.shares for one in found], level, axis=0))
    return HeadMeasures(of("speed_p10"), of("speed_p50"), of("speed_p90"), of("speed_p99"), shares, of("kurtosis"))


def table(recorded: Mapping[str, np.ndarray], simulated: Sequence[np.ndarray]) -> str:
    """Markdown of all recorded people and the spread of simulated ones."""
    found = [measure(head) for head in simulated]
    return "\n".join(
        [
            "| | speed p10 / p50 / p90 / p99 [deg/s] | below 0.3 Hz, 0.3-1, 1-2.5, 2.5-5, above | kurtosis |",
            "|---|---|---|---|",
            *(row(name, measure(head)) for name, head in recorded.items()),
            *(row(f"simulated, {level} % of people below", quantile(found, level)) for level in (10, 50, 90)),
        ]
    )


def spectrum(head: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies [Hz] and power of the angular velocity [dB re its sum] over pieces of 10 s."""
    velocity = np.diff(np.rad2deg(head), axis=0) * FPS
    pieces = np.stack([velocity[i : i + PIECE] for i in range(0, len(velocity) - PIECE + 1, PIECE // 2)])
    spread = np.fft.rfft((pieces - pieces.mean(axis=1, keepdims=True)) * np.hanning(PIECE)[:, None], axis=1)
    power = (np.abs(spread) ** 2).mean(axis=0).sum(axis=1)
    smooth = np.convolve(np.pad(power, 2, mode="edge"), np.full(5, 0.2), "valid")
    return np.fft.rfftfreq(PIECE, 1 / FPS)[1:], 10 * np.log10(smooth[1:] / power.sum())


def draw_spectra(axes: Axes, recorded: Mapping[str, np.ndarray], simulated: Sequence[np.ndarray]) -> None:
    """Each recorded person as a line, simulated people as a band."""
    hertz = spectrum(simulated[0])[0]
    low, middle, high = np.percentile([spectrum(head)[1] for head in simulated], (10, 50, 90), axis=0)
    axes.fill_between(hertz, low, high, color=SIMULATED, alpha=0.25, lw=0, label="simulated, 10-90 % of people")
    axes.plot(hertz, middle, color=SIMULATED, lw=1.5)
    for number, head in enumerate(recorded.values()):
        axes.plot(*spectrum(head), color=REAL, lw=0.8, alpha=0.8, label=None if number else "recorded people")
    axes.set(xscale="log", xlabel="Hz", ylabel="dB", title="power of angular velocity", ylim=(-45, -8))
    axes.legend(fontsize=6, loc="lower left")


def draw_speeds(axes: Axes, recorded: Mapping[str, np.ndarray], simulated: Sequence[np.ndarray]) -> None:
    """Distribution of the angular speed of each person."""
    levels = np.arange(1, 100)
    for heads, colour, width in ((simulated, SIMULATED, 0.4), (list(recorded.values()), REAL, 1.1)):
        for head in heads:
            axes.plot(np.percentile(angular_speed(head), levels), levels, color=colour, lw=width, alpha=0.8)
    axes.set(xscale="log", xlabel="deg/s", ylabel="% of frames slower", title="angular speed", xlim=(0.5, 400))


def draw_dwells(axes: Axes, recorded: Sequence[np.ndarray], simulated: Sequence[np.ndarray]) -> None:
    """Distribution of how long a gaze stays within 3 degrees."""
    for gazes, colour, width in ((simulated, SIMULATED, 0.4), (recorded, REAL, 1.1)):
        for gaze in gazes:
            axes.plot(
                np.percentile(dwells(gaze).dwell_s, range(1, 100)), range(1, 100), color=colour, lw=width, alpha=0.8
            )
    axes.set(xscale="log", xlabel="s", ylabel="% shorter", title="dwells of gaze", xlim=(0.1, 5))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])


def draw_traces(axes: Axes, heads: Mapping[str, np.ndarray]) -> None:
    """Yaw and, thin, pitch of some seconds of each head, one above the other, each to its own scale."""
    at = np.arange(SHOWN_S * FPS) / FPS
    for number, (name, head) in enumerate(heads.items()):
        start = min(30 * FPS, max(0, len(head) - len(at)))
        shown = np.rad2deg(head[start : start + len(at)])
        scale = 8 * np.rad2deg(head).std()
        colour = SIMULATED if name.startswith("simulated") else REAL
        for axis, width in ((0, 1.0), (1, 0.5)):
            axes.plot(
                at[: len(shown)], -number + (shown[:, axis] - shown[:, axis].mean()) / scale, color=colour, lw=width
            )
        axes.text(0, -number + 0.36, f"{name}, median {np.median(angular_speed(head)):.0f} deg/s", fontsize=6)
    axes.set(xlabel="s", yticks=[], title="yaw and (thin) pitch", ylim=(0.5 - len(heads), 0.6))


def main(data: Path, recordings: Sequence[str]) -> None:
    """Print and draw."""
    tracks = read_head_tracks(recordings)
    recorded = {track.name[:20]: track.head for track in tracks if track.head is not None}
    simulated = simulated_heads(data, "test")
    print(table(recorded, simulated))
    acted: list[HeadTrack] = [
        read_head_track(side.motion) for clip in list_clips(data, "test") for side in clip.sides if side.motion
    ]
    print("blinks recorded: ", fit_blinks([track.lids for track in tracks if track.lids is not None]))
    print("blinks simulated:", fit_blinks([track.lids for track in acted if track.lids is not None]))
    figure, axes = plt.subplots(2, 2, figsize=(8.4, 6.2), constrained_layout=True)
    draw_spectra(axes[0, 0], recorded, simulated)
    draw_speeds(axes[0, 1], recorded, simulated)
    draw_dwells(
        axes[1, 0], [t.gaze for t in tracks if t.gaze is not None], [t.gaze for t in acted if t.gaze is not None]
    )
    by_speed = sorted(simulated, key=lambda head: float(np.median(angular_speed(head))))
    some = {"simulated, calm": by_speed[len(by_speed) // 8], "simulated, lively": by_speed[-len(by_speed) // 8]}
    names = list(recorded)
    draw_traces(axes[1, 1], {names[1]: recorded[names[1]], names[-1]: recorded[names[-1]], **some})
    figure.savefig(HERE / "liveliness.png", dpi=100)
    picture = Image.open(HERE / "liveliness.png").convert("RGB").quantize(48)
    picture.save(HERE / "liveliness.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
