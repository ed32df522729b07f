"""An exported model in ONNX Runtime, with numpy alone: the reference for runners in other languages.

    model = OnnxModel.open(Path("arig-onnx"))
    state = model.init_state()
    step, state = model.step({"user_speech": ..., "agent_speech": ...}, noise, state)

Shapes: P people, T frames of a hop, S sound samples, D motion channels, N noise values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.onnx_door import Network, open_session
from visavis.export.manifest import InputTensor, Manifest, network_path, read_manifest

OnnxState = Mapping[str, np.ndarray]
"""All memory of a conversation, by the names of the network's inputs; a value that can be kept and gone back to."""
Noise = Callable[[int], np.ndarray]
"""So many standard normal numbers (N,) for the next call."""


@dataclass(frozen=True, eq=False)
class OnnxStep:
    """Motion (P, T, D) of everybody whom the model moves, and what it says of each frame by name (P, T)."""

    motion: np.ndarray
    labels: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class OnnxModel:
    """An opened network and its manifest."""

    manifest: Manifest
    network: Network

    @staticmethod
    def open(folder: Path, precision: str = "float32", threads: int = 1) -> OnnxModel:
        """The model in a folder of `visavis export-onnx`.

        Raises `VisavisError` for a folder of something else or of another version, an unknown precision, and where
        onnxruntime is missing.
        """
        manifest = read_manifest(folder)
        path = network_path(folder, manifest.network(precision))
        return OnnxModel(manifest, open_session(path, threads, "export", f"running {path.name}"))

    def init_state(self) -> OnnxState:
        """The state before the first call."""
        return {
            one.input: np.broadcast_to(np.array(one.initial), one.shape).astype(one.type)
            if isinstance(one.initial, float)
            else np.array(one.initial).reshape(one.shape).astype(one.type)
            for one in self.manifest.state
        }

    def step(
        self, given: Mapping[str, np.ndarray | None], noise: np.ndarray, state: OnnxState
    ) -> tuple[OnnxStep, OnnxState]:
        """One call: a hop of each input, sound (S,) and numbers (T, width), None or left out where it is not known, and
        noise (N,). In the first `warm_up` calls the motion means nothing."""
        manifest = self.manifest
        feeds = {**state, "noise": noise.astype(np.float32)[None]}
        for one in manifest.inputs:
            value = given.get(one.name)
            feeds[one.tensor] = _tensor(one, value)
            if one.known is not None:
                feeds[one.known] = np.full((1, manifest.hop), value is not None)
        labels = [one.name for one in manifest.labels]
        motion, *rest = self.network.run(manifest.outputs, feeds)
        told = {name: value[0] for name, value in zip(labels, rest, strict=False)}
        after = {one.input: value for one, value in zip(manifest.state, rest[len(labels) :], strict=True)}
        return OnnxStep(motion[0], told), after

    def generate(self, recordings: Mapping[str, np.ndarray], noise: Noise | None = None, seed: int = 0) -> OnnxStep:
        """Motion over the frames that all recordings have in common: sound (S,) at `sample_rate`, else numbers (T,
        width), by the names of the inputs. noise: None draws from a generator of numpy with this seed."""
        manifest = self.manifest
        hop, drawn = manifest.hop, noise or np.random.default_rng(seed).standard_normal
        frames = min(
            len(value) // self._each(one) for one in self._named(recordings) for value in [recordings[one.name]]
        )
        if frames == 0:
            raise VisavisError("the recordings are shorter than a frame of 40 ms; give longer ones")
        state, steps = self.init_state(), []
        for call in range(-(-frames // hop) + manifest.warm_up):
            given = {
                one.name: self._hop(one, recordings[one.name], call * hop + one.first_frame, frames)
                for one in self._named(recordings)
            }
            step, state = self.step(given, drawn(manifest.noise), state)
            steps.append(step)
        shown = steps[manifest.warm_up :]
        labels = [one.name for one in manifest.labels]
        return OnnxStep(
            np.concatenate([one.motion for one in shown], axis=1)[:, :frames],
            {name: np.concatenate([one.labels[name] for one in shown], axis=1)[:, :frames] for name in labels},
        )

    def _named(self, recordings: Mapping[str, np.ndarray]) -> list[InputTensor]:
        """The inputs that are given; raises `VisavisError` for others, or without a voice."""
        inputs = self.manifest.inputs
        names = [one.name for one in inputs]
        strange = [name for name in recordings if name not in names]
        missing = [one.name for one in inputs if one.kind == "speech" and one.name not in recordings]
        if strange or missing:
            wrong = f"takes no {strange[0]}" if strange else f"needs {missing[0]}"
            raise VisavisError(f"{self.manifest.model} {wrong}; its inputs are {', '.join(names)}")
        return [one for one in inputs if one.name in recordings]

    def _each(self, one: InputTensor) -> int:
        """Numbers along the first axis of a frame of an input."""
        return self.manifest.sample_rate // self.manifest.fps if one.kind == "speech" else 1

    def _hop(self, one: InputTensor, recording: np.ndarray, first: int, frames: int) -> np.ndarray | None:
        """The frames [first, first + hop) of a recording: None before its beginning, after its end silence, or its last
        frame held."""
        hop, each = self.manifest.hop, self._each(one)
        if first < 0:
            return None
        there = recording[first * each : min(first + hop, frames) * each]
        lacking = hop * each - len(there)
        if one.kind == "speech":
            return np.pad(there, (0, lacking))
        return np.concatenate([there, np.repeat(recording[frames - 1 : frames], lacking, axis=0)])


def _tensor(one: InputTensor, value: np.ndarray | None) -> np.ndarray:
    """An input as the network takes it, zero where it is not known. Raises `VisavisError` for another shape."""
    if value is None:
        return np.zeros(one.shape, np.float32)
    if value.shape != one.shape[1:]:
        raise VisavisError(f"{one.name} of shape {value.shape} does not fit; a call takes {one.shape[1:]}")
    return np.asarray(value, np.float32)[None]
