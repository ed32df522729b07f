"""What is done to a recorded ONNX network before it is written: dead state left out, weights halved without loss."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from visavis.export.step_graph import AFTER, STATE

_FLOAT16, _FLOAT32 = 10, 1
"""`onnx.TensorProto.FLOAT16` and `FLOAT`."""
_LEAST_VALUES = 1024
"""Smaller weights are left as they are."""


def without_dead_state(model: Any, wanted: Collection[str]) -> None:
    """Take out of an onnx.ModelProto what the outputs `wanted` never depend on, in this call or in a later one."""
    graph = model.graph
    makers = {name: node for node in graph.node for name in node.output}
    needed: set[str] = set()
    open_names = list(wanted)
    while open_names:
        name = open_names.pop()
        if name in needed:
            continue
        needed.add(name)
        if name.startswith(STATE):
            open_names.append(AFTER + name.removeprefix(STATE))
        elif name in makers:
            open_names += _read_by(makers[name])
    _keep(graph.node, [node for node in graph.node if needed.intersection(node.output)])
    for values in (graph.input, graph.output, graph.initializer, graph.value_info):
        _keep(values, [value for value in values if value.name in needed])


def without_origins(model: Any) -> None:
    """Forget from which lines of which files each node was recorded."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]


def halve_weights(model: Any, numpy_helper: Any) -> None:
    """Keep weights that 16 bits hold exactly in 16 bits: a runtime makes them 32 again when it opens the file."""
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        if weight.data_type != _FLOAT32:
            continue
        values = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size < _LEAST_VALUES or not np.array_equal(half.astype(np.float32), values):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append((f"{name}.half", name))
    nodes = list(graph.node)
    _keep(graph.node, [])
    for source, target in casts:
        graph.node.add(op_type="Cast", name=f"whole.{target}", input=[source], output=[target]).attribute.add(
            name="to", type=2, i=_FLOAT32
        )
    graph.node.extend(nodes)


def nodes_that_read(model: Any, prefix: str) -> list[str]:
    """Names of the nodes that read weights whose names begin with `prefix`."""
    return [node.name for node in model.graph.node if any(name.startswith(prefix) for name in node.input)]


def _read_by(node: Any) -> Iterable[str]:
    inner = (attribute.g for attribute in node.attribute if attribute.HasField("g"))
    return [*node.input, *(name for graph in inner for part in graph.node for name in part.input)]


def _keep(values: Any, kept: list[Any]) -> None:
    copies = [type(value)() for value in kept]
    for copy, value in zip(copies, kept, strict=True):
        copy.CopyFrom(value)
    del values[:]
    values.extend(copies)
