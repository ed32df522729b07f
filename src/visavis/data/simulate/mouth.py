"""The mouth that belongs to a talk: every phoneme pulls towards its shape, neighbours blend by dominance.

Dominance functions after Cohen and Massaro (1993): a target's pull falls off exponentially with distance in time;
the shape of a frame is the dominance-weighted mean of the targets and of rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.data.simulate.phonemes import VISEMES
from visavis.data.simulate.talk import Phoneme, Talk

_REST_PULL = 0.12
_REACH_FRAMES = 10

Pose = dict[str, float]


@dataclass(frozen=True)
class Shape:
    """A phoneme's target: channel -> weight (`Smile` means both sides), its pull and reach [frames]."""

    pose: Pose
    pull: float = 1.0
    reach: float = 1.9


def _open(jaw: float, **more: float) -> Pose:
    return {"JawOpen": jaw, "MouthLowerDown": 0.35 * jaw, "MouthUpperUp": 0.2 * jaw, **more}


_CLOSED = {"JawOpen": 0.07, "MouthClose": 0.09, "MouthPress": 0.3, "MouthRollLower": 0.25, "MouthRollUpper": 0.18}
SHAPES = {
    "wide": Shape(_open(0.52, MouthStretch=0.12, JawForward=0.02)),
    "back": Shape(_open(0.55, MouthFunnel=0.12)),
    "round": Shape(_open(0.34, MouthFunnel=0.45, MouthPucker=0.2, MouthShrugUpper=0.08)),
    "tight": Shape(_open(0.16, MouthPucker=0.6, MouthFunnel=0.3, JawForward=0.08)),
    "spread": Shape(_open(0.2, MouthStretch=0.28, MouthSmile=0.18, MouthDimple=0.2)),
    "middle": Shape(_open(0.36, MouthStretch=0.16, MouthDimple=0.06)),
    "neutral": Shape(_open(0.26, MouthShrugLower=0.06), pull=0.7),
    "lips": Shape({**_CLOSED, "CheekPuff": 0.08}, pull=6.0, reach=1.2),
    "hum": Shape(_CLOSED, pull=6.0, reach=1.25),
    "teeth": Shape(
        {"JawOpen": 0.1, "MouthRollLower": 0.42, "MouthUpperUp": 0.2, "MouthClose": 0.02, "NoseSneer": 0.05},
        pull=4.0,
        reach=1.2,
    ),
    "tongue": Shape(_open(0.17, MouthStretch=0.1, MouthShrugUpper=0.06, MouthUpperUp=0.08), pull=0.9, reach=1.3),
    "hiss": Shape(_open(0.08, MouthStretch=0.24, MouthDimple=0.1, MouthLowerDown=0.22), pull=1.6, reach=1.4),
    "hush": Shape(_open(0.1, MouthFunnel=0.5, MouthPucker=0.3, JawForward=0.1, MouthShrugUpper=0.12), pull=2.0),
    "throat": Shape(_open(0.2, MouthFrown=0.05), pull=0.6, reach=1.2),
    "glide": Shape(_open(0.12, MouthPucker=0.62, MouthFunnel=0.25), pull=2.2, reach=1.7),
    "curl": Shape(_open(0.18, MouthFunnel=0.3, MouthPucker=0.15, MouthShrugLower=0.12), pull=1.0, reach=1.5),
    "breath": Shape(_open(0.24), pull=0.3),
}
"""The mouth shape of each class of phonemes (`phonemes.VISEMES`)."""


def articulation(talk: Talk) -> np.ndarray:
    """(T, D) what speaking adds to the resting face of an average person; 0 where the person is silent."""
    frames = talk.frames
    sounds = [sound for phrase in talk.phrases for sound in phrase.phonemes]
    if not sounds:
        return np.zeros((frames, ARKIT61.width))
    shapes = [SHAPES[VISEMES[sound.name]] for sound in sounds]
    targets = np.stack([_target(shape, sound) for shape, sound in zip(shapes, sounds, strict=True)])
    centre = np.array([(s.start + s.end) / 2 / SAMPLES_PER_FRAME for s in sounds]) - 0.5
    half = np.array([(s.end - s.start) / 2 / SAMPLES_PER_FRAME for s in sounds])
    pull = np.array([shape.pull for shape in shapes])
    reach = np.array([shape.reach for shape in shapes])
    frame = np.round(centre).astype(np.int64)[:, None] + np.arange(-_REACH_FRAMES, _REACH_FRAMES + 1)
    beyond = np.maximum(np.abs(frame - centre[:, None]) - 0.7 * half[:, None], 0)
    dominance = pull[:, None] * np.exp(-((beyond / reach[:, None]) ** 1.5) * 1.2)
    inside = (frame >= 0) & (frame < frames)
    total = np.full(frames, _REST_PULL)
    np.add.at(total, frame[inside], dominance[inside])
    blend = np.zeros((frames, ARKIT61.width))
    for channel in np.flatnonzero(np.abs(targets).max(0)):
        weighted = dominance * targets[:, channel, None]
        blend[:, channel] = np.bincount(frame[inside], weighted[inside], minlength=frames)
    return np.asarray(blend / total[:, None])


def _target(shape: Shape, sound: Phoneme) -> np.ndarray:
    loud = 0.55 + 0.45 * min(sound.loudness, 1.5) + 0.08 * sound.stress
    target = np.zeros(ARKIT61.width)
    for name, weight in shape.pose.items():
        scale = 1.0 if shape.pose is _CLOSED or shape.pull >= 4 else loud
        for channel in _both(name):
            target[ARKIT61.indices(channel)] = weight * scale
    return target


def _both(name: str) -> tuple[str, ...]:
    return (name,) if name in ARKIT61.channels else (f"{name}Left", f"{name}Right")
