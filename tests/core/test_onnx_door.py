from __future__ import annotations

import sys
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.core.onnx_door import onnx_package, open_session, quantised, read_network, runtime_package


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("onnx", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(VisavisError, match=r"a purpose needs onnx; install it with: pip install 'visavis\[export\]'"):
        onnx_package("export", "a purpose")
    with pytest.raises(VisavisError, match="a purpose needs onnxruntime"):
        runtime_package("export", "a purpose")
    with pytest.raises(VisavisError, match="needs onnx"):
        quantised(tmp_path / "a", tmp_path / "b", (), "export", "a purpose")


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(VisavisError, match=r"broken\.onnx is not an ONNX network"):
        read_network(broken, "export", "a purpose")
    with pytest.raises(VisavisError, match=r"onnxruntime .* does not take .*broken\.onnx"):
        open_session(broken, 1, "export", "a purpose")


def test_a_network_of_a_later_version_is_refused_in_a_line(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    result = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Neg", ["x"], ["y"])], "later", [value], [result])
    for ir, opset in ((99, 20), (10, 999)):
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=ir)
        path = tmp_path / "later.onnx"
        path.write_bytes(model.SerializeToString())
        with pytest.raises(VisavisError, match=r"onnxruntime .* does not take .*later\.onnx \(.*\)$") as told:
            open_session(path, 1, "export", "a purpose")
        assert "\n" not in str(told.value)
