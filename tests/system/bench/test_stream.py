from __future__ import annotations

import torch

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.system.bench.stream import stream, voice


def test_each_step_is_timed_and_the_same_every_time() -> None:
    system = make("timar shipped")
    once, again = (list(stream(system, 3, rows=2)) for _ in range(2))
    assert all(step.ms > 0 for step in once)
    assert [tuple(step.motion.shape) for step in once] == [(2, 10, 61)] * 3
    for one, other in zip(once, again, strict=True):
        assert torch.equal(one.motion, other.motion)
    assert not torch.equal(once[0].motion, once[1].motion)


def test_voices_take_turns() -> None:
    sound = [voice(0, 250, first)[0] for first in (True, False)]
    assert [one.shape for one in sound] == [(samples_in(250),)] * 2
    loud = torch.stack([one.unflatten(0, (-1, samples_in(25))).square().mean(1).sqrt() for one in sound])
    assert (loud[0] > 0.01).tolist() == [True] * 3 + [False] * 2 + [True] * 3 + [False] * 2
    silent = torch.stack([one.unflatten(0, (-1, samples_in(1))).abs().amax(1) == 0 for one in sound])
    assert not (silent[0] & silent[1])[1:].any()
