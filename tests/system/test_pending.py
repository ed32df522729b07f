"""What steps are given of each input: a signal numbers its frames, speech goes through a running sum."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.steps import Chunk, StepInput
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.system.pending import followed_by, is_complete, next_step, no_input


@dataclass(frozen=True)
class Sum:
    total: Tensor


class Summing:
    """Features (B, T, 1): the sum of all sound up to the end of each frame."""

    width = 1

    def prepared(self, recording: Tensor) -> Tensor:
        return recording

    def init_state(self, batch: int) -> Sum:
        return Sum(torch.zeros(batch, 1))

    def encode(self, sound: Tensor, state: Sum) -> tuple[Tensor, Sum]:
        sums = state.total + sound.unflatten(1, (-1, samples_in(1))).sum(-1).cumsum(1)
        return sums[..., None], Sum(sums[:, -1:] if sums.shape[1] else state.total)


def numbered(frames: int) -> Tensor:
    return torch.arange(1.0, frames + 1)[None, :, None]


def spoken(frames: int) -> Tensor:
    """Sound whose frames each sum to 1."""
    return torch.full((1, samples_in(frames)), 1 / samples_in(1))


def steps(interface: Interface, chunks: list[Chunk]) -> list[StepInput]:
    encoder: Any = Summing()
    pending = no_input(interface, {"speech": 1, "motion": 1}, 1, torch.device("cpu"))
    states = tuple(encoder.init_state(1) for _ in interface.of_kind("speech"))
    given = []
    for chunk in chunks:
        pending = followed_by(interface, pending, chunk, 1)
        while is_complete(interface, pending):
            one, pending, states = next_step(interface, pending, states, encoder)
            given.append(one)
    return given


def values(given: list[StepInput], name: str) -> list[list[float]]:
    return [[round(value, 3) for value in one[name].flatten().tolist()] for one in given]


def known(given: list[StepInput], name: str) -> list[list[bool]]:
    return [one.known[name].flatten().tolist() for one in given]


def test_a_step_at_a_time_with_inputs_up_to_its_end_and_up_to_the_frame_before() -> None:
    interface = Interface(
        (
            InputSpec("agent_speech", "speech"),
            InputSpec("user_speech", "speech", ahead=-1),
            InputSpec("user_motion", "motion", ahead=-1),
        ),
        hop=1,
        past_frames=0,
    )
    given = steps(interface, [Chunk(agent_speech=spoken(3), user_speech=spoken(3), user_motion=numbered(3))])
    assert values(given, "agent_speech") == [[1], [2], [3]]
    assert values(given, "user_speech") == [[0], [1], [2]]
    assert values(given, "user_motion") == [[0], [1], [2]]
    assert known(given, "user_motion") == known(given, "user_speech") == [[False], [True], [True]]


def test_what_a_step_needs_may_come_alone() -> None:
    interface = Interface(
        (InputSpec("agent_speech", "speech"), InputSpec("user_speech", "speech", ahead=-1)), hop=1, past_frames=0
    )
    late = Chunk(agent_speech=spoken(1), user_speech=spoken(0))
    given = steps(interface, [late, Chunk(agent_speech=spoken(1), user_speech=spoken(1))])
    assert values(given, "user_speech") == [[0], [1]]


@pytest.mark.parametrize("cuts", [(0, 9), (0, 1, 2, 5, 9), (0, 4, 8, 9)])
def test_windows_overlap_and_look_ahead(cuts: tuple[int, ...]) -> None:
    interface = Interface(
        (InputSpec("mix", "speech", ahead=1, span=5), InputSpec("masks", "signal", ahead=1, span=5, width=1)),
        hop=2,
        past_frames=2,
    )
    whole = {"mix": spoken(9), "masks": numbered(9)}
    chunks = [
        Chunk(mix=whole["mix"][:, samples_in(a) : samples_in(b)], masks=whole["masks"][:, a:b])
        for a, b in itertools.pairwise(cuts)
    ]
    given = steps(interface, chunks)
    expected: list[list[float]] = [[0, 0, 1, 2, 3], [1, 2, 3, 4, 5], [3, 4, 5, 6, 7], [5, 6, 7, 8, 9]]
    assert values(given, "mix") == values(given, "masks") == expected
    assert known(given, "masks")[0] == [False, False, True, True, True]
    assert all(known(given, "mix")[1])


def test_voices_of_few_and_of_many_are_heard_alike() -> None:
    encoder = PhoneticEncoder(PhoneticConfig(width=8, dilations=(1, 2)))
    interface = Interface(
        (InputSpec("user_speech", "speech"), InputSpec("agent_speech", "speech")), hop=5, past_frames=0
    )
    many = {name: 0.1 * torch.randn(70, 2 * samples_in(5)) for name in ("user_speech", "agent_speech")}

    def heard(rows: slice) -> tuple[list[StepInput], Any]:
        count = len(range(70)[rows])
        pending = no_input(interface, {"speech": encoder.width}, count, torch.device("cpu"))
        states: tuple[Any, ...] = (encoder.init_state(count), encoder.init_state(count))
        pending, given = followed_by(interface, pending, Chunk({name: many[name][rows] for name in many}), 3), []
        while is_complete(interface, pending):
            one, pending, states = next_step(interface, pending, states, encoder)
            given.append(one)
        return given, states

    (every, after), (few, later) = heard(slice(None)), heard(slice(60, 63))
    assert len(every) == len(few) == 2
    for one, other in zip(every, few, strict=True):
        for name in many:
            torch.testing.assert_close(one[name][60:63], other[name], atol=1e-5, rtol=0)
    for state, alone in zip(after, later, strict=True):
        torch.testing.assert_close(state.tails[60:63], alone.tails, atol=1e-5, rtol=0)


def test_what_is_lost_is_zero_and_unknown() -> None:
    interface = Interface((InputSpec("mix", "speech"), InputSpec("masks", "signal", width=1)), hop=2, past_frames=0)
    lost = {"mix": torch.tensor([[True, False]])}
    (given,) = steps(interface, [Chunk(mix=spoken(2), known=lost)])
    assert values([given], "mix") == [[1, 1]]
    assert known([given], "mix") == [[True, False]]
    assert values([given], "masks") == [[0, 0]]
    assert known([given], "masks") == [[False, False]]


def test_inputs_of_one_reach_come_over_the_same_frames() -> None:
    interface = Interface((InputSpec("mix", "speech"), InputSpec("masks", "signal", width=1)), hop=2, past_frames=0)
    with pytest.raises(VisavisError, match=r"masks of shape \(1, 3, 1\) does not fit the chunk; it needs \(1, 2, 1\)"):
        steps(interface, [Chunk(mix=spoken(2), masks=numbered(3))])
