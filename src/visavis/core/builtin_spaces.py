"""The three built-in motion spaces: arkit61 (default), flame56 and colocated78."""

from __future__ import annotations

from types import MappingProxyType

from visavis.core.spaces import MotionSpace, Rotation, register_space, space_from_groups

_SIDES = ("Left", "Right")
_SPEAKING = (
    *("JawOpen", "JawForward", "MouthClose", "MouthFunnel", "MouthPucker", "MouthStretch", "MouthRoll", "MouthShrug"),
    *("MouthPress", "MouthLowerDown", "MouthUpperUp", "TongueOut"),
)
_EYE = ("EyeBlink", "EyeLookDown", "EyeLookIn", "EyeLookOut", "EyeLookUp", "EyeSquint", "EyeWide")

ARKIT_WEIGHTS: tuple[str, ...] = (
    *(f"{shape}{side}" for side in _SIDES for shape in _EYE),
    *("JawForward", "JawRight", "JawLeft", "JawOpen"),
    *("MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft"),
    *("MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight"),
    *("MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight"),
    *("MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper"),
    *("MouthPressLeft", "MouthPressRight", "MouthLowerDownLeft", "MouthLowerDownRight"),
    *("MouthUpperUpLeft", "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight"),
    *("BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight"),
    *("CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut"),
)
"""The 52 ARKit blend shape weights in the order of a Live Link Face CSV."""


def _arkit61() -> MotionSpace:
    turns = ("Yaw", "Pitch", "Roll")
    bones = ("Head", "LeftEye", "RightEye")
    channels = (*ARKIT_WEIGHTS, *(f"{bone}{turn}" for bone in bones for turn in turns))
    at = {name: i for i, name in enumerate(channels)}

    def starting(*prefixes: str) -> tuple[int, ...]:
        return tuple(at[name] for name in ARKIT_WEIGHTS if name.startswith(prefixes))

    def triple(bone: str) -> tuple[int, int, int]:
        yaw, pitch, roll = (at[f"{bone}{turn}"] for turn in turns)
        return yaw, pitch, roll

    jaw = starting("Jaw")
    exp = tuple(at[name] for name in ARKIT_WEIGHTS if at[name] not in jaw)
    return MotionSpace(
        name="arkit61",
        channels=channels,
        groups=MappingProxyType(
            {"exp": exp, "jaw": jaw, "pose": triple("Head"), "gaze": triple("LeftEye") + triple("RightEye")}
        ),
        units=MappingProxyType({"exp": "weight", "jaw": "weight", "pose": "rad", "gaze": "rad"}),
        rotations=tuple(Rotation(bone, triple(bone), "yaw-pitch-roll") for bone in bones),
        bounds=MappingProxyType({"exp": (0.0, 1.0), "jaw": (0.0, 1.0)}),
        parts=MappingProxyType(
            {
                "articulation": starting(*_SPEAKING),
                "mouth": starting("Mouth", "Tongue", "CheekPuff"),
                "smile": starting("MouthSmile"),
                "smiling": starting("MouthSmile", "MouthDimple", "CheekSquint", "EyeSquint", "NoseSneer"),
                "brows": starting("Brow"),
                "lids": starting("EyeBlink", "EyeSquint", "EyeWide"),
                "blink": starting("EyeBlink"),
                "look": starting("EyeLook"),
            }
        ),
    )


ARKIT61 = register_space(_arkit61())
FLAME56 = register_space(
    space_from_groups(
        "flame56",
        {"exp": (50, "weight"), "jaw": (3, "rad"), "pose": (3, "rad")},
        rotating=("jaw", "pose"),
        parts={"articulation": ("jaw",)},
    )
)
JAW_FULLY_OPEN = 0.2
"""The flame56 jaw rotation about x [rad] that is JawOpen = 1; in a real talk 95 % of frames lie below 0.08."""
COLOCATED78 = register_space(
    space_from_groups(
        "colocated78",
        {
            "exp": (63, "weight"),
            "neck": (3, "rad"),
            "pose": (3, "rad"),
            "gaze": (6, "rad"),
            "translation": (3, "m"),
        },
        rotating=("neck", "pose", "gaze"),
    )
)
