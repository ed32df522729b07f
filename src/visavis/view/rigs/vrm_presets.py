"""The expressions that every VRM model has, and what of an ARKit face they can say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "aa": {"JawOpen": 1.0},
        "ou": {"MouthPucker": 0.8},
        "oh": {"MouthFunnel": 0.8},
        "ee": {"MouthStretchLeft": 0.5, "MouthStretchRight": 0.5},
        "ih": {"MouthDimpleLeft": 0.5, "MouthDimpleRight": 0.5},
        "blinkLeft": {"EyeBlinkLeft": 1.0},
        "blinkRight": {"EyeBlinkRight": 1.0},
        "happy": {"MouthSmileLeft": 0.4, "MouthSmileRight": 0.4},
        "sad": {"MouthFrownLeft": 0.4, "MouthFrownRight": 0.4},
        "angry": {"BrowDownLeft": 0.4, "BrowDownRight": 0.4},
        "surprised": {"BrowInnerUp": 0.3, "BrowOuterUpLeft": 0.15, "BrowOuterUpRight": 0.15},
        "lookUp": {"EyeLookUpLeft": 0.5, "EyeLookUpRight": 0.5},
        "lookDown": {"EyeLookDownLeft": 0.5, "EyeLookDownRight": 0.5},
        "lookLeft": {"EyeLookOutLeft": 0.5, "EyeLookInRight": 0.5},
        "lookRight": {"EyeLookInLeft": 0.5, "EyeLookOutRight": 0.5},
    }
)
"""Presets by their VRM 1 names: a preset's value is this much of each ARKit weight, added up."""
VRM0_NAMES: Mapping[str, str] = MappingProxyType(
    {"aa": "A", "ih": "I", "ou": "U", "ee": "E", "oh": "O"}
    | {"blinkLeft": "Blink_L", "blinkRight": "Blink_R", "happy": "Joy", "sad": "Sorrow", "angry": "Angry"}
    | {"lookUp": "LookUp", "lookDown": "LookDown", "lookLeft": "LookLeft", "lookRight": "LookRight"}
)
"""What VRM 0 calls them; it has none for `surprised`."""


def vrm1_presets(face: Mapping[str, float]) -> dict[str, float]:
    """arkit61 weights -> values of the VRM 1 presets, in [0, 1]."""
    return {
        preset: min(max(sum(share * face.get(name, 0.0) for name, share in shares.items()), 0.0), 1.0)
        for preset, shares in PRESETS.items()
    }


def vrm0_presets(face: Mapping[str, float]) -> dict[str, float]:
    """arkit61 weights -> values of the VRM 0 presets, which VMC receivers expect, in [0, 1]."""
    return {VRM0_NAMES[preset]: value for preset, value in vrm1_presets(face).items() if preset in VRM0_NAMES}
