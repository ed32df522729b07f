from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.test_scenes import FRAMES, data  # noqa: F401
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.data.folder import list_clips
from visavis.data.sound import read_sound, write_sound
from visavis.validate.metrics.diarisation import overlap_share
from visavis.validate.who_speaks.mixtures import (
    known_frames,
    overlapping_shift,
    part_order,
    real_mixture,
    recorded_mixtures,
    simulated_mixtures,
)


def test_the_second_person_is_moved_until_the_overlap_is_as_wanted() -> None:
    speaking = np.stack([np.arange(1000) // 50 % 2 == 0, np.arange(1000) // 50 % 2 == 1], axis=1)
    assert overlapping_shift(speaking, 0) == 0
    for wanted in (0.15, 0.3):
        shift = overlapping_shift(speaking, wanted)
        moved = np.stack([speaking[:, 0], np.roll(speaking[:, 1], shift)], axis=1)
        assert overlap_share(moved) == pytest.approx(wanted, abs=0.04)
        assert abs(shift) < 50


def test_simulated_mixtures_know_who_speaks_in_them(data: Path) -> None:  # noqa: F811
    one, other = (list(simulated_mixtures(list_clips(data)[:2], 0.15, seed)) for seed in (0, 0))
    for mixture, again in zip(one, other, strict=True):
        assert np.array_equal(mixture.sound, again.sound)
        assert mixture.sound.shape == (samples_in(FRAMES),)
        assert overlap_share(known_frames(mixture)) == pytest.approx(0.15, abs=0.06)
        assert sum(stop - start for start, stop in mixture.truth[0]) == pytest.approx(
            known_frames(mixture)[:, 0].sum() / 25
        )
        level = np.abs(mixture.sound).reshape(FRAMES, -1).mean(1)
        spoken = known_frames(mixture).any(1)
        assert level[spoken].mean() > 2 * level[~spoken].mean()


def test_recorded_mixtures_are_both_tracks_as_they_are(data: Path) -> None:  # noqa: F811
    clips = list_clips(data)[:2]
    for clip, mixture in zip(clips, recorded_mixtures(clips), strict=True):
        first, second = (read_sound(side.sound) for side in clip.sides if side.sound is not None)
        assert np.array_equal(mixture.sound, (first + second)[: len(mixture.sound)])
        assert known_frames(mixture).shape == (len(mixture.sound) // samples_in(1), 2)
        assert known_frames(mixture).any(0).all()


def test_a_recording_is_known_by_the_file_that_tells_of_it(tmp_path: Path) -> None:
    write_sound(np.ones(samples_in(50), np.float32), tmp_path / "talk.wav")
    (tmp_path / "a.rttm").write_text("SPEAKER other 1 0 1 <NA> <NA> x <NA>\n")
    (tmp_path / "b.rttm").write_text(
        "SPEAKER talk 1 0.4 1.2 <NA> <NA> y <NA>\nSPEAKER talk 1 1.0 0.5 <NA> <NA> x <NA>\n"
    )
    found = real_mixture(tmp_path / "talk.wav", [tmp_path / "a.rttm", tmp_path / "b.rttm"])
    assert found.seconds == 2
    assert [spans.tolist() for spans in found.truth] == [[[1.0, 1.5]], [[0.4, 1.6]]]
    assert np.flatnonzero(known_frames(found)[:, 1]).tolist() == list(range(10, 40))
    with pytest.raises(VisavisError, match="tells nothing of 'talk'"):
        real_mixture(tmp_path / "talk.wav", [tmp_path / "a.rttm"])


def test_a_long_talk_is_made_of_parts_that_end_in_pauses() -> None:
    speaking = np.zeros((900, 2), bool)
    for start in range(0, 900, 150):
        speaking[start + 10 : start + 60, 0] = speaking[start + 70 : start + 140, 1] = True
    order = part_order(speaking, 5000, np.random.default_rng(0))
    assert order.shape == (5000,)
    steps = np.flatnonzero(np.diff(order) != 1)
    assert len(steps) > 10
    assert not speaking[order[steps]].any()
    assert not speaking[order[steps + 1]].any()
    assert set(order[:900]) == set(range(900))
