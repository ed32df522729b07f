"""Writing a system as ONNX networks with a manifest."""

from __future__ import annotations

import io
import logging
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.errors import VisavisError, missing_extra, unknown
from visavis.core.files import require_place, written_whole
from visavis.core.onnx_door import onnx_package, quantised
from visavis.core.spaces import MotionSpace
from visavis.export.manifest import (
    MANIFEST,
    ChannelGroup,
    Element,
    InputTensor,
    LabelTensor,
    Manifest,
    NetworkFile,
    StateTensor,
    digest,
    write_manifest,
)
from visavis.export.named_state import named_tensors
from visavis.export.recorded_network import halve_weights, nodes_that_read, without_dead_state, without_origins
from visavis.export.step_graph import AFTER, KNOWN, MOTION, STATE, StepGraph
from visavis.system.system import System

PRECISIONS = ("float32", "int8")
EXTRA, PURPOSE = "export", "export to ONNX"
_OPSET = 20
_ROWS = 3
"""Conversations of the call that is recorded: one is told apart from several, and two from the numbers of voices."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_MEL = "encoder.mel"
"""Its products are of sound itself, and stay in float32."""
_TYPES: dict[torch.dtype, Element] = {torch.float32: "float32", torch.int64: "int64", torch.bool: "bool"}


def export_onnx(system: System, folder: Path, precisions: Sequence[str] = PRECISIONS) -> Manifest:
    """Write a system's step into a folder: a network for each precision, `step.PRECISION.onnx`, and manifest.json.

    Raises `VisavisError` for an unknown precision, a system that is not live or cannot be recorded, a place that cannot
    be written, and where onnx, onnxscript or onnxruntime is missing.
    """
    for precision in precisions:
        if precision not in PRECISIONS:
            raise unknown("precision", precision, PRECISIONS)
    if not system.interface.live:
        raise VisavisError(
            f"{system.config.name} draws whole recordings; what is exported is a step of a model that is live "
            "(`visavis models` tells which are)"
        )
    require_place(folder / MANIFEST)
    onnx = onnx_package(EXTRA, PURPOSE)
    graph = StepGraph(system)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "step.onnx"
        model = recorded(graph)
        without_dead_state(model, (MOTION, *graph.interface.labels))
        without_origins(model)
        onnx.save(model, whole)
        files = []
        for precision in precisions:
            made = whole if precision == "float32" else Path(place) / f"step.{precision}.onnx"
            if precision == "int8":
                with _quiet():
                    quantised(whole, made, nodes_that_read(model, _MEL), EXTRA, PURPOSE)
            files.append(_written(onnx, made, folder / f"step.{precision}.onnx", precision))
    taken = {value.name for value in model.graph.input}
    manifest = described(system, graph, taken, tuple(files))
    write_manifest(manifest, folder)
    return manifest


def recorded(graph: StepGraph) -> Any:
    """The onnx.ModelProto of a step, of any number of conversations."""
    example = tuple(torch.cat([one] * _ROWS) for one in graph.example())
    rows = {0: torch.export.Dim("conversations", min=2)}
    try:
        return record(graph, example, graph.input_names, graph.output_names, {"tensors": (rows,) * len(example)})
    except VisavisError:
        raise
    except Exception as error:
        raise VisavisError(
            f"this model's step cannot be recorded: {_first_line(error)}; live models that ship can be"
        ) from error


def record(
    module: torch.nn.Module,
    example: tuple[torch.Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic: Mapping[str, Any] | None = None,
) -> Any:
    """The onnx.ModelProto of a module, by torch.onnx. dynamic: of what its `forward` takes, the axes whose length is
    free, for each tensor a mapping.

    Raises `VisavisError` where onnxscript is missing, and what torch.onnx raises.
    """
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                module,
                example,
                dynamo=True,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=None if dynamic is None else dict(dynamic),
                opset_version=_OPSET,
                external_data=False,
                verbose=False,
            )
        except ImportError:
            raise missing_extra("onnxscript", EXTRA, PURPOSE) from None
    assert program is not None
    return program.model_proto


def described(system: System, graph: StepGraph, taken: set[str], files: tuple[NetworkFile, ...]) -> Manifest:
    """The manifest of a recorded step whose network takes the inputs `taken`."""
    space, interface = system.space, system.interface
    return Manifest(
        model=system.config.name,
        fingerprint=system.fingerprint,
        made_with=f"visavis {version('visavis')}",
        sample_rate=SAMPLE_RATE,
        fps=FPS,
        hop=interface.hop,
        past_frames=interface.past_frames,
        warm_up=graph.warm_up,
        space=space.name,
        channels=space.channels,
        groups=_groups(space),
        mean_face=tuple(float(value) for value in system.mean_face),
        people=interface.people,
        inputs=tuple(
            InputTensor(
                name=one.spec.name,
                kind=one.spec.kind,
                tensor=one.spec.name,
                shape=one.shape,
                first_frame=one.first_frame,
                known=KNOWN + one.spec.name if KNOWN + one.spec.name in taken else None,
            )
            for one in graph.inputs
        ),
        noise=graph.noise_values,
        noise_shapes=graph.noise_shapes,
        labels=tuple(LabelTensor(name, classes) for name, classes in interface.labels.items()),
        state=tuple(
            StateTensor(name, STATE + name, AFTER + name, tuple(tensor.shape), _TYPES[tensor.dtype], _initial(tensor))
            for name, tensor in named_tensors(graph.start).items()
            if STATE + name in taken
        ),
        networks=files,
    )


def _written(onnx: Any, made: Path, target: Path, precision: str) -> NetworkFile:
    """A network with its weights halved where that loses nothing, at its place."""
    model = onnx.load(made)
    halve_weights(model, onnx.numpy_helper)
    with written_whole(target) as temporary:
        onnx.save(model, temporary)
    return NetworkFile(precision, target.name, target.stat().st_size, digest(target))


def _groups(space: MotionSpace) -> tuple[ChannelGroup, ...]:
    return tuple(
        ChannelGroup(name, tuple(map(int, channels)), space.units[name], space.bounds.get(name))
        for name, channels in space.groups.items()
    )


def _initial(tensor: torch.Tensor) -> float | tuple[float, ...]:
    values = [float(value) for value in tensor.flatten().tolist()]
    return values[0] if len(set(values)) == 1 else tuple(values)


def _first_line(error: BaseException) -> str:
    """The first line of what went wrong in the first place, without colours."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = _COLOURS.sub("", str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what recorder and quantiser say of packages that are not there, and of its own parts."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
