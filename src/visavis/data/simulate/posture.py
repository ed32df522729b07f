"""Heads that follow each other: slowly, late and mirrored."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.data.simulate.person import Style
from visavis.data.simulate.talk import Talk

POSE = ARKIT61.indices("pose")
_MIRROR = np.array([-1.0, 1.0, -1.0])
_COPY_FROM, _COPY_TO = 10, 60


def copied_posture(style: Style, partner_pose: np.ndarray, own: Talk) -> np.ndarray:
    """(T, 3) the head pose that follows the partner's (T, 3), mirrored, late and slow; less while speaking. [rad]"""
    padded = np.concatenate([np.zeros((_COPY_TO, 3)), partner_pose])
    kernel = _copy_kernel()
    late = np.stack([np.convolve(padded[:, i], kernel)[_COPY_TO : len(padded)] for i in range(3)], axis=1)
    return np.asarray(late * _MIRROR * copy_gain(style, own)[:, None])


def couple(motions: tuple[np.ndarray, np.ndarray], styles: tuple[Style, Style], talks: tuple[Talk, Talk]) -> None:
    """Let both heads follow each other, in place: blocks as long as the shortest delay, so that the past is known."""
    frames = len(motions[0])
    kernel = _copy_kernel()[::-1]
    gains = [reach(styles[k], styles[1 - k]) * copy_gain(styles[k], talks[k]) for k in (0, 1)]
    poses = [np.concatenate([np.zeros((_COPY_TO, 3)), motion[:, POSE]]) for motion in motions]
    for start in range(0, frames, _COPY_FROM):
        stop = min(start + _COPY_FROM, frames)
        added = []
        for k in (0, 1):
            past = np.lib.stride_tricks.sliding_window_view(poses[1 - k][start : stop + _COPY_TO], len(kernel), axis=0)
            added.append((past[: stop - start] @ kernel) * _MIRROR * gains[k][start:stop, None])
        for k in (0, 1):
            poses[k][_COPY_TO + start : _COPY_TO + stop] += added[k]
    for k in (0, 1):
        motions[k][:, POSE] = poses[k][_COPY_TO:]


def copy_gain(style: Style, own: Talk) -> np.ndarray:
    """(T,) how much of the partner's head posture is taken over: fully while listening, half while speaking."""
    return np.asarray(style.copy_gain * (1 - 0.5 * eased_speaking(own)))


def reach(style: Style, partner: Style) -> float:
    """How far a head goes along with the partner's beside `copy_gain`: a calm one follows a livelier one less."""
    return min(1.0, style.liveliness / partner.liveliness)


def _copy_kernel() -> np.ndarray:
    """Weights of the partner's pose 0, 1, 2 ... frames ago; nothing before 0.4 s, most at about 1.2 s."""
    lag = np.arange(_COPY_TO + 1.0)
    weights = np.where(
        lag >= _COPY_FROM, np.sin(np.pi * np.clip((lag - _COPY_FROM) / (_COPY_TO - _COPY_FROM), 0, 1) ** 0.75) ** 2, 0
    )
    return np.asarray(weights / weights.sum())


def eased_speaking(own: Talk) -> np.ndarray:
    """(T,) 1 while speaking, 0 while not, with changes spread over one second."""
    values, width = own.speaking().astype(float), 25
    kernel = np.hanning(width + 2)[1:-1]
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")
