from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.voices.network import Scaled, digest, open_network

onnx = pytest.importorskip("onnx", reason="onnx is not installed")


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """x -> double = x + x -> y = double + 1."""
    value = onnx.helper.make_tensor_value_info
    one = onnx.numpy_helper.from_array(np.ones(1, np.float32), "one")
    nodes = [
        onnx.helper.make_node("Add", ["x", "x"], ["double"]),
        onnx.helper.make_node("Add", ["double", "one"], ["y"]),
    ]
    graph = onnx.helper.make_graph(nodes, "doubling", [value("x", 1, [1, None])], [value("y", 1, [1, None])], [one])
    opset = onnx.helper.make_opsetid("", 17)
    path = tmp_path / "doubling.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10), path)
    return path


def test_inner_values_are_shown_and_scaled(network: Path) -> None:
    opened = open_network(network, ("double",), (Scaled("double", "factor"),))
    x, factor = np.array([[1, 2]], np.float32), np.array([[10, 100]], np.float32)
    y, double = opened.run(None, {"x": x, "factor": factor})
    np.testing.assert_array_equal(double, [[2, 4]])
    np.testing.assert_array_equal(y, [[21, 401]])


def test_another_kind_of_network_is_refused(network: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="no inner value durations: it is another kind"):
        open_network(network, ("durations",))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(VisavisError, match="not an ONNX network"):
        open_network(broken)


def test_digests_tell_files_apart(network: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(network.read_bytes())
    assert digest(copy) == digest(network)
    copy.write_bytes(network.read_bytes() + b" ")
    assert digest(copy) != digest(network)
