"""Networks of synthesisers, with inner values shown and scaled that the file hides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.core.errors import VisavisError
from visavis.core.onnx_door import Network, onnx_package, open_session, read_network

_PURPOSE = "a natural voice"


@dataclass(frozen=True)
class Scaled:
    """An inner value that is multiplied by a new input before others use it."""

    value: str
    by: str


def open_network(path: Path, outputs: Sequence[str] = (), scaled: Sequence[Scaled] = ()) -> Network:
    """Open an .onnx file for one thread; `outputs` are inner values that it gives, too.

    Raises `VisavisError` when onnxruntime is missing, or the file is no network or has no such value.
    """
    onnx = onnx_package("voices", _PURPOSE)
    model = read_network(path, "voices", _PURPOSE)
    made = {name for node in model.graph.node for name in node.output}
    lacking = [name for name in (*outputs, *(scale.value for scale in scaled)) if name not in made]
    if lacking:
        raise VisavisError(f"{path} has no inner value {', '.join(lacking)}: it is another kind of network")
    value = onnx.helper.make_tensor_value_info
    for scale in scaled:
        for node in model.graph.node:
            for i, name in enumerate(node.input):
                if name == scale.value:
                    node.input[i] = f"{name}/scaled"
        model.graph.input.append(value(scale.by, onnx.TensorProto.FLOAT, [1, None]))
        model.graph.node.append(onnx.helper.make_node("Mul", [scale.value, scale.by], [f"{scale.value}/scaled"]))
    model.graph.output.extend(value(name, onnx.TensorProto.FLOAT, None) for name in outputs)
    return open_session(model.SerializeToString(), 1, "voices", _PURPOSE)


def digest(path: Path) -> str:
    """A short name for a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
