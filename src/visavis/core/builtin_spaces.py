"""The built-in motion spaces: arkit61 (default), flame56; of people in one room colocated78 and colocated_arkit."""

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


_AT = {name: i for i, name in enumerate(ARKIT_WEIGHTS)}


def _starting(*prefixes: str) -> tuple[int, ...]:
    return tuple(at for name, at in _AT.items() if name.startswith(prefixes))


_JAW = _starting("Jaw")
_EXP = tuple(at for at in _AT.values() if at not in _JAW)
_WEIGHT_BOUNDS = MappingProxyType({"exp": (0.0, 1.0), "jaw": (0.0, 1.0)})
_PARTS = MappingProxyType(
    {
        "articulation": _starting(*_SPEAKING),
        "mouth": _starting("Mouth", "Tongue", "CheekPuff"),
        "smile": _starting("MouthSmile"),
        "smiling": _starting("MouthSmile", "MouthDimple", "CheekSquint", "EyeSquint", "NoseSneer"),
        "brows": _starting("Brow"),
        "lids": _starting("EyeBlink", "EyeSquint", "EyeWide"),
        "blink": _starting("EyeBlink"),
        "look": _starting("EyeLook"),
    }
)
"""Parts of a space whose first channels are the weights."""


def _arkit61() -> MotionSpace:
    turns = ("Yaw", "Pitch", "Roll")
    bones = ("Head", "LeftEye", "RightEye")
    channels = (*ARKIT_WEIGHTS, *(f"{bone}{turn}" for bone in bones for turn in turns))
    at = {name: i for i, name in enumerate(channels)}

    def triple(bone: str) -> tuple[int, int, int]:
        yaw, pitch, roll = (at[f"{bone}{turn}"] for turn in turns)
        return yaw, pitch, roll

    return MotionSpace(
        name="arkit61",
        channels=channels,
        groups=MappingProxyType(
            {"exp": _EXP, "jaw": _JAW, "pose": triple("Head"), "gaze": triple("LeftEye") + triple("RightEye")}
        ),
        units=MappingProxyType({"exp": "weight", "jaw": "weight", "pose": "rad", "gaze": "rad"}),
        rotations=tuple(Rotation(bone, triple(bone), "yaw-pitch-roll") for bone in bones),
        bounds=_WEIGHT_BOUNDS,
        parts=_PARTS,
    )


def _colocated_arkit(room: MotionSpace) -> MotionSpace:
    """The 52 weights, and of `room` all but its expression codes, under the same names."""
    moved = len(ARKIT_WEIGHTS) - len(room.groups["exp"])
    kept = {name: tuple(i + moved for i in members) for name, members in room.groups.items() if name != "exp"}
    bodily = tuple(room.channels[i - moved] for members in kept.values() for i in members)
    rotations = []
    for turn in room.rotations:
        x, y, z = (i + moved for i in turn.channels)
        rotations.append(Rotation(turn.name, (x, y, z), turn.form))
    return MotionSpace(
        name="colocated_arkit",
        channels=(*ARKIT_WEIGHTS, *bodily),
        groups=MappingProxyType({"exp": _EXP, "jaw": _JAW, **kept}),
        units=MappingProxyType({**room.units, "jaw": "weight"}),
        rotations=tuple(rotations),
        bounds=_WEIGHT_BOUNDS,
        parts=_PARTS,
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
"""Two people in one room, as Talking Together has them: rotations are axis-angle, translation is the head's place."""
COLOCATED_ARKIT = register_space(_colocated_arkit(COLOCATED78))
"""The same with the 52 ARKit weights (groups exp and jaw, as in arkit61) in place of expression codes: width 67."""
