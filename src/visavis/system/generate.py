"""Whole recordings through a system: the same steps as live, over a long input; the one way for everybody who asks.

Shapes: B recordings, P people, T frames, S sound samples at 16 kHz, D motion channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import torch

from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.protocols import Noise, SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.core.steps import Chunk, StepMotion
from visavis.system.config import SystemConfig
from visavis.system.padding import PaddedInput
from visavis.system.request import Request, Value
from visavis.system.state import SystemState

Progress = Callable[[int, int], None]


class OfflineSystem(Protocol):
    """What generation of whole recordings needs of a system."""

    config: SystemConfig
    space: MotionSpace
    encoder: SpeechEncoder[Any]

    @property
    def interface(self) -> Interface:
        """What it takes and gives, and when."""
        ...

    def init_state(self, batch: int, seed: int = 0) -> SystemState:
        """The state before the first step; row b draws with the seed `seed + b`."""
        ...

    def step(self, chunk: Chunk, state: SystemState, noise: Noise | None = None) -> tuple[StepMotion, SystemState]:
        """Takes whole frames of input and gives the frames that have become possible."""
        ...


@dataclass(frozen=True)
class Generated:
    """The generated motion of everybody whom the model moves, in its order.

    means: the predicted means, where they are wanted and the model has them. labels: what it says of each frame, by
    name, the numbers of classes (P, T).
    """

    samples: tuple[Motion, ...]
    means: tuple[Motion, ...] | None = None
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def sample(self) -> Motion:
        """The motion of the first, who is the agent where only one is moved."""
        return self.samples[0]

    @property
    def mean(self) -> Motion | None:
        """The predicted mean of the first."""
        return None if self.means is None else self.means[0]


def generate_batch(
    system: OfflineSystem,
    requests: Sequence[Request],
    noise: Noise | None = None,
    progress: Progress | None = None,
) -> list[Generated]:
    """Generates motion for recordings of any length side by side, each over its own common length.

    Of each input all requests know something, or none does. Each voice is made ready (`SpeechEncoder.prepared`) as the
    recording it is; only then it is padded with silence to whole steps of the longest, and what was drawn of that is
    cut off. `progress(done, frames)` is called after each step.
    Raises `VisavisError` for missing voices, motion of another space or rate, NaN, or nothing to work on.
    """
    interface = system.interface
    for request in requests:
        request.require_usable(system.config.name, interface, system.space)
    lengths = [request.frames for request in requests]
    step, longest = interface.hop, max(lengths)
    padded = padded_length(interface, longest)
    given = {one.name: padded_input(system, one, requests, lengths) for one in interface.inputs}
    state = system.init_state(len(requests))
    state = replace(state, seeds=torch.tensor([request.seed for request in requests], device=state.seeds.device))
    steps: list[StepMotion] = []
    means_wanted = any(request.mean for request in requests)
    for start in range(0, padded, step):
        stop = min(start + step, padded)
        chunk = {name: None if value is None else value.between(start, stop) for name, value in given.items()}
        new, state = system.step(Chunk(chunk), state, noise)
        steps.append(new if means_wanted else replace(new, mean=None))
        if progress is not None:
            progress(min(start + step, longest), longest)
    return [cut_motion(system, steps, row, requests[row], length) for row, length in enumerate(lengths)]


def padded_length(interface: Interface, frames: int) -> int:
    """Frames of input that the whole steps of a recording of `frames` frames need."""
    return -(-frames // interface.hop) * interface.hop + max(0, *(one.ahead for one in interface.inputs))


def cut_motion(
    system: OfflineSystem, steps: Sequence[StepMotion], row: int, request: Request, length: int
) -> Generated:
    """What was drawn for one recording, over its length."""

    labels = {
        label: np.concatenate([one.labels[label][row].cpu().numpy() for one in steps], axis=1)[:, :length]
        for label in system.interface.labels
    }
    told = system.interface.states(labels)

    def motions(values: Sequence[torch.Tensor], what: str) -> tuple[Motion, ...]:
        people = np.concatenate([value[row].cpu().numpy() for value in values], axis=1)[:, :length]
        states = [None] * len(people) if told is None else list(told)
        made = (Motion(person, system.space, state=state) for person, state in zip(people, states, strict=True))
        return tuple(motion.require_finite(what) for motion in made)

    name = system.config.name
    means = [one.mean for one in steps if one.mean is not None]
    return Generated(
        motions([one.sample for one in steps], f"what {name} drew"),
        motions(means, f"the mean of {name}") if means and request.mean else None,
        labels,
    )


def padded_input(
    system: OfflineSystem, one: InputSpec, requests: Sequence[Request], lengths: Sequence[int]
) -> PaddedInput | None:
    """An input of all recordings, None where nobody knows it; each voice made ready for the speech encoder."""
    values = [request.value(one.name) for request in requests]
    known = [value for value in values if value is not None]
    if not known:
        return None
    if len(known) < len(values):
        raise VisavisError(f"{one.name} is known of {len(known)} recordings of {len(values)}; generate them apart")
    held = (_held(system, one, value, frames) for value, frames in zip(known, lengths, strict=True))
    return PaddedInput(one, tuple(held))


def _held(system: OfflineSystem, one: InputSpec, value: Value, frames: int) -> torch.Tensor:
    """The first `frames` frames of an input."""
    if one.kind == "speech":
        assert isinstance(value, np.ndarray)
        recording = torch.from_numpy(np.require(value[: samples_in(frames)], np.float32, "W"))
        return system.encoder.prepared(recording)
    numbers = value.values if isinstance(value, Motion) else value
    return torch.from_numpy(np.require(numbers[:frames], np.float32, "W"))
