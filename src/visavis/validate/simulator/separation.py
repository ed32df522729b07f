"""Can a classifier tell simulated heads from real ones? Pieces of 4 s of head rotation, people it never saw.

    python -m visavis.validate.simulator.separation DATA RECORDING_OR_FOLDER...

DATA is a folder of `visavis simulate` with the splits train (learned from) and test (judged by). One recorded person at
a time is left out of learning. Shapes: n pieces of 100 frames, yaw, pitch and roll [rad], F features.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
import torch
from torch import nn

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.folder import list_clips
from visavis.data.head_tracks import head_track, read_head_tracks
from visavis.data.motion_files import read_motion

PIECE = 4 * FPS
_BANDS_HZ = (0.2, 0.4, 0.7, 1.1, 1.7, 2.5, 3.5, 5.0, 7.0, 9.5, 12.6)


class Classifier(Protocol):
    """Learns from pieces (n, 100, 3), whether each is real (n,) and how much it counts (n,), then judges others."""

    def fit(self, pieces: np.ndarray, real: np.ndarray, weight: np.ndarray) -> None:
        """Learn; what was learned before is forgotten."""

    def real(self, pieces: np.ndarray) -> np.ndarray:
        """(n,) bool: which pieces look real."""


@dataclass(frozen=True, eq=False)
class Separation:
    """How well one kind of classifier does. `accuracy` is the mean over recorded people of (their pieces called real +
    unseen simulated people's called simulated) / 2, `low` and `high` its 95 % interval when people are drawn again;
    `by_person`: the share of each recorded person's pieces that was called real."""

    classifier: str
    accuracy: float
    low: float
    high: float
    by_person: Mapping[str, float]


def separate(
    recorded: Mapping[str, np.ndarray],
    learned: Sequence[np.ndarray],
    judged: Sequence[np.ndarray],
    classifiers: Mapping[str, type[Classifier]] | None = None,
) -> list[Separation]:
    """The accuracy of each kind of classifier, the strongest first.

    `recorded`: heads (T, 3) [rad] of recorded people by name; `learned`, `judged`: those of simulated people. Real and
    simulated pieces weigh the same altogether.
    Raises `VisavisError` with fewer than two recorded people or none simulated.
    """
    if len(recorded) < 2 or not learned or not judged:
        raise VisavisError(
            f"{len(recorded)} recorded people, {len(learned)} and {len(judged)} simulated to learn from and to judge; "
            "give two recorded people or more of 4 s or more, and simulate the splits train and test"
        )
    found = [_judge(name, kind, recorded, learned, judged) for name, kind in (classifiers or CLASSIFIERS).items()]
    return sorted(found, key=lambda separation: -separation.accuracy)


def _judge(
    name: str,
    kind: type[Classifier],
    recorded: Mapping[str, np.ndarray],
    learned: Sequence[np.ndarray],
    judged: Sequence[np.ndarray],
) -> Separation:
    real = {person: pieces_of(head, PIECE // 4) for person, head in recorded.items()}
    known = np.concatenate([pieces_of(head, PIECE // 2) for head in learned])
    unknown = [pieces_of(head, PIECE // 2) for head in judged]
    called_real: dict[str, float] = {}
    called_simulated: list[list[float]] = []
    for left_out in real:
        others = [pieces for person, pieces in real.items() if person != left_out]
        share = np.concatenate([np.full(len(pieces), 1 / np.sqrt(len(pieces))) for pieces in others])
        weight = np.concatenate([share / share.sum(), np.full(len(known), 1 / len(known))])
        classifier = kind()
        truth = np.arange(len(weight)) < len(share)
        classifier.fit(np.concatenate([*others, known]), truth, weight / weight.mean())
        called_real[left_out] = float(classifier.real(real[left_out]).mean())
        called_simulated.append([float((~classifier.real(pieces)).mean()) for pieces in unknown])
    return Separation(name, *_interval(np.array(list(called_real.values())), np.array(called_simulated)), called_real)


def _interval(called_real: np.ndarray, called_simulated: np.ndarray) -> tuple[float, float, float]:
    """The accuracy and its interval: recorded people (R,) and, in (R, J), simulated ones are drawn again."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(1000):
        people = rng.integers(len(called_real), size=len(called_real))
        others = rng.integers(called_simulated.shape[1], size=called_simulated.shape[1])
        drawn.append((called_real[people].mean() + called_simulated[people][:, others].mean()) / 2)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float((called_real.mean() + called_simulated.mean()) / 2), float(low), float(high)


def pieces_of(head: np.ndarray, hop: int) -> np.ndarray:
    """(n, 100, 3) pieces of a head (T, 3), each around its own mean, so that where a head was mounted does not tell."""
    starts = range(0, len(head) - PIECE + 1, hop)
    pieces = np.array([head[start : start + PIECE] for start in starts]).reshape(-1, PIECE, 3)
    return np.asarray(pieces - pieces.mean(axis=1, keepdims=True))


def features(pieces: np.ndarray) -> np.ndarray:
    """(n, F) what is told of each piece: quantiles of speed, power by axis and band, peakedness of velocity,
    acceleration and jerk, coupling of axes, how speed hangs together in time. No feature depends on signs."""
    angle = np.rad2deg(pieces - pieces.mean(axis=1, keepdims=True))
    velocity, acceleration, jerk = (np.diff(angle, n=order, axis=1) * FPS**order for order in (1, 2, 3))
    speed = np.linalg.norm(velocity, axis=2)
    quantiles = np.percentile(speed, (5, 10, 25, 50, 75, 90, 95, 99), axis=1).T
    power = np.abs(np.fft.rfft(angle * np.hanning(PIECE)[:, None], axis=1)) ** 2
    hertz = np.fft.rfftfreq(PIECE, 1 / FPS)
    bands = [power[:, (hertz >= low) & (hertz < high)].mean(axis=1) for low, high in pairwise(_BANDS_HZ)]
    columns = [np.log(quantiles + 0.05), *(np.log(band + 1e-4) for band in bands)]
    for moved in (velocity, acceleration, jerk):
        spread = moved.std(axis=1)
        scaled = (moved - moved.mean(axis=1, keepdims=True)) / (spread[:, None] + 1e-6)
        columns += [np.log(spread + 0.05), np.log((scaled**4).mean(axis=1) + 0.1)]
        columns.append((moved[:, 1:] * moved[:, :-1] < 0).mean(axis=1))
    together = np.einsum("nti,ntj->nij", velocity, velocity)
    size = np.sqrt(np.einsum("nii->ni", together)) + 1e-6
    first, second = np.triu_indices(3, 1)
    columns.append(np.abs(together / size[:, :, None] / size[:, None])[:, first, second])
    around = speed - speed.mean(axis=1, keepdims=True)
    spread = (around**2).mean(axis=1) + 1e-6
    columns += [((around[:, lag:] * around[:, :-lag]).mean(axis=1) / spread)[:, None] for lag in (1, 2, 4, 8, 16)]
    median = quantiles[:, [3]]
    columns += [(speed < 0.3 * median).mean(axis=1)[:, None], (speed > 2 * median).mean(axis=1)[:, None]]
    columns.append(np.log(np.ptp(angle, axis=1) + 0.05))
    return np.concatenate(columns, axis=1)


class LogisticRegression:
    """Logistic regression on the features, with a penalty on large weights."""

    def fit(self, pieces: np.ndarray, real: np.ndarray, weight: np.ndarray) -> None:
        """Newton's method on standardised features."""
        found = features(pieces)
        self._mean, self._spread = found.mean(axis=0), found.std(axis=0) + 1e-6
        x = self._scaled(found)
        self._weights = np.zeros(x.shape[1])
        penalty = np.full(x.shape[1], _PENALTY)
        penalty[-1] = 0
        for _ in range(30):
            chance = 1 / (1 + np.exp(-np.clip(x @ self._weights, -30, 30)))
            slope = x.T @ (weight * (chance - real)) + penalty * self._weights
            bend = (x * (weight * chance * (1 - chance))[:, None]).T @ x + np.diag(penalty + 1e-6)
            self._weights -= np.linalg.solve(bend, slope)

    def real(self, pieces: np.ndarray) -> np.ndarray:
        """(n,) bool: more likely real than not."""
        return np.asarray(self._scaled(features(pieces)) @ self._weights > 0)

    def _scaled(self, found: np.ndarray) -> np.ndarray:
        scaled = (found - self._mean) / self._spread
        return np.concatenate([scaled, np.ones((len(scaled), 1))], axis=1)


_PENALTY = 10.0


class ConvolutionNetwork:
    """A small convolution network over time on the angular velocities; axes are turned round at random in learning."""

    def fit(self, pieces: np.ndarray, real: np.ndarray, weight: np.ndarray) -> None:
        """Adam on the weighted cross-entropy."""
        generator = torch.Generator().manual_seed(0)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self._network = nn.Sequential(
                *(nn.Conv1d(3, 24, 7, padding=3), nn.GELU(), nn.Conv1d(24, 32, 7, stride=2, padding=3), nn.GELU()),
                *(nn.Conv1d(32, 48, 5, stride=2, padding=2), nn.GELU(), nn.AdaptiveAvgPool1d(1), nn.Flatten()),
                *(nn.Dropout(0.3), nn.Linear(48, 1)),
            )
            x, y, w = _velocities(pieces), torch.tensor(real, dtype=torch.float32), torch.tensor(weight).float()
            optimizer = torch.optim.AdamW(self._network.parameters(), lr=2e-3, weight_decay=1e-2)
            self._network.train()
            for _ in range(_EPOCHS):
                for rows in torch.randperm(len(x), generator=generator).split(64):
                    signs = torch.randint(0, 2, (len(rows), 3, 1), generator=generator) * 2.0 - 1
                    said = self._network(x[rows] * signs)[:, 0]
                    loss = nn.functional.binary_cross_entropy_with_logits(said, y[rows], weight=w[rows])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
        self._network.eval()

    def real(self, pieces: np.ndarray) -> np.ndarray:
        """(n,) bool: more likely real than not."""
        with torch.no_grad():
            return np.asarray(self._network(_velocities(pieces))[:, 0].numpy() > 0)


_EPOCHS = 12
CLASSIFIERS: Mapping[str, type[Classifier]] = MappingProxyType(
    {"logistic regression on features": LogisticRegression, "convolution network": ConvolutionNetwork}
)


def _velocities(pieces: np.ndarray) -> torch.Tensor:
    """(n, 3, 99) angular velocities, large ones compressed."""
    return torch.tensor(np.arcsinh(np.diff(np.rad2deg(pieces), axis=1) * FPS / 5)).float().transpose(1, 2)


def simulated_heads(folder: Path, split: str) -> list[np.ndarray]:
    """The heads (T, 3) [rad] of all people in a split of a data folder."""
    files = [side.motion for clip in list_clips(folder, split) for side in clip.sides if side.motion is not None]
    heads = [head_track(file.stem, read_motion(file)).head for file in files]
    return [head for head in heads if head is not None]


def main(arguments: Sequence[str]) -> int:
    """Print one line for each kind of classifier; 2 for input that cannot be used, told in one line."""
    return exit_status(lambda: _print_classifiers(*arguments))


def _print_classifiers(data: str | None = None, *recordings: str) -> None:
    if data is None or not recordings:
        raise VisavisError("give a folder of simulated conversations, and recordings of real people to tell them from")
    recorded = {track.name: track.head for track in read_head_tracks(recordings) if track.head is not None}
    for found in separate(recorded, simulated_heads(Path(data), "train"), simulated_heads(Path(data), "test")):
        people = ", ".join(f"{name} {share:.2f}" for name, share in found.by_person.items())
        print(f"{found.classifier}: {found.accuracy:.3f} [{found.low:.2f}, {found.high:.2f}]; called real: {people}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
