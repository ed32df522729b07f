from __future__ import annotations

import argparse
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.models.timar.test_published import PAPER, published, saved, timar
from visavis.core.errors import VisavisError
from visavis.models.dualtalk.spec import DUALTALK as SPEC
from visavis.system.official import read_official, require_speech_width

DAMAGED = r"is damaged or no checkpoint; download it again, or give another file$"
DUALTALK = {
    "joint_encoder.audio_encoder1.feature_projection.projection.weight": torch.zeros(4, 2),
    "joint_encoder.audio_encoder2.feature_projection.projection.weight": torch.zeros(4, 2),
    "joint_encoder.audio_projection.weight": torch.zeros(8, 4),
    "joint_encoder.blendshape_encoder.0.weight": torch.zeros(4, 56),
    "temporal_enhancer.cross_attention.in_proj_weight": torch.zeros(24, 8),
    "decoder.output.weight": torch.zeros(56, 8),
}


class Attack:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


class Stranger:
    """A class that is no part of a checkpoint."""


def test_a_plain_state_dict_of_dualtalk_is_known_by_its_names(tmp_path: Path) -> None:
    torch.save(DUALTALK, tmp_path / "DualTalk.pth")
    found = read_official(tmp_path / "DualTalk.pth")
    assert found.format is SPEC.published
    assert found.content.keys() == DUALTALK.keys()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_wants_to_run_something_is_refused_with_its_name(zipped: bool, tmp_path: Path) -> None:
    path, proof = tmp_path / "TIMAR.pth", tmp_path / "it-ran"
    found = {"model_ema": published(timar(PAPER)), "args": Attack(f"touch '{proof}'")}
    torch.save(found, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(VisavisError, match=rf"refused: it wants to run {os.system.__module__}\.system;"):
        read_official(path)
    assert not proof.exists()


def test_classes_that_are_no_part_of_a_checkpoint_are_refused_with_their_names(tmp_path: Path) -> None:
    path = saved(tmp_path / "TIMAR.pth", published(timar(PAPER)), Stranger())
    with pytest.raises(VisavisError, match=rf"refused: it wants to run {__name__}\.Stranger;"):
        read_official(path)


def test_what_is_allowed_for_a_checkpoint_is_not_allowed_after_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "TIMAR.pth", published(timar(PAPER)), argparse.Namespace(a=1))
    assert vars(read_official(path).content["args"]) == {"a": 1}
    with pytest.raises(pickle.UnpicklingError, match=r"GLOBAL argparse\.Namespace"):
        torch.load(path, weights_only=True)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_one_clear_line(zipped: bool, share: float, tmp_path: Path) -> None:
    path = tmp_path / "TIMAR.pth"
    torch.save({"model_ema": published(timar(PAPER))}, path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(VisavisError, match=DAMAGED) as caught:
        read_official(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"<html>404 not found</html>", b"hello", b"PK\x03\x04 and then nothing", b"\x80\x05K"]
)
def test_a_file_of_something_else_is_one_clear_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "TIMAR.pth").write_bytes(content)
    with pytest.raises(VisavisError, match=DAMAGED) as caught:
        read_official(tmp_path / "TIMAR.pth")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"is no file; give a TIMAR\.pth or a DualTalk\.pth"):
        read_official(tmp_path / "TIMAR.pth")


@pytest.mark.parametrize(
    ("found", "lesson"),
    [
        ([1, 2], "holds no weights but list"),
        (torch.zeros(2), "holds no weights but Tensor"),
        (
            {},
            r"neither a TIMAR checkpoint \(model_ema is missing\) nor one of DualTalk: it lacks joint_encoder",
        ),
        ({"model": {"fake_latent": torch.zeros(1)}}, "model_ema is missing"),
        ({"model_ema": {"a": torch.zeros(1)}}, "its model_ema lacks fake_latent, mask_token, .* and 5 more"),
        ({"model_ema": {"a": 3}}, "its model_ema holds more than tensors"),
        ({"model_ema": 3}, "its model_ema holds more than tensors"),
        (
            dict(list(DUALTALK.items())[1:]),
            "it lacks joint_encoder.audio_encoder1.feature_projection.projection.weight$",
        ),
    ],
)
def test_checkpoints_of_something_else_say_what_is_missing(found: object, lesson: str, tmp_path: Path) -> None:
    torch.save(found, tmp_path / "other.pth")
    with pytest.raises(VisavisError, match=lesson):
        read_official(tmp_path / "other.pth")


def test_a_speech_encoder_of_the_wrong_width_is_told_which_one_fits() -> None:
    require_speech_width(1024, 1024)
    for needed, fitting in (
        (1024, "use facebook/wav2vec2-large-960h-lv60-self"),
        (768, "use facebook/wav2vec2-base-960h"),
        (24, "use a wav2vec 2.0 model with hidden size 24"),
    ):
        with pytest.raises(VisavisError, match=f"gives 512 features a frame, these weights need {needed}; {fitting}$"):
            require_speech_width(needed, 512)
