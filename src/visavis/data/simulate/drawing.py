"""From actions to motion (T, D) in `arkit61`.

Signs follow Live Link Face: pitch is positive DOWN (a nod first goes positive), yaw is positive towards the person's
own RIGHT, for head and eyes alike; roll is positive towards the own right shoulder. [rad]
"""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.data.simulate.actions import Action, plateau, slow_noise
from visavis.data.simulate.gestures import AT, GESTURES, window_of
from visavis.data.simulate.person import Style
from visavis.data.simulate.posture import POSE, eased_speaking
from visavis.data.simulate.talk import Talk

_POSTURE = np.array([0.05, 0.036, 0.03])
_DRIFT_SHARE = 0.2


def draw(
    style: Style, actions: list[Action], speech: np.ndarray, own: Talk, rng: np.random.Generator | None
) -> np.ndarray:
    """Motion before head posture is copied and the eyes are turned; `rng` None leaves out posture and drift noise.

    `speech` (T, D) is `mouth.articulation` of the own talk.
    """
    frames = len(speech)
    gain = np.full(ARKIT61.width, style.mouth_gain)
    gain[AT["JawOpen"]] = style.jaw_gain * style.mouth_gain
    motion = style.neutral + speech * gain
    for side, lean in (("Left", 1.0), ("Right", -1.0)):
        motion[:, AT[f"Jaw{side}"]] += 0.06 * (1 + lean * style.jaw_lean) * speech[:, AT["JawOpen"]]
    talking = eased_speaking(own)
    motion[:, AT["HeadPitch"]] -= 0.035 * style.head_gain * talking
    if rng is not None:
        motion[:, POSE] += slow_noise(rng, frames, 3, 0.08, 0.35) * _POSTURE * style.posture_gain
        weights = [AT[name] for name in ARKIT_WEIGHTS if name != "TongueOut"]
        motion[:, weights] += slow_noise(rng, frames, len(weights), 0.1, 0.5) * _DRIFT_SHARE * style.neutral[weights]
    for action in actions:
        GESTURES[action.kind](motion, action, style)
    return np.asarray(motion)


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
    yaw = target[:, 0] - 0.5 * motion[:, AT["HeadYaw"]]
    pitch = target[:, 1] - 0.5 * motion[:, AT["HeadPitch"]]
    for side, inward in (("Left", 1.0), ("Right", -1.0)):
        eye_yaw = yaw + 0.03 * inward
        motion[:, AT[f"{side}EyeYaw"]] = eye_yaw
        motion[:, AT[f"{side}EyePitch"]] = pitch
        motion[:, AT[f"{side}EyeRoll"]] = -0.3 * eye_yaw * pitch
        for look, value in (("In", inward * eye_yaw), ("Out", -inward * eye_yaw), ("Down", pitch), ("Up", -pitch)):
            motion[:, AT[f"EyeLook{look}{side}"]] += np.maximum(value, 0) / 0.6
        motion[:, AT[f"EyeBlink{side}"]] += 0.35 * np.maximum(pitch, 0)
        motion[:, AT[f"EyeWide{side}"]] += 0.3 * np.maximum(-pitch, 0)
    weights = [AT[name] for name in ARKIT_WEIGHTS]
    motion[:, weights] = np.clip(motion[:, weights], 0, 1)
    return motion.astype(np.float32)
