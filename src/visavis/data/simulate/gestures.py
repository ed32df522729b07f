"""How each kind of action shows: what it adds to which channels (signs as in `drawing`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.data.simulate.actions import Action, oscillation, plateau
from visavis.data.simulate.person import Style

AT = {name: i for i, name in enumerate(ARKIT61.channels)}


def window_of(action: Action, frames: int, margin: int = 0) -> tuple[slice, np.ndarray]:
    """The frames an action touches and their centres' time since its onset [frames]."""
    start = min(max(int(action.onset) - margin, 0), frames)
    stop = min(max(int(action.end) + 1 + margin, start), frames)
    return slice(start, stop), np.arange(start, stop) + 0.5 - action.onset


def _sides(name: str, style: Style) -> tuple[tuple[str, float], tuple[str, float]]:
    return (f"{name}Left", 1 + style.asymmetry), (f"{name}Right", 1 - style.asymmetry)


def _pairs(motion: np.ndarray, window: slice, curve: np.ndarray, style: Style, weights: dict[str, float]) -> None:
    for name, weight in weights.items():
        for channel, side in _sides(name, style):
            motion[window, AT[channel]] += weight * side * curve


def _blink(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 0.35 * action.duration, 0.65 * action.duration)
    _pairs(motion, window, curve, style, {"EyeBlink": 1.0, "EyeSquint": 0.12, "CheekSquint": 0.05})


def _smile(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 11.0, 17.0)
    _pairs(motion, window, curve, style, _SMILE)
    motion[window, AT["MouthPucker"]] -= 0.1 * curve


_SMILE = {
    **{"MouthSmile": 1.0, "CheekSquint": 0.55, "EyeSquint": 0.45, "MouthDimple": 0.25, "MouthStretch": 0.12},
    **{"MouthUpperUp": 0.12, "NoseSneer": 0.15, "MouthFrown": -0.15},
}


def _laughter(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = plateau(t, action.duration, 6.0, 10.0)
    motion[window, AT["HeadPitch"]] += action.size * curve * (-0.06 + 0.02 * np.sin(2 * np.pi * t / 6.0))
    _pairs(motion, window, curve, style, {"NoseSneer": 0.2, "EyeSquint": 0.2})


def _brow_raise(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 5.0, 8.0)
    motion[window, AT["BrowInnerUp"]] += curve
    _pairs(motion, window, curve, style, {"BrowOuterUp": 0.75, "EyeWide": 0.35, "BrowDown": -0.2})


def _nod(motion: np.ndarray, action: Action, _style: Style) -> None:
    window, t = window_of(action, len(motion))
    motion[window, AT["HeadPitch"]] += action.size * oscillation(t, action.duration, action.cycles)


def _shake(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    swing = np.sin(2 * np.pi * action.cycles * t / action.duration) * plateau(t, action.duration, 7.0, 9.0)
    motion[window, AT["HeadYaw"]] += action.size * action.aim[0] * swing
    _pairs(motion, window, 0.25 * plateau(t, action.duration, 6.0, 8.0), style, {"BrowDown": 1.0, "MouthFrown": 0.6})


def _beat(motion: np.ndarray, action: Action, _style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 0.45 * action.duration, 0.55 * action.duration)
    motion[window, AT["HeadPitch"]] += curve
    motion[window, AT["HeadYaw"]] += action.aim[0] * curve
    motion[window, AT["HeadRoll"]] += action.aim[1] * curve


def _sway(motion: np.ndarray, action: Action, _style: Style) -> None:
    window, t = window_of(action, len(motion))
    reach = action.duration / 2
    curve = action.size * plateau(t, action.duration, min(reach, 20.0), min(reach, 20.0))
    motion[window, AT["HeadYaw"]] += action.aim[0] * curve
    motion[window, AT["HeadRoll"]] += 0.5 * action.aim[1] * curve


def _tilt(motion: np.ndarray, action: Action, _style: Style) -> None:
    window, t = window_of(action, len(motion))
    motion[window, AT["HeadRoll"]] += action.size * action.aim[1] * plateau(t, action.duration, 12.0, 16.0)


def _gaze_shift(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = plateau(t, action.duration, 9.0, 10.0)
    motion[window, AT["HeadYaw"]] += 0.35 * action.aim[0] * curve
    motion[window, AT["HeadPitch"]] += 0.25 * action.aim[1] * curve
    if action.cause.startswith("own"):
        _pairs(motion, window, 0.14 * curve, style, {"BrowDown": 1.0})


def _lip_press(motion: np.ndarray, action: Action, style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 7.0, 9.0)
    _pairs(motion, window, curve, style, {"MouthPress": 1.0, "MouthDimple": 0.3})
    for name, weight in (("MouthRollLower", 0.6), ("MouthRollUpper", 0.5), ("MouthShrugLower", 0.5)):
        motion[window, AT[name]] += weight * curve


def _mouth_aside(motion: np.ndarray, action: Action, _style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 8.0, 10.0)
    side = "Right" if action.aim[0] > 0 else "Left"
    motion[window, AT[f"Mouth{side}"]] += curve
    motion[window, AT[f"Jaw{side}"]] += 0.4 * curve
    motion[window, AT["MouthPucker"]] += 0.4 * curve


def _cheek_puff(motion: np.ndarray, action: Action, _style: Style) -> None:
    window, t = window_of(action, len(motion))
    curve = action.size * plateau(t, action.duration, 7.0, 9.0)
    motion[window, AT["CheekPuff"]] += curve
    motion[window, AT["MouthClose"]] += 0.1 * curve


GESTURES: dict[str, Callable[[np.ndarray, Action, Style], None]] = {
    **{"blink": _blink, "smile": _smile, "laughter": _laughter, "brow raise": _brow_raise, "nod": _nod},
    **{"shake": _shake, "beat": _beat, "sway": _sway, "tilt": _tilt, "gaze shift": _gaze_shift},
    **{"lip press": _lip_press, "mouth aside": _mouth_aside, "cheek puff": _cheek_puff},
}
