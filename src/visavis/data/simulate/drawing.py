"""From actions to motion (T, D) in `arkit61`.

Signs follow Live Link Face: pitch is positive DOWN (a nod first goes positive), yaw is positive towards the person's
own RIGHT, for head and eyes alike; roll is positive towards the own right shoulder. [rad]
"""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.look_weights import look_weights
from visavis.data.simulate.actions import Action, plateau, slow_noise
from visavis.data.simulate.gestures import AT, GESTURES, window_of
from visavis.data.simulate.liveliness import beside_gestures, blend, continual_movement, wandering_gaze
from visavis.data.simulate.person import Style
from visavis.data.simulate.posture import POSE, eased_speaking
from visavis.data.simulate.talk import Talk

_DRIFT_SHARE = 0.2
_FACE = [AT[name] for name in ARKIT_WEIGHTS if name != "TongueOut"]
_EYES = [[AT[f"{side}Eye{turn}"] for turn in ("Yaw", "Pitch")] for side in ("Left", "Right")]


def draw(
    style: Style, actions: list[Action], speech: np.ndarray, own: Talk, rng: np.random.Generator | None
) -> np.ndarray:
    """Motion before head posture is copied and the eyes are turned; `rng` None leaves out all noise.

    `speech` (T, D) is `mouth.articulation` of the own talk. Until `finish` the eyes' yaw and pitch are how they wander.
    """
    gain = np.full(ARKIT61.width, style.mouth_gain)
    gain[AT["JawOpen"]] = style.jaw_gain * style.mouth_gain
    motion = style.neutral + speech * gain
    for side, lean in (("Left", 1.0), ("Right", -1.0)):
        motion[:, AT[f"Jaw{side}"]] += 0.06 * (1 + lean * style.jaw_lean) * speech[:, AT["JawOpen"]]
    motion[:, AT["HeadPitch"]] -= 0.035 * style.head_gain * eased_speaking(own)
    if rng is not None:
        motion += restlessness(style, actions, own, len(speech), rng)
        motion[:, _FACE] += slow_noise(rng, len(speech), len(_FACE), 0.1, 0.5) * _DRIFT_SHARE * style.neutral[_FACE]
    for action in actions:
        GESTURES[action.kind](motion, action, style)
    return np.asarray(motion)


def restlessness(style: Style, actions: list[Action], own: Talk, frames: int, rng: np.random.Generator) -> np.ndarray:
    """(T, D) what a head and eyes do without a cause; its negative is as likely.

    Heads move more while speaking, and hold still but for the nod while they nod.
    """
    noise = np.zeros((frames, ARKIT61.width))
    share = style.listening_share + (1 - style.listening_share) * eased_speaking(own)
    speed = style.liveliness * _LOUDEST * share * (1 - _HELD * _busy(actions, frames))
    pitch = _LISTENING_PITCH + (1 - _LISTENING_PITCH) * eased_speaking(own)
    by_axis = speed[:, None] * np.stack([np.ones(frames), pitch, np.ones(frames)], axis=1)
    noise[:, POSE] = continual_movement(rng, beside_gestures(blend(style.head_manner)), by_axis)
    wandering = wandering_gaze(rng, frames, style.dwell)
    for eye in _EYES:
        noise[:, eye] = wandering
    return noise


_LOUDEST = 1.7
"""Speed while speaking beside the median over a conversation."""
_LISTENING_PITCH = 0.45
"""What is left of pitch while listening, beside yaw and roll: listeners move it in nods."""
_HELD = 0.9
_MARGIN = 8


def _busy(actions: list[Action], frames: int) -> np.ndarray:
    """(T,) 1 where the head nods or shakes."""
    busy = np.zeros(frames)
    for action in actions:
        if action.kind in ("nod", "shake"):
            window, t = window_of(action, frames, _MARGIN)
            held = plateau(t + _MARGIN, action.duration + 2 * _MARGIN, _MARGIN, _MARGIN)
            busy[window] = np.maximum(busy[window], held)
    return busy


def finish(motion: np.ndarray, actions: list[Action]) -> np.ndarray:
    """Turn the eyes (they stay on the target while the head moves), set lids and look weights, keep weights in [0, 1].

    Takes the motion after `couple` and gives (T, D) float32.
    """
    frames = len(motion)
    target = np.zeros((frames, 2))
    for action in actions:
        if action.kind == "gaze shift":
            window, t = window_of(action, frames, 2)
            target[window] += plateau(t, action.duration, 3.0, 3.5)[:, None] * np.array(action.aim)
    motion = motion.copy()
    yaw = target[:, 0] + motion[:, AT["LeftEyeYaw"]] - 0.5 * motion[:, AT["HeadYaw"]]
    pitch = target[:, 1] + motion[:, AT["LeftEyePitch"]] - 0.5 * motion[:, AT["HeadPitch"]]
    for side, inward in (("Left", 1.0), ("Right", -1.0)):
        eye_yaw = yaw + 0.03 * inward
        motion[:, AT[f"{side}EyeYaw"]] = eye_yaw
        motion[:, AT[f"{side}EyePitch"]] = pitch
        motion[:, AT[f"{side}EyeRoll"]] = -0.3 * eye_yaw * pitch
        show_look(motion, side, inward * eye_yaw, pitch)
    clip_weights(motion)
    return motion.astype(np.float32)


def show_look(motion: np.ndarray, side: str, inwards: np.ndarray, pitch: np.ndarray) -> None:
    """Add to motion (T, D), in place, how an eye shows that turns `inwards` and down by `pitch` (T,) [rad]."""
    for name, weight in look_weights(side, inwards, pitch).items():
        motion[:, AT[name]] += weight
    motion[:, AT[f"EyeBlink{side}"]] += 0.35 * np.maximum(pitch, 0)
    motion[:, AT[f"EyeWide{side}"]] += 0.3 * np.maximum(-pitch, 0)


def clip_weights(motion: np.ndarray) -> None:
    """Keep the weights of motion (T, D) in [0, 1], in place."""
    weights = [AT[name] for name in ARKIT_WEIGHTS]
    motion[:, weights] = np.clip(motion[:, weights], 0, 1)
