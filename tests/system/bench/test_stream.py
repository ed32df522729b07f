from __future__ import annotations

import numpy as np
import torch

from tests.small_systems import make
from visavis.data.shipped import shipped_conversation
from visavis.system.bench.stream import looped, stream


def test_each_step_is_timed_and_the_same_every_time() -> None:
    system = make("timar shipped")
    once, again = (list(stream(system, 3, rows=2)) for _ in range(2))
    assert all(step.ms > 0 for step in once)
    assert [tuple(step.motion.shape) for step in once] == [(2, 10, 61)] * 3
    for one, other in zip(once, again, strict=True):
        assert torch.equal(one.motion, other.motion)
    assert not torch.equal(once[0].motion, once[1].motion)


def test_the_conversation_goes_on_where_it_was_and_begins_again() -> None:
    system = make("timar shipped")
    talk = shipped_conversation(system.space)
    given = [piece for piece, _ in zip(looped(system, 10), range(64), strict=False)]
    heard = torch.cat([piece["user_speech"] for piece in given], dim=1)[0].numpy()
    seen = torch.cat([piece["user_motion"] for piece in given], dim=1)[0].numpy()
    once = len(talk.user_motion)
    again = 640 - once
    assert 0 < again < 10, "the conversation ends within a step"
    assert np.array_equal(heard[: 640 * once], talk.user_speech)
    assert np.array_equal(heard[640 * once :], talk.user_speech[: 640 * again])
    assert np.array_equal(seen[:once], talk.user_motion.values)
    assert np.array_equal(seen[once:], talk.user_motion.values[:again])


def test_in_another_space_the_user_rests() -> None:
    system = make("timar paper")
    given = next(looped(system, 5))
    assert np.array_equal(given["user_motion"][0].numpy(), np.tile(system.mean_face, (5, 1)))


def test_each_step_draws_even_where_a_model_looks_ahead() -> None:
    system = make("arig extended")
    assert [step.motion.shape for step in stream(system, 3, rows=2)] == [(2, 1, system.space.width)] * 3
