"""Weights that a face can hold: shapes that would be added up beyond what lids and lips can do give way to each other.

The shapes themselves are simply added; whoever plays the head elsewhere gets the same face from settled weights.
"""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.surface_parts import soft_step

_AT = {name: number for number, name in enumerate(ARKIT_WEIGHTS)}
_SIDES = ("Left", "Right")
_WIDEST, _ROUNDEST = 1.25, 1.15
"""How far a corner of the mouth is drawn outwards, and how far the lips are rounded, by several shapes together."""

_BEHIND_LIP, _LEAVES, _LEAVING = 0.15, 0.3, 0.25
"""A tongue that is out by the first share still lies behind the lip. It stays there up to the second, a weight, and has
come out over the lip after the third more."""


def settled(weights: np.ndarray) -> np.ndarray:
    """Weights (..., 52) in the order of `ARKIT_WEIGHTS` -> weights (..., 52) in [0, 1].

    An eye looks one way; a shut one neither looks up or down nor squints nor is wide; a raised cheek raises the lower
    lid; lips close no further than the jaw is open; the tongue comes out where lips are apart,
    and passes quickly from behind the lower lip to above it.
    """
    w = np.clip(np.moveaxis(np.array(weights, dtype=np.float64), -1, 0), 0, 1)
    for side in _SIDES:
        awake = 1 - w[_AT[f"EyeBlink{side}"]]
        squint = w[_AT[f"EyeSquint{side}"]]
        raised = 0.55 * w[_AT[f"CheekSquint{side}"]] + 0.35 * w[_AT[f"MouthSmile{side}"]]
        w[_AT[f"EyeSquint{side}"]] = (squint + (1 - squint) * np.minimum(raised, 0.7)) * awake
        narrowed, up = w[_AT[f"EyeSquint{side}"]], w[_AT[f"EyeLookUp{side}"]]
        w[_AT[f"EyeWide{side}"]] *= (1 - narrowed) * (1 - 0.7 * up)
        for name, other in (("EyeLookDown", "EyeLookUp"), ("EyeLookIn", "EyeLookOut")):
            both = np.minimum(w[_AT[f"{name}{side}"]], w[_AT[f"{other}{side}"]])
            w[[_AT[f"{name}{side}"], _AT[f"{other}{side}"]]] -= both
        for name in ("EyeLookDown", "EyeLookUp", "EyeWide"):
            w[_AT[f"{name}{side}"]] *= awake
        _shared(w, [f"Mouth{name}{side}" for name in ("Smile", "Stretch", "Dimple")], _WIDEST)
    _shared(w, ["MouthPucker", "MouthFunnel"], _ROUNDEST)
    jaw = w[_AT["JawOpen"]]
    w[_AT["MouthClose"]] = np.minimum(w[_AT["MouthClose"]], jaw)
    w[_AT["TongueOut"]] = _past_the_lip(w[_AT["TongueOut"]] * soft_step((jaw - w[_AT["MouthClose"]]) / 0.35))
    return np.moveaxis(w, 0, -1)


def _past_the_lip(out: np.ndarray) -> np.ndarray:
    """How far out the tongue is shown: half way, on a straight path, it would stick in the lower lip."""
    behind = _BEHIND_LIP * np.minimum(out / _LEAVES, 1)
    return behind + (1 - _BEHIND_LIP) * soft_step((out - _LEAVES) / _LEAVING)


def _shared(w: np.ndarray, names: list[str], most: float) -> None:
    """Scale some weights down to a sum of at most `most`."""
    rows = [_AT[name] for name in names]
    w[rows] *= most / np.maximum(w[rows].sum(axis=0), most)
