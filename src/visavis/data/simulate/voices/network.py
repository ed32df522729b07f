"""The one door to onnxruntime: networks of synthesisers, with inner values shown and scaled that the file hides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from visavis.core.errors import VisavisError, missing_extra


class Network(Protocol):
    """An opened network."""

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """The outputs of those names (None: all, the added ones last)."""
        ...


@dataclass(frozen=True)
class Scaled:
    """An inner value that is multiplied by a new input before others use it."""

    value: str
    by: str


def open_network(path: Path, outputs: Sequence[str] = (), scaled: Sequence[Scaled] = ()) -> Network:
    """Open an .onnx file for one thread; `outputs` are inner values that it gives, too.

    Raises `VisavisError` when onnxruntime is missing, or the file is no network or has no such value.
    """
    try:
        import onnx
        import onnxruntime
    except ImportError:
        raise missing_extra("onnxruntime and onnx", "voices", "a natural voice") from None
    try:
        model = onnx.load(path)
    except Exception as error:
        raise VisavisError(f"{path} is not an ONNX network ({type(error).__name__})") from None
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
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    network: Network = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return network


def digest(path: Path) -> str:
    """A short name for a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
