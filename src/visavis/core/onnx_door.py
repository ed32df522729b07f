"""The one door to onnx and onnxruntime: opening, quantising and reading ONNX networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from visavis.core.errors import VisavisError, missing_extra


class Network(Protocol):
    """An opened network."""

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        """The outputs of those names (None: all, in their order)."""
        ...

    def get_inputs(self) -> Sequence[Any]:
        """What it takes, each with a name and a shape."""
        ...


def onnx_package(extra: str, purpose: str) -> Any:
    """The package onnx; raises `VisavisError` where it is missing, naming the extra that has it."""
    try:
        import onnx
    except ImportError:
        raise missing_extra("onnx", extra, purpose) from None
    return onnx


def runtime_package(extra: str, purpose: str) -> Any:
    """The package onnxruntime; raises `VisavisError` where it is missing, naming the extra that has it."""
    try:
        import onnxruntime
    except ImportError:
        raise missing_extra("onnxruntime", extra, purpose) from None
    return onnxruntime


def read_network(path: Path, extra: str, purpose: str) -> Any:
    """The onnx.ModelProto of a file; raises `VisavisError` where it is none, or onnx is missing."""
    onnx = onnx_package(extra, purpose)
    try:
        return onnx.load(path)
    except Exception as error:
        raise VisavisError(f"{path} is not an ONNX network ({type(error).__name__})") from None


def open_session(network: bytes | Path, threads: int, extra: str, purpose: str) -> Network:
    """A network of onnxruntime on so many threads of the processor.

    Raises `VisavisError` where onnxruntime is missing or does not take the network.
    """
    runtime = runtime_package(extra, purpose)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    given = network if isinstance(network, bytes) else str(network)
    try:
        session: Network = runtime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        named = "the network" if isinstance(network, bytes) else network
        raise VisavisError(f"onnxruntime {runtime.__version__} does not take {named} ({_first(error)})") from None
    return session


def quantised(source: Path, target: Path, left_alone: Sequence[str], extra: str, purpose: str) -> None:
    """Write a network with the weights of its products as 8-bit numbers; inputs of products are quantised as they come.

    left_alone: names of nodes that stay as they are. Raises `VisavisError` where onnx or onnxruntime is missing.
    """
    onnx_package(extra, purpose)
    runtime_package(extra, purpose)
    from onnxruntime import quantization

    quantization.quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=quantization.QuantType.QInt8,
        nodes_to_exclude=list(left_alone),
    )


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
