"""One call of an exported model: speech encoder, model and sampler over one step, all memory in explicit tensors.

A call takes one hop of frames of each input, and is the same for ever. An input that looks ahead must have come by so
many frames before the first frame can be drawn: the first `warm_up` calls only listen, and what they give is no motion.

    call n takes of an input the frames  [n hop + first_frame, (n + 1) hop + first_frame)
    call n draws the frames              [(n - warm_up) hop, (n - warm_up + 1) hop)

Frames before the conversation's first are zero and not known.

Shapes: B conversations, V voices, P people, T frames of a hop, S sound samples, D motion channels, N noise values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec
from visavis.core.errors import VisavisError
from visavis.core.protocols import Noise
from visavis.core.state import concat_rows, mapped
from visavis.core.steps import StepInput
from visavis.encode.mel import FourierPower, MelEncoder, ProductPower
from visavis.encode.phonetic import PhoneticEncoder
from visavis.export.named_state import from_named, named_tensors
from visavis.layers.correlated_noise import CorrelatedNoise
from visavis.layers.optimised import replaced
from visavis.layers.packed import PackedLinear
from visavis.models.timar.guide import Guide
from visavis.sampling.draw import make_draw
from visavis.system.factory import make_rollout
from visavis.system.system import System

KNOWN = "known."
"""Before the name of an input: where it is known (1, T) bool."""
STATE, AFTER = "state.", "after."
"""Before the name of a tensor of the state, as it is taken and as it is given."""
NOISE = "noise"
MOTION = "motion"


@dataclass(frozen=True)
class GraphState:
    """What is kept between calls. calls: how many there were (B,), empty without warm-up. voices: of the speech
    encoder (B, V, ...). windows, known: of each input what the next call is given again (B, s - T, ...), and whether
    that is known. model: of the streaming model."""

    calls: Tensor
    voices: Any
    windows: tuple[Tensor, ...]
    known: tuple[Tensor, ...]
    model: Any


@dataclass(frozen=True)
class GraphInput:
    """An input of a call, `shape` (1, ...) is that of one conversation, `first_frame` the first frame that call 0
    takes."""

    spec: InputSpec
    shape: tuple[int, ...]
    first_frame: int


class StepGraph(nn.Module):
    """A system's step as a function of tensors alone: inputs, where they are known, noise and state -> motion (B, P, T,
    D), labels (B, P, T) and the state after it, all in the order of `input_names` and `output_names`. The first axis of
    every tensor is the conversation.

    Raises `VisavisError` for models whose steps are not of one shape, and for optimised systems.
    """

    _low: Tensor
    _high: Tensor

    def __init__(self, system: System) -> None:
        super().__init__()
        require_exportable(system)
        self.interface = interface = system.interface
        self.warm_up = max(0, *(one.ahead for one in interface.inputs)) // interface.hop
        self.encoder = replaced(system.encoder, _without_fourier)  # type: ignore[arg-type]
        self.model = replaced(system.model, _settled)
        self.rollout = make_rollout(self.model, system.config, system.space, system.context)
        self.sampler = system.sampler
        low, high = system.space.limits()
        self.register_buffer("_low", torch.from_numpy(low), persistent=False)
        self.register_buffer("_high", torch.from_numpy(high), persistent=False)
        self.inputs = tuple(self._input(one, system.space.width) for one in interface.inputs)
        self.voices = interface.of_kind("speech")
        self.start = self._start(system)
        self.state_names = tuple(named_tensors(self.start))
        self.noise_shapes = _noise_shapes(system)
        self.eval()

    @property
    def input_names(self) -> tuple[str, ...]:
        """Of all tensors that a call takes."""
        names = [one.spec.name for one in self.inputs]
        return (*names, *(KNOWN + name for name in names), NOISE, *(STATE + name for name in self.state_names))

    @property
    def output_names(self) -> tuple[str, ...]:
        """Of all tensors that a call gives."""
        return (MOTION, *self.interface.labels, *(AFTER + name for name in self.state_names))

    @property
    def noise_values(self) -> int:
        """Standard normal numbers that a call takes, all draws of a step after one another."""
        return sum(_size(shape) for shape in self.noise_shapes)

    def example(self) -> tuple[Tensor, ...]:
        """Tensors of the right shapes for one conversation, in the order of `input_names`: call 0 with silence that is
        known."""
        values = [torch.zeros(one.shape) for one in self.inputs]
        known = [torch.ones(1, self.interface.hop, dtype=torch.bool) for _ in self.inputs]
        return (*values, *known, torch.zeros(1, self.noise_values), *named_tensors(self.start).values())

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """See the class."""
        count = len(self.inputs)
        values, known, (noise, *kept) = tensors[:count], tensors[count : 2 * count], tensors[2 * count :]
        state = from_named(self._empty(noise.shape[0]), dict(zip(self.state_names, kept, strict=True)))
        features, voices = self._heard(values, state)
        given, windows, where = self._given(values, known, features, state)
        draw = make_draw(self.sampler, _handed_out(noise, self.noise_shapes))
        motion, model = self.rollout.step(given, state.model, draw)
        after = GraphState(state.calls + 1, voices, windows, where, self._held(model, state.model, state.calls))
        shown = torch.clamp(motion.sample, self._low, self._high)
        labels = [motion.labels[name] for name in self.interface.labels]
        return (shown, *labels, *named_tensors(after).values())

    def _empty(self, rows: int) -> GraphState:
        """A state whose tensors without any number, which are not handed on, are of so many conversations."""
        return mapped(lambda one: one if one.numel() else one.repeat(rows, *[1] * (one.dim() - 1)), self.start)

    def _heard(self, values: Sequence[Tensor], state: GraphState) -> tuple[dict[str, Tensor], Any]:
        """Features (B, T, E) of each voice by its name, and the encoder's state after them."""
        sounds = [value for value, one in zip(values, self.inputs, strict=True) if one.spec.kind == "speech"]
        voices = len(self.voices)
        before = mapped(lambda one: one.transpose(0, 1).flatten(0, 1), state.voices)
        features, heard = self.encoder.encode(torch.cat(sounds), before)
        after = mapped(lambda one: one.unflatten(0, (voices, -1)).transpose(0, 1), heard)
        if self.warm_up:
            first = torch.tensor([self._first_call(one) for one in self.voices])
            after = _chosen(state.calls[:, None] >= first, after, state.voices)
        names = (one.name for one in self.voices)
        return dict(zip(names, features.unflatten(0, (voices, -1)).unbind(), strict=True)), after

    def _given(
        self, values: Sequence[Tensor], known: Sequence[Tensor], features: Mapping[str, Tensor], state: GraphState
    ) -> tuple[StepInput, tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What the model is given of each input, and what it is given again of it, and where that is known."""
        told, where, windows, windows_known = {}, {}, [], []
        for place, one in enumerate(self.inputs):
            name = one.spec.name
            window, window_known = state.windows[place], state.known[place]
            told[name] = torch.cat([window, features.get(name, values[place])], dim=1)
            where[name] = torch.cat([window_known, known[place]], dim=1)
            again, again_known = told[name][:, self.interface.hop :], where[name][:, self.interface.hop :]
            if self.warm_up and window.numel():
                begun = state.calls >= self._first_call(one.spec)
                again = torch.where(begun[:, None, None], again, window)
                again_known = again_known & begun[:, None]
            windows.append(again)
            windows_known.append(again_known)
        return StepInput(told, where), tuple(windows), tuple(windows_known)

    def _held(self, after: Any, before: Any, calls: Tensor) -> Any:
        return _chosen(calls >= self.warm_up, after, before) if self.warm_up else after

    def _first_call(self, one: InputSpec) -> int:
        """The call in which an input begins."""
        return self.warm_up - max(0, one.ahead) // self.interface.hop

    def _input(self, one: InputSpec, channels: int) -> GraphInput:
        hop = self.interface.hop
        shape = (1, samples_in(hop)) if one.kind == "speech" else (1, hop, one.width or channels)
        return GraphInput(one, shape, one.ahead - self.warm_up * hop)

    def _start(self, system: System) -> GraphState:
        interface = self.interface
        widths = {"speech": system.encoder.width, "motion": system.space.width}
        again = [interface.span(one) - interface.hop for one in interface.inputs]
        return GraphState(
            calls=torch.zeros(1 if self.warm_up else 0, dtype=torch.int64),
            voices=mapped(lambda one: one[None], concat_rows([system.encoder.init_state(1) for _ in self.voices])),
            windows=tuple(
                torch.zeros(1, frames, one.width or widths[one.kind])
                for one, frames in zip(interface.inputs, again, strict=True)
            ),
            known=tuple(torch.zeros(1, frames, dtype=torch.bool) for frames in again),
            model=mapped(torch.clone, self.rollout.init_state(1)),
        )


def require_exportable(system: System) -> None:
    """Raise `VisavisError` for optimised systems, and where calls would not be of one shape or the speech encoder is
    not heard frame by frame."""
    name, interface = system.config.name, system.interface
    if any(isinstance(part, PackedLinear) for part in system.modules()):
        raise VisavisError(
            f"{name} is optimised for this processor and cannot be exported; export what load_trainable gives"
        )
    if not isinstance(system.encoder, (MelEncoder, PhoneticEncoder)):
        raise VisavisError(
            f"{name} hears with {system.config.speech.tag}, whole turns at a time, and cannot be exported; export a "
            "model with a mel or phonetic speech encoder, as those that ship have"
        )
    uneven = [one.name for one in interface.inputs if one.ahead % interface.hop]
    if uneven:
        raise VisavisError(
            f"{name} cannot be exported: {', '.join(uneven)} is taken ahead or behind by a part of the {interface.hop} "
            "frames of a step; export a model that looks whole steps ahead, or none"
        )


def _chosen(taken: Tensor, yes: Any, no: Any) -> Any:
    """`core.state.merge_rows` in operations that runtimes have: ONNX Runtime cannot choose between truth values."""

    def pick(new: Tensor, old: Tensor) -> Tensor:
        mask = taken.view(*taken.shape, *[1] * (new.dim() - taken.dim()))
        return (new & mask) | (old & ~mask) if new.dtype == torch.bool else torch.where(mask, new, old)

    return mapped(pick, yes, no)


def _without_fourier(part: nn.Module) -> nn.Module | None:
    return ProductPower() if isinstance(part, FourierPower) else None


def _settled(part: nn.Module) -> nn.Module | None:
    """What is computed from weights alone, computed once."""
    return part.settled() if isinstance(part, (CorrelatedNoise, Guide)) else None


def _noise_shapes(system: System) -> tuple[tuple[int, ...], ...]:
    """The shapes of all noise that a step asks for, in drawing order."""
    shapes: list[tuple[int, ...]] = []

    def silent(shape: tuple[int, ...]) -> Tensor:
        shapes.append(shape)
        return torch.zeros(shape)

    interface = system.interface
    widths = {"speech": system.encoder.width, "motion": system.space.width}
    given = {one.name: torch.zeros(1, interface.span(one), one.width or widths[one.kind]) for one in interface.inputs}
    known = {name: torch.ones(value.shape[:2], dtype=torch.bool) for name, value in given.items()}
    with torch.no_grad():
        system.rollout.step(StepInput(given, known), system.rollout.init_state(1), make_draw(system.sampler, silent))
    return tuple(shapes)


def _handed_out(noise: Tensor, shapes: Sequence[tuple[int, ...]]) -> Noise:
    """Noise that gives pieces of (B, N) one after another."""
    pieces: Iterator[Tensor] = iter(noise.split([_size(shape) for shape in shapes], dim=1))
    return lambda shape: next(pieces).view(-1, *shape[1:])


def _size(shape: tuple[int, ...]) -> int:
    return int(torch.Size(shape).numel())
