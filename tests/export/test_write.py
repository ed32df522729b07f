"""A small system written as networks: what they draw, what the manifest says, and what is refused."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.small_systems import make
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.export.check import TOLERANCE, checked
from visavis.export.manifest import MANIFEST, digest, read_manifest
from visavis.export.runner import OnnxModel
from visavis.export.write import export_onnx, recorded
from visavis.system.shipped import load_trainable

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("onnxscript", reason="onnxscript is not installed")
onnx = pytest.importorskip("onnx", reason="onnx is not installed")


@pytest.fixture
def copy(arig_onnx: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(arig_onnx, tmp_path / "copy"))


def recordings(frames: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(2)
    voices = {
        name: 0.1 * random.standard_normal(640 * frames).astype(np.float32) for name in ("user_speech", "agent_speech")
    }
    return {**voices, "user_motion": random.random((frames, 61), np.float32)}


def test_a_network_draws_what_torch_draws(copy: Path) -> None:
    found = checked(load_trainable("arig-small"), copy, 4.0)
    assert found["float32"].largest < TOLERANCE
    assert found["float32"].other_labels == 0
    assert found["float32"].seconds == 4.0
    assert found["int8"].largest > found["float32"].largest
    assert found["int8"].mean < 0.05
    noted = read_manifest(copy).network("int8")
    assert (noted.deviation, noted.checked_s) == (found["int8"].largest, 4.0)


def test_the_manifest_says_how_to_call_it(arig_onnx: Path) -> None:
    manifest = read_manifest(arig_onnx)
    model = OnnxModel.open(arig_onnx)
    taken = {one.name: tuple(one.shape) for one in model.network.get_inputs()}
    told = {one.tensor: one.shape for one in manifest.inputs} | {one.input: one.shape for one in manifest.state}
    told |= {one.known: (1, manifest.hop) for one in manifest.inputs if one.known} | {"noise": (1, manifest.noise)}
    assert {name: shape[1:] for name, shape in taken.items()} == {name: shape[1:] for name, shape in told.items()}
    assert {shape[0] for shape in taken.values()} == {"conversations"}, "any number of them"
    assert (manifest.hop, manifest.warm_up, manifest.fps, manifest.sample_rate) == (1, 2, 25, 16_000)
    assert manifest.channels == ARKIT61.channels
    assert [one.known for one in manifest.inputs] == [None, None, "known.user_motion"]
    assert manifest.labels[0].classes[0] == "speaking"
    assert all(digest(arig_onnx / one.file) == one.sha256 for one in manifest.networks)
    assert b".py" not in (arig_onnx / "step.float32.onnx").read_bytes()


def test_a_state_is_a_value_and_has_one_future(arig_onnx: Path) -> None:
    model = OnnxModel.open(arig_onnx)
    random = np.random.default_rng(0)
    given = {"user_speech": 0.1 * random.standard_normal(640), "agent_speech": 0.1 * random.standard_normal(640)}
    noise, state = random.standard_normal(model.manifest.noise), model.init_state()
    for _ in range(4):
        _, state = model.step(given, noise, state)
    first, _ = model.step(given, noise, state)
    model.step({**given, "agent_speech": np.zeros(640)}, noise, state)
    again, _ = model.step(given, noise, state)
    assert np.array_equal(first.motion, again.motion)


def test_recordings_of_any_length_give_as_many_frames(arig_onnx: Path) -> None:
    model = OnnxModel.open(arig_onnx)
    whole = model.generate(recordings(9), seed=3)
    assert whole.motion.shape == (1, 9, 61)
    assert whole.labels["state"].shape == (1, 9)
    assert np.array_equal(whole.motion, model.generate(recordings(9), seed=3).motion)
    assert not np.array_equal(whole.motion, model.generate(recordings(9), seed=4).motion)


def test_what_does_not_fit_is_refused(arig_onnx: Path) -> None:
    model = OnnxModel.open(arig_onnx)
    with pytest.raises(VisavisError, match="needs agent_speech; its inputs are user_speech, agent_speech, user_motion"):
        model.generate({"user_speech": np.zeros(640)})
    with pytest.raises(VisavisError, match="takes no mix"):
        model.generate({**recordings(2), "mix": np.zeros(640)})
    with pytest.raises(VisavisError, match="shorter than a frame"):
        model.generate({**recordings(2), "user_speech": np.zeros(100)})
    with pytest.raises(VisavisError, match=r"user_speech of shape \(100,\) does not fit; a call takes \(640,\)"):
        model.step({"user_speech": np.zeros(100)}, np.zeros(61), model.init_state())
    with pytest.raises(VisavisError, match=r"unknown precision 'float16'.*float32, int8"):
        OnnxModel.open(arig_onnx, "float16")


def test_another_version_or_file_is_refused_in_a_line(copy: Path, tmp_path: Path) -> None:
    told = json.loads((copy / MANIFEST).read_text())
    with pytest.raises(VisavisError, match="holds no exported model"):
        OnnxModel.open(tmp_path / "nowhere")
    (copy / "step.int8.onnx").write_bytes(b"another")
    with pytest.raises(VisavisError, match=r"step\.int8\.onnx is not the file that manifest\.json speaks of"):
        OnnxModel.open(copy, "int8")
    (copy / "step.int8.onnx").unlink()
    with pytest.raises(VisavisError, match=r"lacks step\.int8\.onnx"):
        OnnxModel.open(copy, "int8")
    (copy / MANIFEST).write_text(json.dumps({**told, "version": 2}))
    with pytest.raises(VisavisError, match="is of version 2, this visavis reads version 1; export the model again"):
        OnnxModel.open(copy)
    (copy / MANIFEST).write_text(json.dumps({**told, "hop": "one"}))
    with pytest.raises(VisavisError, match=r"manifest\.json is damaged"):
        OnnxModel.open(copy)
    (copy / MANIFEST).write_text("{}")
    with pytest.raises(VisavisError, match="is no manifest of an exported model"):
        OnnxModel.open(copy)


def test_bad_wishes_and_missing_packages_are_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(VisavisError, match="unknown precision 'int4'"):
        export_onnx(make("arig extended"), tmp_path, ("int4",))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(VisavisError, match=r"export to ONNX needs onnx; .*visavis\[export\]"):
        export_onnx(make("arig extended"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_differs_from_torch_is_told(copy: Path) -> None:
    other = load_trainable("arig-small").with_options(steps=5)
    assert checked(other, copy, 1.0)["float32"].largest > TOLERANCE


class Unrecordable(torch.nn.Module):
    """It decides by numbers that are not known while it is recorded."""

    input_names, output_names = ("x",), ("y",)

    def example(self) -> tuple[torch.Tensor, ...]:
        return (torch.zeros(1),)

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        return tensors[0] if float(tensors[0][0]) > 0 else -tensors[0]


def test_a_model_of_whole_recordings_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="together draws whole recordings"):
        export_onnx(make("together"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_recorded_says_why_in_a_line_without_colours(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(VisavisError) as told:
        recorded(Unrecordable())
    line = str(told.value)
    assert line.startswith("this model's step cannot be recorded: ")
    assert line.endswith("; live models that ship can be")
    assert "\n" not in line
    assert "\x1b" not in line
    assert 60 < len(line) < 400
    assert capfd.readouterr() == ("", "")
