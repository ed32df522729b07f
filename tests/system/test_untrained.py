from __future__ import annotations

import torch

from tests.small_systems import CONFIGS, chunk_for
from visavis.system.untrained import untrained


def test_it_is_random_but_always_the_same_and_does_something() -> None:
    before = torch.random.get_rng_state()
    one, again, other = (untrained(CONFIGS["timar paper"], seed) for seed in (0, 0, 1))
    assert torch.equal(before, torch.random.get_rng_state())
    chunk = chunk_for(one, 10)
    drawn = [system.step(chunk, system.init_state(1))[0].sample for system in (one, again, other)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].std() > 0.01
    assert not one.training
