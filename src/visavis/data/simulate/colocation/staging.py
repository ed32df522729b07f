"""Conversations of a simulation in one room: which of them are talks, and which are dubbed."""

from __future__ import annotations

import numpy as np

from visavis.data.simulate.colocation.dubbing import dub, dubbed_talks
from visavis.data.simulate.colocation.rooms import draw_room
from visavis.data.simulate.colocation.scene import act_together
from visavis.data.simulate.conversation import Scene, conversation_name, draw_length_s, rehearsed, scene_key
from visavis.data.simulate.dialogue import hold_talk
from visavis.data.simulate.simulation import Simulation
from visavis.data.simulate.voices.cast import draw_speaker

_ROOM, _LOOKS, _DUBBING = 11, 12, 13
"""Tell the randomness of rooms, of looks and of the choice what is dubbed from that of the talk."""


def simulate_together(simulation: Simulation, index: int) -> Scene:
    """Conversation number `index` of a simulation in one room; the same arguments give the same scene.

    A talk is the one that the same simulation has of people who are each by themselves: the same voices and words.
    """
    key = scene_key(simulation.seed, simulation.split, index)
    rng, looking = np.random.default_rng(key), np.random.default_rng((*key, _LOOKS))
    room = draw_room(np.random.default_rng((*key, _ROOM)))
    share = simulation.together.dubbed if simulation.together else 0.0
    dubbed = np.random.default_rng((*key, _DUBBING)).random() < share
    first, second = (draw_speaker(rng, simulation.split, simulation.casting) for _ in range(2))
    talks = (dubbed_talks if dubbed else hold_talk)(rng, (first, second), draw_length_s(rng))
    name = conversation_name(simulation.seed, simulation.split, index)
    scene = rehearsed(rng, name, simulation.split, key, (first, second), talks)
    return dub(scene, room, looking) if dubbed else act_together(scene, room, rng, looking)
