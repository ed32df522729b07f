from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.encode.test_speakers import tiny
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.training.scenes import Scenes, Track, alone, tracks_of

FRAMES = 300
SPECTRA = tiny().spectra


def write_talk(folder: Path, name: str, seed: int) -> None:
    """Two people, a low hum and a high one, who speak in turn for 40 frames each."""
    time = np.arange(samples_in(FRAMES)) / 16000
    events = []
    for number, hertz in ((1, 150 + 20 * seed), (2, 900 + 50 * seed)):
        speaking = np.arange(FRAMES) // 40 % 2 == number - 1
        voice = 0.2 * np.sign(np.sin(2 * np.pi * hertz * time)) * np.repeat(speaking, samples_in(1))
        write_sound(voice.astype(np.float32), folder / f"{name}_speaker{number}.wav")
        write_motion(
            Motion(np.zeros((FRAMES, ARKIT61.width), np.float32), ARKIT61), folder / f"{name}_speaker{number}.npz"
        )
        events += [
            {"kind": "phrase", "person": number, "onset": onset, "duration": min(40, FRAMES - onset)}
            for onset in range(40 * (number - 1), FRAMES, 80)
        ]
    (folder / f"{name}_events.json").write_text(json.dumps(events))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for seed in range(4):
        write_talk(tmp_path / "data", f"clip{seed}", seed)
    return tmp_path / "data"


def test_people_speak_in_the_phrases_of_the_log(data: Path) -> None:
    first, second = tracks_of(list_clips(data)[0], 3)
    assert (first.person, second.person) == (6, 7)
    assert first.speaking.tolist() == (np.arange(FRAMES) // 40 % 2 == 0).tolist()
    assert (first.speaking ^ second.speaking).all()


def test_a_stretch_of_a_track_is_its_sound_at_any_pace(data: Path) -> None:
    track = tracks_of(list_clips(data)[0], 0)[0]
    rng = np.random.default_rng(0)
    for speed, sounding in ((1.0, 40), (1.25, 32)):
        stretch = track.window(rng, 0, 50, speed, kept=1)
        assert len(stretch.sound) == samples_in(50)
        assert int(stretch.speaking.argmin()) == sounding
        level = np.abs(stretch.sound).reshape(50, -1).mean(1)
        assert (level[1 : sounding - 1] > 0.1).all()
        assert (level[sounding + 1 :] < 1e-3).all()
    outside = track.window(rng, -25, 50, 1.0, kept=1)
    assert not outside.speaking[:25].any()
    assert not outside.sound[: samples_in(25)].any()
    assert outside.speaking[25:].all()
    assert not track.window(rng, FRAMES, 50, 1.0, kept=1).sound.any()


def test_what_is_thinned_out_is_neither_heard_nor_told(data: Path) -> None:
    track = tracks_of(list_clips(data)[0], 0)[0]
    gone = track.window(np.random.default_rng(0), 0, FRAMES, 1.0, kept=0.0)
    assert not gone.speaking.any()
    assert np.abs(gone.sound).max() < 1e-3
    some = [track.window(np.random.default_rng(seed), 0, FRAMES, 1.0, kept=0.5).speaking.sum() for seed in range(40)]
    assert 0.3 * track.speaking.sum() < np.mean(some) < 0.7 * track.speaking.sum()


def test_of_a_track_nothing_is_heard_beside_its_phrases() -> None:
    speaking = np.zeros(FRAMES, bool)
    speaking[100:140] = True
    sound = np.random.default_rng(0).normal(0, 0.1, samples_in(FRAMES)).astype(np.float32)
    heard = alone(sound, speaking)
    assert np.array_equal(heard[samples_in(99) : samples_in(141)], sound[samples_in(99) : samples_in(141)])
    assert np.abs(heard[: samples_in(95)]).max() < 1e-6
    assert np.abs(heard[samples_in(145) :]).max() < 1e-6
    assert np.array_equal(alone(sound, np.ones(FRAMES, bool)), sound)


def test_scenes_are_the_same_every_time_and_kept(data: Path, tmp_path: Path) -> None:
    clips = list_clips(data)
    person = Track(clips[0].folder / "clip0_speaker1.wav", np.ones(FRAMES, bool), 99)
    scenes = Scenes(clips, [[person]], SPECTRA, 50, 30, tmp_path / "kept")
    batch = scenes.load(range(30), 0)
    assert batch.features.shape == (30, 2, 50, 34)
    assert batch.speaking.shape == (30, 2, 50, 2)
    again = Scenes(clips, [[person]], SPECTRA, 50, 30, tmp_path / "kept")
    assert (again.load([7, 3], 5).features == batch.features[[7, 3]]).all()
    other = Scenes(clips, [[person]], SPECTRA, 50, 30, tmp_path / "other").load([3], 0)
    assert np.array_equal(other.features[0], batch.features[3])
    assert 99 in batch.people
    assert -1 in batch.people
    assert (batch.speaking[batch.people[:, 1] == -1][..., 1] == 0).all()
    assert sorted(scenes.order(0, 1)) == list(range(30))
    assert (scenes.order(0, 1) != scenes.order(0, 2)).any()
    with pytest.raises(VisavisError, match="holds other scenes than these"):
        Scenes(clips, [[person]], SPECTRA, 50, 31, tmp_path / "kept").load([0], 0)


def test_what_cannot_make_scenes_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="scenes need a conversation at least"):
        Scenes([], [], SPECTRA, 50, 4, tmp_path / "kept")
    (data / "clip1_events.json").write_text("[]")
    with pytest.raises(VisavisError, match="the event log of clip1 names no phrases"):
        tracks_of(list_clips(data)[1], 1)
