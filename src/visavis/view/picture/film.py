"""Films with sound: one or two heads side by side, who speaks, both voices. The one door to PyAV."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in, samples_in
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.view.people.looks import LOOKS, Look
from visavis.view.people.parts import Colour
from visavis.view.picture.render import Stage

Progress = Callable[[int, int], None]
"""Told after each frame: frames done, frames in all."""

STRIP = 44
"""Height of the strip with names and sound levels [pixels]."""
_RECENT = 2 * FPS
_LONGEST = 24
_BREAK = 3 * FPS // 10
_INK: Colour = (0.16, 0.20, 0.25)
_PAPER: Colour = (0.985, 0.985, 0.98)
_QUIET: Colour = (0.72, 0.74, 0.76)
_NEAR, _FAR = 0.90, 0.35
_VIDEO = ("libx264", "libopenh264", "h264", "mpeg4")


def write_film(
    path: str | os.PathLike[str],
    heads: Sequence[Motion | None],
    voices: Sequence[np.ndarray],
    labels: Sequence[str] = ("user", "agent"),
    *,
    size: tuple[int, int] = (960, 480),
    looks: Sequence[Look] = LOOKS,
    progress: Progress | None = None,
) -> None:
    """Write an .mp4 (H.264 and AAC, 25 fps) of one or two heads, from left to right, with their voices.

    `heads` may hold None for somebody whose motion is unknown: that head stands still. `voices` are (S,) float32 at
    16 kHz in the same order, fewer or more than heads if so; with two heads the left one's voice is louder on the left.
    `labels` name the heads. The film lasts as long as the longest motion (or voice, if no motion is known); sound
    is cut or padded to it. Motion at another rate is brought to 25 fps. `size` is (width, height) [pixels], even.

    Raises `VisavisError` when a part does not fit, the place cannot be written or PyAV is missing.
    """
    target = Path(path)
    _check(target, heads, voices, labels, size)
    heads = [None if motion is None else motion.resample(FPS) for motion in heads]
    lengths = [len(motion) for motion in heads if motion is not None] or [frames_in(len(voice)) for voice in voices]
    frames = max(lengths, default=0)
    if frames == 0:
        raise VisavisError(
            f"nothing to film in {target.name}: give at least one frame of motion or 640 samples of voice"
        )
    voices = [_fitted(voice, frames) for voice in voices]
    stage = Stage(heads, size=size, looks=looks, margin=STRIP)
    strip = Strip(stage, voices, labels)

    def picture(frame: int) -> np.ndarray:
        stage.draw(frame)
        strip.draw(frame)
        return stage.canvas.painted()

    with written_whole(target) as temporary:
        _encode(temporary, frames, picture, _stereo(voices, len(heads)), size, progress)


class Strip:
    """Below each head its name, a lamp that is lit while it speaks, and the last two seconds of its voice's level."""

    def __init__(self, stage: Stage, voices: Sequence[np.ndarray], labels: Sequence[str]) -> None:
        self._canvas = stage.canvas
        self._panel = stage.canvas.width / len(stage.panels)
        self._accents = [look.cloth for look in stage.looks]
        self._levels = [levels(voice) for voice in voices[: len(stage.panels)]]
        self._speaking = [speaking(level) for level in self._levels]
        self._meters: list[float] = []
        canvas = stage.canvas
        canvas.start(stage.background)
        canvas.fill(_box(0, 0, canvas.width, STRIP), _PAPER)
        for i, label in enumerate(labels[: len(stage.panels)]):
            short = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
            width = canvas.write(short, i * self._panel + 42, 15, 17, _INK, bold=True)
            self._meters.append(i * self._panel + 42 + width + 16)
            canvas.fill(_disc(i * self._panel + 24, STRIP / 2, 8), _QUIET)
        stage.background = canvas.painted()

    def draw(self, frame: int) -> None:
        """Paint the lamps and meters of a frame."""
        for i, level in enumerate(self._levels):
            accent = self._accents[i]
            if self._speaking[i][frame]:
                self._canvas.fill(_disc(i * self._panel + 24, STRIP / 2, 8), accent)
            left, right = self._meters[i], (i + 1) * self._panel - 16
            if right - left < 20:
                continue
            recent = np.zeros(_RECENT)
            known = level[max(0, frame + 1 - _RECENT) : frame + 1]
            recent[_RECENT - len(known) :] = known
            x = np.linspace(left, right, _RECENT)
            half = 0.8 + 13.0 * recent
            outline = np.concatenate([np.stack([x, 22 + half], -1), np.stack([x, 22 - half], -1)[::-1]])
            self._canvas.fill(outline, accent, 0.85)


