from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.data.simulate.colocation.staging import simulate_together
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.simulation import Simulation, Together


def test_the_same_simulation_gives_the_same_scene(together: Scene) -> None:
    again = simulate_together(Simulation(11, "test", together=Together()), 0)
    assert again.events() == together.events()
    assert again.layout == together.layout
    for k in (0, 1):
        assert again.motions[k].tobytes() == together.motions[k].tobytes()
        assert again.talks[k].sound.tobytes() == together.talks[k].sound.tobytes()


def test_a_share_is_dubbed_and_leaves_the_others_as_they_are(together: Scene, dubbed: Scene) -> None:
    """Which clips are dubbed depends on their numbers; the talks among them are those of no dubbing at all."""
    some = Simulation(11, "test", together=Together(dubbed=0.3))
    scene = simulate_together(some, 0)
    assert scene.captured is None
    assert scene.motions[0].tobytes() == together.motions[0].tobytes()
    assert dubbed.captured is not None
    said = {"utterance", "phrase", "word", "phoneme", "emphasis", "phrase end"}
    assert {event.kind for event in dubbed.events()} <= said
    other = simulate_together(replace(some, split="train", together=Together(dubbed=1.0)), 1)
    np.testing.assert_array_equal(other.motions[1], dubbed.motions[1])
