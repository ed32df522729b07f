"""Conversations of a simulation in one room: which of them are talks, and which are dubbed."""

from __future__ import annotations

import numpy as np

from visavis.data.simulate.acoustics.one_track import draw_one_track
from visavis.data.simulate.colocation.dubbing import dub, speak_in_turn
from visavis.data.simulate.colocation.rooms import draw_room
from visavis.data.simulate.colocation.scene import act_together
from visavis.data.simulate.conversation import Scene, conversation_name, draw_length_s, rehearsed, scene_key
from visavis.data.simulate.dialogue import on_one_track, record_talk, talk_through
from visavis.data.simulate.simulation import Simulation
from visavis.data.simulate.voices.cast import draw_speaker

_ROOM, _LOOKS, _DUBBING, _TRACK = 11, 12, 13, 14
"""Tell the randomness of rooms, of looks, of the choice what is dubbed and of the recording from that of the talk."""


def simulate_together(simulation: Simulation, index: int) -> Scene:
    """Conversation number `index` of a simulation in one room; the same arguments give the same scene.

    A talk is the one that the same simulation has of people who are each by themselves: the same voices, words
    and faces, recorded anew, on one track.
    """
    key = scene_key(simulation.seed, simulation.split, index)
    rng, looking = np.random.default_rng(key), np.random.default_rng((*key, _LOOKS))
    room = draw_room(np.random.default_rng((*key, _ROOM)))
    share = simulation.together.dubbed if simulation.together else 0.0
    dubbed = np.random.default_rng((*key, _DUBBING)).random() < share
    first, second = (draw_speaker(rng, simulation.split, simulation.casting) for _ in range(2))
    placed = (speak_in_turn if dubbed else talk_through)(rng, (first, second), draw_length_s(rng))
    talks = record_talk(rng, (first, second), placed)
    talks = on_one_track(talks, placed, draw_one_track(np.random.default_rng((*key, _TRACK))))
    name = conversation_name(simulation.seed, simulation.split, index)
    scene = rehearsed(rng, name, simulation.split, key, (first, second), talks)
    return dub(scene, room, looking) if dubbed else act_together(scene, room, rng, looking)
