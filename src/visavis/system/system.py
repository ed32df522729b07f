"""A system: speech encoder, model and sampler in one piece that streams and generates.

Shapes: B conversations, P people, S samples, T frames, D motion channels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from visavis.core.bounds import SEEDS
from visavis.core.config import to_dict
from visavis.core.contract import History, Interface
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.core.protocols import Draw, Noise, Sampler, SpeechEncoder
from visavis.core.spaces import MotionSpace, space_named
from visavis.core.steps import Chunk, StepInput, StepMotion, joined, no_frames
from visavis.core.threads import threads_for
from visavis.layers.standard import Standardised
from visavis.models.talking_together.layout import layout_from_words
from visavis.sampling.draw import make_draw
from visavis.sampling.noise import SeededNoise
from visavis.system.config import SystemConfig
from visavis.system.converse import MotionPair, converse
from visavis.system.digest import digest_of
from visavis.system.factory import guidable, make_encoder, make_model, make_rollout, make_sampler
from visavis.system.generate import Progress, generate_batch
from visavis.system.pending import followed_by, is_complete, next_step, no_input
from visavis.system.request import (
    MASKS,
    PLACES,
    Request,
    named_inputs,
    places_signal,
    require_room,
    with_masks,
)
from visavis.system.state import SystemState


class System(nn.Module):
    """What people say and do in, motion out, for whole recordings or chunk by chunk; `interface` says of whom.

    size: how many weights it has. encoder: another speech encoder than the config's. digest: of the weights, once it
    was asked for.
    """

    _low: Tensor
    _high: Tensor

    def __init__(self, config: SystemConfig, encoder: SpeechEncoder[Any] | None = None) -> None:
        super().__init__()
        self.config = config
        self.space: MotionSpace = space_named(config.space)
        self.encoder = make_encoder(config) if encoder is None else encoder
        self.model: Standardised = make_model(config, self.encoder.width, self.space.width)
        self.context: int | None = None
        self.digest: str | None = None
        self.rollout = make_rollout(self.model, config, self.space, self.context)
        self.sampler: Sampler = make_sampler(config)
        self.size = sum(weights.numel() for weights in self.parameters())
        low, high = self.space.limits()
        self.register_buffer("_low", torch.from_numpy(low), persistent=False)
        self.register_buffer("_high", torch.from_numpy(high), persistent=False)

    def with_options(
        self,
        *,
        context: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        history: History | None = None,
    ) -> System:
        """The same weights drawn another way: steps of history, denoising steps, guidance, temperature; None as it is.

        history: "exact" or "cached", where a model can keep what it made of the past. States of one fit all systems of
        the same context and history. Raises `VisavisError` for what the model cannot do.
        """
        config = self.config
        sampling = replace(
            config.sampling,
            steps=config.sampling.steps if steps is None else steps,
            temperature=config.sampling.temperature if temperature is None else temperature,
        )
        drawing = _with_drawing(config, guidance, history)
        other = System.__new__(System)
        other.__dict__ = dict(self.__dict__)
        other.config = replace(config, sampling=sampling, drawing=drawing)
        other.context = self.context if context is None else context
        other.rollout = make_rollout(self.model, other.config, self.space, other.context)
        other.sampler = make_sampler(other.config)
        return other

    def generate(
        self,
        first: np.ndarray | None = None,
        second: np.ndarray | None = None,
        user_motion: Motion | None = None,
        *,
        user_speech: np.ndarray | None = None,
        agent_speech: np.ndarray | None = None,
        layout: str | Layout | None = None,
        masks: np.ndarray | None = None,
        context: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        seed: int = 0,
        noise: Noise | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Motion over the common length of recordings (S,) at 16 kHz and of what else is known.

        first, second: the recordings that the model hears, in the order of its inputs: the user's and the agent's
        voice, which may be named, or one recording of everybody. user_motion: if seen. masks: who speaks in a recording
        of two (T, 2); unset: as heard (`encode.diarisation.speakers_in`). layout: where two people are, for models that
        put them into a room, in words (docs/layout.md) or as it is; unset: seated face to face. context: steps of
        history. steps: denoising steps. guidance: 1 is plain, above it the user counts more. temperature: scale of the
        noise. What is left None follows the recipe, or `with_options`, as evaluation and sessions do. noise: called
        with the shape of each draw, in drawing order.
        Gives the `Motion` of the one whom the model moves, or a tuple of everybody's in the order of
        `interface.people`; a model that tells conversation states names them in `Motion.state`. Raises `VisavisError`
        for inputs that the model does not take or that are missing, motion of another space or rate, NaN, or less than
        a frame of sound.
        """
        system = self.with_options(context=context, steps=steps, guidance=guidance, temperature=temperature)
        named = {"user_speech": user_speech, "agent_speech": agent_speech, MASKS: masks}
        values = named_inputs(self.config.name, self.interface, (first, second), {**named, "user_motion": user_motion})
        if layout is not None:
            require_room(self.config.name, self.interface)
            asked = layout if isinstance(layout, Layout) else layout_from_words(layout)
            values[PLACES] = places_signal(asked.translations, Request(values, seed).frames)
        request = Request(with_masks(self.interface, values), seed)
        made = generate_batch(system, [request], noise, progress)[0]
        return made.sample if len(made.samples) == 1 else made.samples

    def converse(
        self,
        user_speech: np.ndarray,
        agent_speech: np.ndarray,
        *,
        context: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> MotionPair:
        """The motion of both people of a conversation from their voices alone (S,) at 16 kHz, over the common length.

        Each is drawn by the same model and sees what the other does; see `system.converse`. A model that moves two
        people moves both at once. The same seed gives the same conversation; options are those of `generate`.
        Raises `VisavisError` as `generate` does.
        """
        system = self.with_options(context=context, steps=steps, guidance=guidance, temperature=temperature)
        return converse(system, user_speech, agent_speech, seed, progress)

    def mean_motion(
        self, first: np.ndarray, second: np.ndarray | None = None, user_motion: Motion | None = None
    ) -> Motion:
        """The mean of all motion the model holds possible; context and history as the recipe or `with_options` says.

        Raises `VisavisError` for a model without a mean head.
        """
        values = named_inputs(self.config.name, self.interface, (first, second), {"user_motion": user_motion})
        mean = generate_batch(self, [Request(values, seed=0, mean=True)])[0].mean
        if mean is None:
            raise VisavisError(f"{self.config.name} has no mean head; train it with model.additions.mean_head true")
        return mean

    @property
    def interface(self) -> Interface:
        """What it takes and gives, and when."""
        return self.rollout.interface

    @property
    def frames_per_step(self) -> int:
        """Frames that are drawn together."""
        return self.interface.hop

    @property
    def mean_face(self) -> np.ndarray:
        """The mean motion of the training data (D,)."""
        return self.model.motion_mean.cpu().numpy()

    @property
    def guidable(self) -> bool:
        """Whether guidance changes what this system draws."""
        return guidable(self.config)

    @property
    def guidance(self) -> float:
        """How much the user counts in what is drawn: 1 is plain, above it more."""
        return float(getattr(self.config.drawing, "guidance", 1.0))

    @property
    def receptive_field_s(self) -> float:
        """How far back input can reach a frame [s]."""
        return self.interface.receptive_field_s

    @property
    def products(self) -> int:
        """About how many products of numbers a step of one conversation takes."""
        return self.size * self.frames_per_step

    @property
    def fingerprint(self) -> str:
        """The same for systems of the same weights that draw in the same way, in any process; weights are read once."""
        if self.digest is None:
            self.digest = digest_of(self)
        options = json.dumps([to_dict(self.config), self.context], sort_keys=True)
        return hashlib.sha256(f"{self.digest} {options}".encode()).hexdigest()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.motion_mean.device

    def init_state(self, batch: int, seed: int = 0) -> SystemState:
        """The state before a conversation; row b draws with the seed `seed + b`."""
        SEEDS.require("seed", seed)
        widths = {"speech": self.encoder.width, "motion": self.space.width}
        return SystemState(
            pending=no_input(self.interface, widths, batch, self.device),
            encoder=tuple(self.encoder.init_state(batch) for _ in self.interface.of_kind("speech")),
            model=self.rollout.init_state(batch),
            seeds=torch.arange(batch, device=self.device) + seed,
        )

    @torch.inference_mode()
    def step(self, chunk: Chunk, state: SystemState, noise: Noise | None = None) -> tuple[StepMotion, SystemState]:
        """Takes any amount of input and gives the frames that have become possible, with the state after them.

        Inputs of a chunk that may look equally far ahead last equally long, in whole frames. `noise` replaces the
        seeded noise.
        What comes back are inference tensors, which no gradient can pass. Small steps take one thread (`threads_for`).
        """
        with threads_for(self.products * len(state.seeds)):
            return self.advance(chunk, state, noise)

    def advance(self, chunk: Chunk, state: SystemState, noise: Noise | None = None) -> tuple[StepMotion, SystemState]:
        """`step` with gradients, for proofs of causality."""
        given, state = self.hear(chunk, state)
        return self.draw(given, state, noise)

    def hear(self, chunk: Chunk, state: SystemState) -> tuple[list[StepInput], SystemState]:
        """The first half of a step: takes any amount of input, its voices through the speech encoder.

        Gives what each step that has become possible is given, and the state in which they are to be drawn.
        """
        interface = self.interface
        state = replace(state, pending=followed_by(interface, state.pending, chunk, self.space.width))
        steps: list[StepInput] = []
        while is_complete(interface, state.pending):
            given, state = self._next(state, chunk.guidance)
            steps.append(given)
        return steps, state

    def draw(
        self, given: Sequence[StepInput], state: SystemState, noise: Noise | None = None
    ) -> tuple[StepMotion, SystemState]:
        """The second half of a step: the frames of the steps that are given this, and the state after them."""
        steps: list[StepMotion] = []
        for one in given:
            motion, model = self.rollout.step(one, state.model, self._source(state, noise))
            state = replace(state, model=model)
            steps.append(motion)
        people, labels = len(self.interface.people), self.interface.labels
        nothing = no_frames(len(state.seeds), people, self.space.width, labels, self.rollout.predicts_mean, self.device)
        return self._within(joined(steps, nothing)), state

    def _next(self, state: SystemState, guidance: Tensor | None) -> tuple[StepInput, SystemState]:
        given, pending, encoder = next_step(self.interface, state.pending, state.encoder, self.encoder)
        return replace(given, guidance=guidance), replace(state, pending=pending, encoder=encoder)

    def _within(self, motion: StepMotion) -> StepMotion:
        """Within the bounds of the space."""
        mean = None if motion.mean is None else self._bounded(motion.mean)
        return replace(motion, sample=self._bounded(motion.sample), mean=mean)

    def _bounded(self, motion: Tensor) -> Tensor:
        return torch.clamp(motion, self._low, self._high)

    def _source(self, state: SystemState, noise: Noise | None) -> Draw:
        """How the next step draws."""
        source = noise if noise is not None else SeededNoise(state.seeds, state.model.steps)
        return make_draw(self.sampler, source)


def _with_drawing(config: SystemConfig, guidance: float | None, history: History | None) -> Any:
    """How a model draws, with other options; raises `VisavisError` for those that its kind has not."""
    drawing = config.drawing
    known = {field.name for field in fields(drawing)}
    if guidance is not None and "guidance" in known:
        drawing = replace(drawing, guidance=guidance)
    elif guidance not in (None, 1.0):
        raise VisavisError(f"{config.name} draws without guidance; leave it at 1")
    if history is not None and "history" in known:
        drawing = replace(drawing, history=history)
    elif history not in (None, "exact"):
        raise VisavisError(f"{config.name} keeps nothing between steps; set history to 'exact'")
    return drawing
