"""A simulated conversation in one room: the same talk, voices and gestures, acted by two people who see each other.

Person 1 is the first of the room's layout, person 2 the second. The motion is in `colocated_arkit`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS, COLOCATED_ARKIT
from visavis.core.colocation import room_turns
from visavis.core.retarget import arkit_turns
from visavis.core.rotations import from_quaternion, inverse, multiply
from visavis.data.simulate import drawing
from visavis.data.simulate.actions import Action
from visavis.data.simulate.colocation.bodies import Carriage, Eyes, carry, draw_stance, look
from visavis.data.simulate.colocation.glances import glance_actions, plan_glances
from visavis.data.simulate.colocation.rooms import Room
from visavis.data.simulate.conversation import (
    Scene,
    before_eyes,
    decide,
)
from visavis.data.simulate.gestures import AT
from visavis.data.simulate.posture import POSE

_WANDERING = [AT["LeftEyeYaw"], AT["LeftEyePitch"]]
_WEIGHTS = [AT[name] for name in ARKIT_WEIGHTS]


def act_together(scene: Scene, room: Room, rng: np.random.Generator, looking: np.random.Generator) -> Scene:
    """A talk acted out by two people in a room, in `colocated_arkit`; looks take the place of the gaze shifts.

    `rng` acts as in `conversation.act`, `looking` draws where people look and how their bodies do it.
    """
    decided = decide(scene, rng)
    frames = scene.talks[0].frames
    glances = plan_glances(looking, scene.styles, scene.talks, decided.actions, len(room.things))
    faces = before_eyes(decided, (_unturned(decided.actions[0]), _unturned(decided.actions[1])), rng)
    places = room.layout.first, room.layout.second
    first, second = (
        carry(
            looking,
            draw_stance(looking, places[k], room.seated[k]),
            places[1 - k],
            glances[k],
            arkit_turns(faces[k][:, POSE]),
            faces[k][:, _WANDERING],
            np.array(room.things),
        )
        for k in (0, 1)
    )
    motions = (finished(faces[0], first, look(first, second)), finished(faces[1], second, look(second, first)))
    actions = tuple(
        sorted([*_others(decided.actions[k]), *glance_actions(glances[k], frames)], key=lambda action: action.onset)
        for k in (0, 1)
    )
    return replace(
        decided, actions=(actions[0], actions[1]), motions=motions, space=COLOCATED_ARKIT, layout=room.layout
    )


def _unturned(actions: list[Action]) -> list[Action]:
    """The actions with gaze shifts that show in the brows alone: heads and eyes follow the looks."""
    return [replace(action, aim=(0.0, 0.0)) if action.kind == "gaze shift" else action for action in actions]


def _others(actions: list[Action]) -> list[Action]:
    return [action for action in actions if action.kind != "gaze shift"]


def finished(face: np.ndarray, carried: Carriage, eyes: Eyes) -> np.ndarray:
    """(T, D) in `colocated_arkit`, float32, of the weights of a `face` (T, 61) and how head and eyes are held.

    Lids and look weights follow the eyes.
    """
    face = face.copy()
    drawing.show_look(face, "Left", -eyes.left[:, 0], eyes.left[:, 1])
    drawing.show_look(face, "Right", eyes.right[:, 0], eyes.right[:, 1])
    drawing.clip_weights(face)
    motion = np.zeros((len(face), COLOCATED_ARKIT.width), np.float32)
    motion[:, [COLOCATED_ARKIT.channels.index(name) for name in ARKIT_WEIGHTS]] = face[:, _WEIGHTS]
    head = multiply(inverse(carried.neck), carried.head)
    motion[:, COLOCATED_ARKIT.indices("neck")] = room_turns(carried.neck)
    motion[:, COLOCATED_ARKIT.indices("pose")] = from_quaternion(head, "axis-angle")
    for rotation, eye in zip(COLOCATED_ARKIT.rotations_in("gaze"), eyes.turns(), strict=True):
        motion[:, list(rotation.channels)] = eye
    motion[:, COLOCATED_ARKIT.indices("translation")] = carried.translation
    return motion
