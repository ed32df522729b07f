from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from visavis.export.recorded_network import halve_weights, nodes_that_read, without_dead_state, without_origins

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
reference = pytest.importorskip("onnx.reference", reason="onnx is not installed")


def network() -> Any:
    """motion = x @ weight + state.a; after.a follows state.b, after.b is itself; state.c is told and never asked."""
    make, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    nodes = [
        make("MatMul", ["x", "mel.weight"], ["product"], name="product"),
        make("Add", ["product", "state.a"], ["motion"], name="sum"),
        make("Identity", ["state.b"], ["after.a"], name="a"),
        make("Identity", ["state.b"], ["after.b"], name="b"),
        make("Add", ["x", "state.c"], ["after.c"], name="c"),
    ]
    kept = [value(f"{way}.{name}", 1, [1, 64]) for way in ("state", "after") for name in "abc"]
    weight = np.arange(4096, dtype=np.float32).reshape(64, 64) % 7
    graph = onnx.helper.make_graph(
        nodes,
        "step",
        [value("x", 1, [1, 64]), *kept[:3]],
        [value("motion", 1, [1, 64]), *kept[3:]],
        [onnx.numpy_helper.from_array(weight, "mel.weight")],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)


def test_state_that_no_motion_depends_on_is_left_out() -> None:
    model = network()
    without_dead_state(model, ("motion",))
    assert [one.name for one in model.graph.input] == ["x", "state.a", "state.b"]
    assert [one.name for one in model.graph.output] == ["motion", "after.a", "after.b"]
    assert [node.name for node in model.graph.node] == ["product", "sum", "a", "b"]
    onnx.checker.check_model(model)


@pytest.mark.parametrize(("factor", "halved"), [(1.0, True), (1 / 3, False)])
def test_weights_are_halved_where_nothing_is_lost(factor: float, halved: bool) -> None:
    model = network()
    weight = onnx.numpy_helper.to_array(model.graph.initializer[0]) * np.float32(factor)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(weight, "mel.weight"))
    size = len(model.SerializeToString())
    halve_weights(model, onnx.numpy_helper)
    onnx.checker.check_model(model)
    assert (len(model.SerializeToString()) < 0.6 * size) == halved
    feeds = {one.name: np.random.default_rng(0).normal(size=(1, 64)).astype(np.float32) for one in model.graph.input}
    motion = reference.ReferenceEvaluator(model).run(["motion"], feeds)[0]
    assert np.allclose(motion, feeds["x"] @ weight + feeds["state.a"], atol=1e-5)


def test_nodes_are_found_by_the_weights_that_they_read() -> None:
    assert nodes_that_read(network(), "mel.") == ["product"]


def test_where_nodes_were_recorded_is_forgotten() -> None:
    model = network()
    model.graph.node[0].metadata_props.add(key="stack_trace", value="somewhere.py")
    without_origins(model)
    assert b"somewhere.py" not in model.SerializeToString()
