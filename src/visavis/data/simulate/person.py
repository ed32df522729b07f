"""A person's hidden manner: how strongly, how often and how fast they do what everybody does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.data.simulate.liveliness import LISTENING_SHARE, RECORDED, blend
from visavis.data.simulate.voices.cast import Split


@dataclass(frozen=True, eq=False)
class Style:
    """What differs between people. Gains are factors, `_p` probabilities, rates per minute, angles in rad.

    `neutral` (D,): the resting face and head; `asymmetry`: left against right side of smiles and
    brows; `jaw_lean`: to which side the opening jaw leans, from -1 (right) to 1 (left).
    `liveliness`: median speed of the head's continual movement [deg/s]; `listening_share`: how much of it is left while
    listening; `head_manner` (R,): how it resembles each of the recorded people, sums to 1; `dwell`: how long the gaze
    dwells, as a factor of what is usual.
    """

    neutral: np.ndarray
    mouth_gain: float
    jaw_gain: float
    head_gain: float
    beat_p: float
    nod_p: float
    nod_size: float
    nod_hz: float
    nod_delay_s: float
    smile_p: float
    smile_gain: float
    copy_smile_p: float
    brow_p: float
    brow_gain: float
    blink_rate: float
    away_p: float
    away_right_p: float
    liveliness: float
    listening_share: float
    dwell: float
    copy_gain: float
    asymmetry: float
    jaw_lean: float
    head_manner: np.ndarray


_RESTING = {
    **{f"EyeBlink{s}": 0.06 for s in ("Left", "Right")},
    **{f"EyeSquint{s}": 0.06 for s in ("Left", "Right")},
    **{f"MouthSmile{s}": 0.05 for s in ("Left", "Right")},
    **{f"MouthFrown{s}": 0.04 for s in ("Left", "Right")},
    **{f"MouthPress{s}": 0.06 for s in ("Left", "Right")},
    **{f"BrowDown{s}": 0.06 for s in ("Left", "Right")},
    **{"BrowInnerUp": 0.06, "MouthShrugLower": 0.06, "MouthShrugUpper": 0.05, "MouthPucker": 0.06},
    **{"MouthFunnel": 0.03, "MouthRollLower": 0.05, "MouthRollUpper": 0.03, "JawOpen": 0.03, "JawForward": 0.03},
}


def draw_style(rng: np.random.Generator, split: Split) -> Style:
    """A random person; in `ood` from a population that overlaps the others' only at its edge."""
    far = split == "ood"
    resting = np.zeros(ARKIT61.width)
    for i, name in enumerate(ARKIT_WEIGHTS):
        resting[i] = _RESTING.get(name, 0.015) * float(rng.gamma(4.0, 0.25))
    for first, second in _sides():
        resting[second] = resting[first] * float(rng.uniform(0.85, 1.15))
    resting[ARKIT61.indices("TongueOut")] = 0
    resting[ARKIT61.indices("HeadYaw")] = rng.normal(0, 0.03)
    resting[ARKIT61.indices("HeadPitch")] = rng.normal(0, 0.03)
    resting[ARKIT61.indices("HeadRoll")] = rng.normal(0, 0.015)

    def between(low: float, high: float) -> float:
        """Uniform in the range; for `ood` just above it or just below."""
        if not far:
            return float(rng.uniform(low, high))
        width = high - low
        beyond = float(rng.uniform(0.0, 0.3)) * width
        return high + beyond if rng.random() < 0.5 else max(low - beyond, 0.3 * low)

    head_manner = _resemblance(rng, beyond=float(rng.uniform(0.1, 0.3)) if far else 0.0)
    return Style(
        neutral=resting,
        mouth_gain=between(0.85, 1.15),
        jaw_gain=between(0.85, 1.15),
        head_gain=between(0.7, 1.3),
        beat_p=min(between(0.35, 0.65), 0.9),
        nod_p=min(between(0.68, 0.92), 0.97),
        nod_size=between(0.10, 0.15),
        nod_hz=between(1.7, 2.7),
        nod_delay_s=between(0.32, 0.38),
        smile_p=min(between(0.7, 0.95), 1.0),
        smile_gain=between(0.8, 1.2),
        copy_smile_p=min(between(0.7, 0.95), 1.0),
        brow_p=min(between(0.5, 0.85), 1.0),
        brow_gain=between(0.8, 1.2),
        blink_rate=between(14, 20),
        away_p=min(between(0.5, 0.85), 1.0),
        away_right_p=min(between(0.65, 0.9), 1.0),
        liveliness=_liveliness(rng, head_manner) if not far else float(np.exp(between(*np.log(_LIVELINESS)))),
        listening_share=between(0.8 * LISTENING_SHARE, 1.25 * LISTENING_SHARE),
        dwell=between(0.8, 1.5),
        copy_gain=between(0.4, 0.55),
        asymmetry=float(rng.normal(0, 0.06)),
        jaw_lean=float(rng.uniform(-0.7, 0.7)),
        head_manner=head_manner,
    )


_LIVELINESS = (6.3, 25.5)
"""[deg/s]; with nods, beats and glances on top the median speed spans what was recorded."""


def _liveliness(rng: np.random.Generator, head_manner: np.ndarray) -> float:
    """The speed of the people that somebody resembles, give or take a quarter."""
    speed = blend(head_manner).speed * float(np.exp(rng.uniform(-0.25, 0.25)))
    return float(np.clip(speed, *_LIVELINESS))


def _resemblance(rng: np.random.Generator, beyond: float) -> np.ndarray:
    """Weights of the recorded people; with `beyond` one of them, exaggerated against all others."""
    count = len(RECORDED)
    if not beyond:
        return rng.dirichlet(np.full(count, 0.25))
    return np.asarray(np.eye(count)[int(rng.integers(count))] * (1 + beyond) - beyond / count)


def _sides() -> list[tuple[int, int]]:
    at = {name: i for i, name in enumerate(ARKIT_WEIGHTS)}
    lefts = [name for name in at if name.endswith("Left") and name not in ("JawLeft", "MouthLeft")]
    return [(at[name], at[name.removesuffix("Left") + "Right"]) for name in lefts]
