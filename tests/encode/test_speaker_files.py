from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.encode.test_speakers import sound, tiny
from visavis.core.errors import VisavisError
from visavis.encode.speaker_files import CONFIG, WEIGHTS, load_speakers, save_speakers


def test_a_network_comes_back_as_it_was(tmp_path: Path) -> None:
    network = tiny()
    save_speakers(network, tmp_path)
    again = load_speakers(tmp_path)
    assert again.config == network.config
    assert not again.training
    features = network.spectra(sound(50))
    assert torch.equal(again(features).logits, network(features).logits)


def test_half_the_size_is_nearly_the_same(tmp_path: Path) -> None:
    network = tiny()
    save_speakers(network, tmp_path / "whole")
    save_speakers(network, tmp_path / "half", half=True)
    sizes = [(tmp_path / name / WEIGHTS).stat().st_size for name in ("whole", "half")]
    assert sizes[1] < 0.7 * sizes[0]
    features = network.spectra(sound(50))
    assert torch.allclose(load_speakers(tmp_path / "half")(features).logits, network(features).logits, atol=0.02)


def test_what_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        VisavisError, match=rf"\({CONFIG} is missing\); give a run of: python -m visavis.training.speakers"
    ):
        load_speakers(tmp_path)
    save_speakers(tiny(), tmp_path)
    (tmp_path / WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(VisavisError, match=r"is damaged or does not fit speakers\.json"):
        load_speakers(tmp_path)
