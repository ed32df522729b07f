"""Dubbing: single speakers, placed in turn into one room, so that it is known exactly who speaks when.

Neither of them listens: they were recorded alone. So of their motion only the lips mean anything, while they speak: a
clip says so by the channels it knows and the frames that count. The rest of the face is at rest, bodies do not move.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.data.simulate import drawing
from visavis.data.simulate.colocation.bodies import draw_stance, hold_still, look
from visavis.data.simulate.colocation.rooms import Room
from visavis.data.simulate.colocation.scene import finished
from visavis.data.simulate.conversation import Captured, Scene
from visavis.data.simulate.dialogue import speak_turns
from visavis.data.simulate.lines import Sounding
from visavis.data.simulate.plan import Turn
from visavis.data.simulate.voices.cast import Speaker

LIPS = frozenset(COLOCATED_ARKIT.channels[i] for i in COLOCATED_ARKIT.parts["articulation"])
"""The channels that a dubbed clip knows: those that speech moves."""
ALONE_P = 0.25
"""How often one person speaks all the time and the other never."""
_OVERLAP_P = 0.25
_TURN_S, _OVERLAP_S, _GAP_S, _PAUSE_S = (2.4, 8.0), (0.2, 1.5), (0.1, 1.2), (0.4, 1.5)


def speak_in_turn(
    rng: np.random.Generator, speakers: tuple[Speaker, Speaker], length_s: float
) -> tuple[list[Sounding], list[Sounding]]:
    """What two single speakers say in about `length_s` seconds, in turn, a quarter of the turns in overlap; or one."""
    return speak_turns(rng, speakers, _turns(rng, length_s))


def dub(scene: Scene, room: Room, rng: np.random.Generator) -> Scene:
    """The scene as two single speakers in a room: they only speak."""
    places, frames = (room.layout.first, room.layout.second), scene.talks[0].frames
    first, second = (hold_still(draw_stance(rng, places[k], room.seated[k]), places[1 - k], frames) for k in (0, 1))
    faces = [drawing.draw(scene.styles[k], [], scene.speech[k], scene.talks[k], None) for k in (0, 1)]
    motions = finished(faces[0], first, look(first, second)), finished(faces[1], second, look(second, first))
    captured = Captured(LIPS, (scene.talks[0].speaking(), scene.talks[1].speaking()))
    return replace(scene, motions=motions, space=COLOCATED_ARKIT, layout=room.layout, captured=captured)


def _turns(rng: np.random.Generator, length_s: float) -> list[Turn]:
    alone, person = rng.random() < ALONE_P, int(rng.integers(1, 3))
    turns: list[Turn] = []
    clock = 0.0
    while clock < length_s:
        if not turns:
            delay = float(rng.uniform(*_GAP_S))
        elif alone:
            delay = float(rng.uniform(*_PAUSE_S))
        else:
            delay = -float(rng.uniform(*_OVERLAP_S)) if rng.random() < _OVERLAP_P else float(rng.uniform(*_GAP_S))
        turns.append(Turn(person, "pause" if alone else "gap", float(rng.uniform(*_TURN_S)), delay, ()))
        clock += delay + turns[-1].length_s
        person = person if alone else 3 - person
    return turns
