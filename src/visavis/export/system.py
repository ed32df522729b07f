"""An exported network as a system that sessions drive: many conversations in a call, at a fraction of torch's time.

    system = OnnxSystem.open(Path("arig-onnx"))
    session = visavis.Session(system)

Each step of few conversations is many small operations, which ONNX Runtime calls without Python in between. It is the
same motion as torch's with the same seed, but for rounding.

Shapes: B conversations, P people, T frames of a hop, D motion channels, N noise values.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from visavis.core.clock import samples_in
from visavis.core.contract import History, InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace, space_named
from visavis.core.steps import Chunk, StepMotion, joined, no_frames
from visavis.export.manifest import InputTensor
from visavis.export.runner import OnnxModel
from visavis.sampling.noise import SeededNoise
from visavis.system.pending import Pending, followed_by, is_complete, no_input

_WORTH_A_THREAD = 2
"""Conversations from which a thread of their own is worth it."""


@dataclass(frozen=True)
class OnnxSystemState:
    """Everything that is remembered between steps, records of tensors whose first axis is the conversation.

    pending: each input's frames that no call has taken. network: the network's state, in the order of the manifest.
    calls (B,): how many there were. `seeds` (B,) choose each row's noise.
    """

    pending: tuple[Pending, ...]
    network: tuple[Tensor, ...]
    calls: Tensor
    seeds: Tensor


class OnnxSystem:
    """A `StreamingSystem` of an exported network, on the processor. It draws as it was exported: without guidance to
    choose, and without gradients.

    Raises `VisavisError` for a network of an older export, which takes one conversation at a time, and for one whose
    motion space is not known here.
    """

    def __init__(self, model: OnnxModel, threads: int = 1) -> None:
        manifest = model.manifest
        if manifest.past_frames is None:
            raise VisavisError(
                f"{manifest.model} was exported by {manifest.made_with} for one conversation at a time; export it again"
            )
        self.model, self.manifest = model, manifest
        self.space: MotionSpace = space_named(manifest.space)
        if self.space.channels != manifest.channels:
            raise VisavisError(f"{manifest.space} has other channels here than where {manifest.model} was exported")
        hop = manifest.hop
        self.interface = Interface(
            inputs=tuple(_spec(one, one.first_frame + manifest.warm_up * hop, hop) for one in manifest.inputs),
            hop=hop,
            past_frames=manifest.past_frames,
            people=manifest.people,
            labels={one.name: one.classes for one in manifest.labels},
        )
        self._calls = replace(
            self.interface, inputs=tuple(_spec(one, one.first_frame, hop) for one in manifest.inputs), past_frames=0
        )
        self.guidable, self.guidance = False, 1.0
        self.mean_face = np.array(manifest.mean_face, np.float32)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="onnx") if threads > 1 else None
        self._pieces = threads

    @staticmethod
    def open(folder: Path, precision: str = "float32", threads: int | None = None) -> OnnxSystem:
        """The system in a folder of `visavis export-onnx`. threads: among which conversations are shared out (None: as
        many as there are cores).

        Raises `VisavisError` as `OnnxModel.open` does, and see the class.
        """
        return OnnxSystem(OnnxModel.open(folder, precision), (os.cpu_count() or 1) if threads is None else threads)

    @property
    def fingerprint(self) -> str:
        """The same for networks of the same files, in any process."""
        files = " ".join(one.sha256 for one in self.manifest.networks)
        return hashlib.sha256(f"{self.manifest.fingerprint} {files}".encode()).hexdigest()

    def init_state(self, batch: int, seed: int = 0) -> OnnxSystemState:
        """The state before a conversation; row b draws with the seed `seed + b`."""
        state = self.model.init_state()
        widths = {"speech": 0, "motion": self.space.width}
        return OnnxSystemState(
            pending=no_input(self._calls, widths, batch, torch.device("cpu")),
            network=tuple(_rows(state[one.input], batch) for one in self.manifest.state),
            calls=torch.zeros(batch, dtype=torch.int64),
            seeds=torch.arange(batch) + seed,
        )

    def step(self, chunk: Chunk, state: OnnxSystemState) -> tuple[StepMotion, OnnxSystemState]:
        """Takes any whole frames of input and gives the frames that have become possible."""
        state = replace(state, pending=followed_by(self._calls, state.pending, chunk, self.space.width))
        steps: list[StepMotion] = []
        while is_complete(self._calls, state.pending):
            made, state = self._call(state)
            if bool((state.calls > self.manifest.warm_up).all()):
                steps.append(made)
        nothing = no_frames(len(state.seeds), len(self.interface.people), self.space.width, self.interface.labels)
        return joined(steps, nothing), state

    def with_options(
        self,
        *,
        context: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        temperature: float | None = None,
        history: History | None = None,
    ) -> OnnxSystem:
        """Itself; raises `VisavisError` for any option, which must be chosen before a model is exported."""
        asked = {"context": context, "steps": steps, "guidance": guidance, "temperature": temperature}
        chosen = [name for name, value in {**asked, "history": history}.items() if value is not None]
        if chosen:
            raise VisavisError(f"{self.manifest.model} draws as it was exported; export it with another {chosen[0]}")
        return self

    def _call(self, state: OnnxSystemState) -> tuple[StepMotion, OnnxSystemState]:
        """One call of all conversations, and the state after it."""
        taken, left = zip(
            *(self._taken(one, kept) for one, kept in zip(self._calls.inputs, state.pending, strict=True)), strict=True
        )
        feeds: dict[str, Tensor] = {"noise": self._noise(state)}
        for one, given in zip(self.manifest.inputs, taken, strict=True):
            feeds[one.tensor] = given.arrived
            if one.known is not None:
                feeds[one.known] = given.known
        feeds |= {one.input: kept for one, kept in zip(self.manifest.state, state.network, strict=True)}
        motion, *rest = self._run(feeds, len(state.seeds))
        labels = {one.name: told for one, told in zip(self.manifest.labels, rest, strict=False)}
        network = tuple(rest[len(labels) :])
        return StepMotion(motion, labels=labels), replace(state, pending=left, network=network, calls=state.calls + 1)

    def _taken(self, one: InputSpec, kept: Pending) -> tuple[Pending, Pending]:
        """What a call takes of an input, and what is left of it."""
        hop = self.interface.hop
        values = samples_in(hop) if one.kind == "speech" else hop
        return (
            replace(kept, arrived=kept.arrived[:, :values], known=kept.known[:, :hop]),
            replace(kept, arrived=kept.arrived[:, values:], known=kept.known[:, hop:]),
        )

    def _noise(self, state: OnnxSystemState) -> Tensor:
        """Standard normal numbers (B, N): those that torch draws from in this step."""
        draw, rows = SeededNoise(state.seeds, state.calls - self.manifest.warm_up), len(state.seeds)
        pieces = [draw((rows * shape[0], *shape[1:])).reshape(rows, -1) for shape in self.manifest.noise_shapes]
        return torch.cat([torch.zeros(rows, 0), *pieces], dim=1)

    def _run(self, feeds: Mapping[str, Tensor], rows: int) -> list[Tensor]:
        """The outputs of a call, its conversations shared out among threads."""
        pieces = max(1, min(self._pieces, rows // _WORTH_A_THREAD))
        if self._threads is None or pieces == 1:
            return self._outputs(feeds)
        ends = np.linspace(0, rows, pieces + 1).round().astype(int)
        parts = [{name: value[start:stop] for name, value in feeds.items()} for start, stop in pairwise(ends)]
        return [torch.cat(every) for every in zip(*self._threads.map(self._outputs, parts), strict=True)]

    def _outputs(self, feeds: Mapping[str, Tensor]) -> list[Tensor]:
        made = self.model.network.run(self.manifest.outputs, {name: value.numpy() for name, value in feeds.items()})
        return [torch.from_numpy(value) for value in made]


def _spec(one: InputTensor, ahead: int, hop: int) -> InputSpec:
    width = one.shape[-1] if one.kind == "signal" else None
    return InputSpec(one.name, one.kind, ahead, hop + max(0, ahead), width)


def _rows(value: np.ndarray, batch: int) -> Tensor:
    return torch.from_numpy(value).repeat(batch, *[1] * (value.ndim - 1))
