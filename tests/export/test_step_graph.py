"""The step as a function of tensors draws what `generate` draws, before anything is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.small_systems import CONFIGS, chunk_for, make
from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.encode.framed import FramedConfig
from visavis.export.step_graph import StepGraph, require_exportable
from visavis.system.precision import optimised
from visavis.system.system import System

FRAMES = 30
FORMS = ("arig extended", "arig", "timar phonetic", "timar shipped", "toy of frames")


def pieces(noise: Tensor) -> Callable[[tuple[int, ...]], Tensor]:
    """Of noise (steps, B, N) what each draw takes."""
    at, flat = 0, noise.transpose(0, 1).flatten(1)

    def draw(shape: tuple[int, ...]) -> Tensor:
        nonlocal at
        count = int(np.prod(shape)) // len(flat)
        at += count
        return flat[:, at - count : at].reshape(shape)

    return draw


def drawn_call_by_call(graph: StepGraph, values: dict[str, Tensor], noise: Tensor) -> tuple[Tensor, list[Tensor]]:
    hop, rows, shown, labels = graph.interface.hop, noise.shape[1], [], []
    state = [torch.cat([one] * rows) for one in graph.example()[2 * len(graph.inputs) + 1 :]]
    for call in range(graph.warm_up + len(noise)):
        given, known = [], []
        for one in graph.inputs:
            first = call * hop + one.first_frame
            there = 0 <= first < FRAMES
            ends = samples_in(first), samples_in(first + hop)
            at = slice(*ends) if one.spec.kind == "speech" else slice(first, first + hop)
            given.append(values[one.spec.name][:, at] if there else torch.zeros(rows, *one.shape[1:]))
            known.append(torch.full((rows, hop), first >= 0))
        number = call - graph.warm_up
        drawn = noise[number] if number >= 0 else torch.full((rows, graph.noise_values), 9.0)
        motion, *rest = graph(*given, *known, drawn, *state)
        label_count = len(graph.interface.labels)
        state = rest[label_count:]
        if number >= 0:
            shown.append(motion)
            labels.append(rest[:label_count])
    every = [torch.cat(one, dim=2) for one in zip(*labels, strict=True)]
    return torch.cat(shown, dim=2), every


@pytest.mark.parametrize("recording", [False, True], ids=["plain", "as it is recorded"])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("form", FORMS)
def test_calls_draw_what_the_system_draws(
    form: str, rows: int, recording: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = make(form)
    graph = StepGraph(system)
    steps = FRAMES // graph.interface.hop
    noise = torch.randn(steps, rows, graph.noise_values, generator=torch.Generator().manual_seed(1))
    chunk = chunk_for(system, FRAMES, rows)
    ahead = max(0, *(one.ahead for one in graph.interface.inputs))
    padded = {
        name: torch.nn.functional.pad(value, (0, samples_in(ahead)))
        if value.dim() == 2
        else torch.nn.functional.pad(value, (0, 0, 0, ahead), mode="replicate")
        for name, value in chunk.values.items()
    }
    with torch.no_grad():
        whole, _ = system.advance(type(chunk)(padded), system.init_state(rows), pieces(noise))
        if recording:
            monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
        motion, labels = drawn_call_by_call(graph, dict(chunk.values), noise)
    apart = (motion[:, :, : FRAMES - ahead] - whole.sample[:, :, : FRAMES - ahead]).abs().max()
    assert float(apart) < 2e-5
    for name, told in zip(graph.interface.labels, labels, strict=True):
        assert torch.equal(told[:, :, : FRAMES - ahead], whole.labels[name][:, :, : FRAMES - ahead])


def test_what_looks_ahead_must_have_come_before_the_first_frame() -> None:
    graph = StepGraph(make("arig extended"))
    assert graph.warm_up == 2
    assert {one.spec.name: one.first_frame for one in graph.inputs} == {
        "agent_speech": 0, "user_speech": -3, "user_motion": -3
    }  # fmt: skip
    assert StepGraph(make("timar shipped")).warm_up == 0


def test_names_stand_for_tensors_in_their_order() -> None:
    graph = StepGraph(make("timar shipped"))
    assert len(graph.input_names) == len(graph.example())
    with torch.no_grad():
        made = graph(*graph.example())
    assert len(graph.output_names) == len(made)
    after = dict(zip(graph.output_names, made, strict=True))
    for name, tensor in zip(graph.input_names, graph.example(), strict=True):
        if name.startswith("state."):
            assert after[name.replace("state.", "after.", 1)].shape == tensor.shape


def test_turns_that_are_heard_as_a_whole_are_refused() -> None:
    system = System(replace(CONFIGS["dualtalk"], speech=FramedConfig(frames_per_turn=5)))
    with pytest.raises(VisavisError, match="hears with framed, whole turns at a time, and cannot be exported"):
        StepGraph(system)


def test_parts_of_a_step_ahead_are_refused() -> None:
    class Uneven(System):
        @property
        def interface(self) -> Interface:
            return Interface((InputSpec("agent_speech", "speech", ahead=1, span=3),), hop=2, past_frames=0)

    system = make("timar shipped")
    system.__class__ = Uneven
    with pytest.raises(VisavisError, match="agent_speech is taken ahead or behind by a part of the 2 frames"):
        require_exportable(system)


def test_an_optimised_system_is_refused_in_a_line() -> None:
    system = optimised(make("arig extended"), "float32")
    with pytest.raises(VisavisError, match=r"is optimised for this processor and cannot be exported; .*load_trainable"):
        StepGraph(system)
