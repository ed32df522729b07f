"""A system: speech encoder, model and sampler in one piece that streams and generates.

Shapes: B conversations, S samples, T frames, D motion channels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from visavis.core.clock import FPS, frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.protocols import Chunk, Draw, Noise, Sampler, SpeechEncoder, StepInput, StepMotion
from visavis.core.spaces import MotionSpace, space_named
from visavis.core.state import concat_rows, select_rows
from visavis.core.threads import threads_for
from visavis.models.timar.history import HistoryForm
from visavis.sampling.draw import make_draw
from visavis.sampling.noise import SeededNoise
from visavis.system.config import SystemConfig
from visavis.system.generate import Progress, Request, generate_batch
from visavis.system.parts import guidable, make_encoder, make_model, make_room, make_sampler
from visavis.system.state import Pending, SystemState


class System(nn.Module):
    """Two voices and the user's motion in, the agent's motion out; whole recordings or chunk by chunk.

    frames_per_step: frames that are drawn together (a turn). look_ahead: how many frames of later input a frame
    may depend on. size: how many weights it has. encoder: another speech encoder than the config's.
    """

    _low: Tensor
    _high: Tensor

    def __init__(self, config: SystemConfig, encoder: SpeechEncoder[Any] | None = None) -> None:
        super().__init__()
        self.config = config
        self.space: MotionSpace = space_named(config.space)
        self.encoder = make_encoder(config) if encoder is None else encoder
        self.model = make_model(config, self.encoder.width, self.space.width)
        self.context: int | None = None
        self.room = make_room(self.model, config, self.space, self.context)
        self.sampler: Sampler = make_sampler(config)
        self.size = sum(weights.numel() for weights in self.parameters())
        self.frames_per_step = self.room.frames_per_step
        self.look_ahead = self.frames_per_step - 1
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
        history: HistoryForm | None = None,
    ) -> System:
        """The same weights drawn another way: turns of history, denoising steps, guidance, temperature; None as it is.

        history: "exact" or "cached", where all layers see the whole window (`DrawingConfig`). States of one fit
        all systems of the same context and history. Raises `VisavisError` for what the model cannot do.
        """
        config = self.config
        sampling = replace(
            config.sampling,
            steps=config.sampling.steps if steps is None else steps,
            temperature=config.sampling.temperature if temperature is None else temperature,
        )
        drawing = replace(
            config.drawing,
            guidance=config.drawing.guidance if guidance is None else guidance,
            history=config.drawing.history if history is None else history,
        )
        other = System.__new__(System)
        other.__dict__ = dict(self.__dict__)
        other.config = replace(config, sampling=sampling, drawing=drawing)
        other.context = self.context if context is None else context
        other.room = make_room(self.model, other.config, self.space, other.context)
        other.sampler = make_sampler(other.config)
        return other

    def generate(
        self,
        user_speech: np.ndarray,
        agent_speech: np.ndarray,
        user_motion: Motion | None = None,
        *,
        context: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        seed: int = 0,
        noise: Noise | None = None,
        progress: Progress | None = None,
    ) -> Motion:
        """The agent's motion over the common length of two voices (S,) at 16 kHz and the user's motion, if seen.

        context: turns of history. steps: denoising steps. guidance: 1 is plain, above it the user counts more.
        temperature: scale of the noise. What is left None follows the recipe, or `with_options`, as evaluation and
        sessions do. noise: called with the shape of each draw, in drawing order.
        Raises `VisavisError` for motion of another space or rate, NaN, or less than a frame of sound.
        """
        system = self.with_options(context=context, steps=steps, guidance=guidance, temperature=temperature)
        request = Request(user_speech, agent_speech, user_motion, seed)
        return generate_batch(system, [request], noise, progress)[0].sample

    def mean_motion(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None
    ) -> Motion:
        """The mean of all motion the model holds possible; context and history as the recipe or `with_options` says.

        Raises `VisavisError` for a model without a mean head.
        """
        mean = generate_batch(self, [Request(user_speech, agent_speech, user_motion, seed=0, mean=True)])[0].mean
        if mean is None:
            raise VisavisError(f"{self.config.name} has no mean head; train it with model.mean_head true")
        return mean

    @property
    def mean_face(self) -> np.ndarray:
        """The mean motion of the training data (D,)."""
        return self.model.motion_mean.cpu().numpy()

    @property
    def guidable(self) -> bool:
        """Whether guidance changes what this system draws."""
        return guidable(self.config)

    @property
    def receptive_field_s(self) -> float:
        """How far back input can reach a frame [s]."""
        return (self.room.history_turns + 1) * self.frames_per_step / FPS

    @property
    def products(self) -> int:
        """About how many products of numbers a turn of one conversation takes."""
        return self.size * self.frames_per_step

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.motion_mean.device

    def init_state(self, batch: int, seed: int = 0) -> SystemState:
        """The state before a conversation; row b draws with the seed `seed + b`."""
        sound = torch.zeros(batch, 0, device=self.device)
        motion = torch.zeros(batch, 0, self.space.width, device=self.device)
        known = torch.zeros(batch, 0, dtype=torch.bool, device=self.device)
        return SystemState(
            user=self.encoder.init_state(batch),
            agent=self.encoder.init_state(batch),
            room=self.room.init_state(batch),
            pending=Pending(sound, sound, motion, known, known),
            seeds=torch.arange(batch, device=self.device) + seed,
        )

    @torch.inference_mode()
    def step(self, chunk: Chunk, state: SystemState, noise: Noise | None = None) -> tuple[StepMotion, SystemState]:
        """Takes any amount of input and gives the frames that have become possible, with the state after them.

        The three inputs of a chunk last equally long, in whole frames. `noise` replaces the seeded noise.
        What comes back are inference tensors, which no gradient can pass. Small steps take one thread (`threads_for`).
        """
        with threads_for(self.products * len(state.seeds)):
            return self.advance(chunk, state, noise)

    def advance(self, chunk: Chunk, state: SystemState, noise: Noise | None = None) -> tuple[StepMotion, SystemState]:
        """`step` with gradients, for proofs of causality."""
        pending = self._append(state.pending, chunk)
        state = replace(state, pending=pending)
        samples: list[Tensor] = []
        means: list[Tensor] = []
        while pending.seen.shape[1] >= self.frames_per_step:
            heard, state = self._take(state)
            drawn, room = self.room.step(heard, state.room, self._draw(state, noise))
            state = replace(state, room=room)
            samples.append(torch.clamp(drawn.sample, self._low, self._high))
            if drawn.mean is not None:
                means.append(torch.clamp(drawn.mean, self._low, self._high))
            pending = state.pending
        nothing = torch.zeros(len(state.seeds), 0, self.space.width, device=self.device)
        mean = torch.cat([nothing, *means], dim=1) if self.room.predicts_mean else None
        return StepMotion(torch.cat([nothing, *samples], dim=1), mean), state

    def _append(self, pending: Pending, chunk: Chunk) -> Pending:
        frames = frames_in(chunk.agent_speech.shape[1])
        if chunk.user_speech.shape != chunk.agent_speech.shape or samples_in(frames) != chunk.agent_speech.shape[1]:
            raise VisavisError(
                f"a chunk needs both voices over the same whole frames of {samples_in(1)} samples; "
                f"{tuple(chunk.user_speech.shape)} and {tuple(chunk.agent_speech.shape)} were given"
            )
        shape = (len(chunk.agent_speech), frames, self.space.width)
        motion = torch.zeros(shape) if chunk.user_motion is None else chunk.user_motion
        if motion.shape != shape:
            raise VisavisError(f"user motion of shape {tuple(motion.shape)} does not fit the chunk; it needs {shape}")
        heard, seen = (
            _known(name, told, where, shape[:2])
            for name, told, where in (
                ("user_heard", True, chunk.user_heard),
                ("user_seen", chunk.user_motion is not None, chunk.user_seen),
            )
        )
        sound = chunk.user_speech.to(self.device)
        heard = heard.to(self.device)
        later = Pending(
            torch.where(heard.repeat_interleave(samples_in(1), 1), sound, torch.zeros_like(sound)),
            chunk.agent_speech.to(self.device),
            motion.to(self.device),
            heard,
            seen.to(self.device),
        )
        return pending.followed_by(later)

    def _take(self, state: SystemState) -> tuple[StepInput, SystemState]:
        now, rest = state.pending.split(self.frames_per_step)
        rows = len(state.seeds)
        voices = torch.cat([now.user_speech, now.agent_speech])
        features, ears = self.encoder.encode(voices, concat_rows([state.user, state.agent]))
        heard = StepInput(features[:rows], features[rows:], now.user_motion, now.heard, now.seen)
        user, agent = select_rows(ears, range(rows)), select_rows(ears, range(rows, 2 * rows))
        return heard, replace(state, user=user, agent=agent, pending=rest)

    def _draw(self, state: SystemState, noise: Noise | None) -> Draw:
        source = noise if noise is not None else SeededNoise(state.seeds, state.room.turns)
        return make_draw(self.sampler, source)


def _known(name: str, anything: bool, where: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    """Which frames (B, T) of an input are known."""
    if where is None or not anything:
        return torch.full(shape, anything)
    if where.shape != shape:
        raise VisavisError(f"{name} of shape {tuple(where.shape)} does not fit the chunk; it needs {shape}")
    return where