def levels(voice: np.ndarray) -> np.ndarray:
    """How loud a voice (S,) is in each frame (T,), from 0 (its background noise, or 32 dB down) to 1 (its loudest)."""
    power = np.mean(np.square(voice.reshape(-1, SAMPLES_PER_FRAME), dtype=np.float64), axis=1)
    loudness = 10 * np.log10(power + 1e-12)
    noise, loudest = np.quantile(loudness, (0.1, 0.98))
    top = max(float(loudest), -40.0)
    low = min(max(top - 32.0, float(noise) + 6.0), top - 12.0)
    return np.asarray(np.clip((loudness - low) / (top - low), 0, 1))


def speaking(level: np.ndarray) -> np.ndarray:
    """The frames (T,) bool in which a voice of these levels is heard, breaks of up to 0.3 s filled."""
    heard = level > 0.25
    loud = np.flatnonzero(heard)
    for before, after in itertools.pairwise(loud):
        if after - before <= _BREAK:
            heard[before:after] = True
    return np.asarray(heard)


def _check(
    target: Path,
    heads: Sequence[Motion | None],
    voices: Sequence[np.ndarray],
    labels: Sequence[str],
    size: tuple[int, int],
) -> None:
    if target.suffix.lower() != ".mp4":
        raise VisavisError(f"a film is an .mp4 file, {target.name!r} was asked for; name it {target.stem}.mp4")
    if len(labels) < len(heads):
        raise VisavisError(f"{len(heads)} heads need as many labels, {len(labels)} given: {', '.join(labels)}")
    if size[0] % 2 or size[1] % 2:
        raise VisavisError(f"a film's width and height must be even, {size[0]} x {size[1]} was asked for")
    if len(voices) > 2:
        raise VisavisError(f"{len(voices)} voices given, at most two can be heard; mix them down first")
    for voice in voices:
        if voice.ndim != 1:
            raise VisavisError(
                f"a voice is one row of samples, one of shape {voice.shape} was given; mix it down first"
            )
        if not np.isfinite(voice).all():
            raise VisavisError("a voice holds NaN or infinite samples; repair or cut the recording")


def _fitted(voice: np.ndarray, frames: int) -> np.ndarray:
    fitted = np.zeros(samples_in(frames), np.float32)
    kept = min(len(voice), len(fitted))
    fitted[:kept] = voice[:kept]
    return fitted


def _stereo(voices: Sequence[np.ndarray], heads: int) -> np.ndarray:
    """Both voices as (2, S) float32; with two heads each voice leans to its head's side. Never clips."""
    if not voices:
        return np.zeros((2, 0), np.float32)
    gains = [(_NEAR, _FAR), (_FAR, _NEAR)] if heads == 2 else [(0.7, 0.7)] * len(voices)
    sound = sum(np.outer(gain, voice) for gain, voice in zip(gains, voices, strict=False))
    peak = float(np.abs(sound).max(initial=0.0))
    return np.asarray(sound / max(1.0, peak), np.float32)


def _encode(
    path: Path,
    frames: int,
    picture: Callable[[int], np.ndarray],
    sound: np.ndarray,
    size: tuple[int, int],
    progress: Progress | None,
) -> None:
    """Interleave pictures and sound (2, S), frame by frame, into an .mp4."""
    try:
        import av
    except ImportError as error:
        raise missing_extra("av", "view", "writing a film") from error
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video: Any = container.add_stream(_video_codec(av), rate=FPS)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "veryfast", "crf": "19"} if video.codec.name == "libx264" else {}
        audio: Any = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if sound.size else None
        for frame in range(frames):
            shown = av.VideoFrame.from_ndarray(picture(frame), format="rgba")
            shown.pts = frame
            container.mux(video.encode(shown))
            if audio is not None:
                start = samples_in(frame)
                piece = np.ascontiguousarray(sound[:, start : start + SAMPLES_PER_FRAME])
                heard = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                heard.sample_rate, heard.pts = SAMPLE_RATE, start
                container.mux(audio.encode(heard))
            if progress is not None:
                progress(frame + 1, frames)
        for stream in (video, audio):
            if stream is not None:
                container.mux(stream.encode(None))


def _video_codec(av: Any) -> str:
    for name in _VIDEO:
        if name in av.codecs_available:
            return name
    raise VisavisError(
        f"the installed PyAV can write none of {', '.join(_VIDEO)}; install the wheel from PyPI: pip install av"
    )


def _box(left: float, low: float, right: float, high: float) -> np.ndarray:
    return np.array([[left, low], [right, low], [right, high], [left, high]])


def _disc(x: float, y: float, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], -1)
