from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.encode.talks import turns, windows_of
from visavis.core.clock import frames_in, samples_in
from visavis.data.shipped import shipped_conversation
from visavis.encode.activity import speech_activity
from visavis.encode.diarisation import by_elimination, heard_windows, speakers_in, told, who_speaks
from visavis.encode.speaker_clustering import cluster
from visavis.encode.speaker_files import shipped_speakers
from visavis.encode.speaker_windows import Windowed
from visavis.validate.metrics.diarisation import frame_error

SHIPPED = Path(__file__).parents[2] / "src" / "visavis" / "assets" / "speakers"


def judged(speaking: np.ndarray) -> tuple[np.ndarray, int, tuple[str, ...]]:
    windows = windows_of(speaking)
    found = told(windows, cluster(windows), len(speaking))
    assert found.chance.shape == found.speaking.shape == (len(speaking), 2)
    assert found.chance.dtype == np.float32
    return found.speaking, found.voices, found.notes


def test_who_speaks_first_is_the_first() -> None:
    speaking = turns(1000, 2, longest=60)
    assert speaking[0].tolist() == [False, True]
    found, voices, notes = judged(speaking)
    assert (found != speaking[:, ::-1]).mean() < 0.03
    assert voices == 2
    assert notes == ()


@pytest.mark.parametrize("frames", [100, 250, 280, 360])
def test_two_people_are_told_apart_however_short_the_recording_is(frames: int) -> None:
    speaking = np.zeros((frames, 2), bool)
    speaking[10:45, 0] = speaking[50:90, 1] = True
    found, voices, notes = judged(speaking)
    assert (found == speaking).all()
    assert (voices, notes) == (2, ())


def test_a_backchannel_belongs_to_the_other_of_two() -> None:
    speaking = turns(1500, 2, longest=60)
    speaking[500:900] = [True, False]
    speaking[700:708, 1] = True
    found, _, _ = judged(speaking)
    assert found[702:706].all()


def test_of_one_voice_the_second_column_is_zero_and_that_is_told() -> None:
    speaking = np.zeros((800, 2), bool)
    speaking[100:300, 0] = speaking[400:700, 0] = True
    found, voices, (note,) = judged(speaking)
    assert (found[:, 0] == speaking[:, 0]).all()
    assert not found[:, 1].any()
    assert voices == 1
    assert note == "one voice is heard, not two; the second person listens"


def test_silence_is_nobody() -> None:
    found, voices, (note,) = judged(np.zeros((300, 2), bool))
    assert not found.any()
    assert voices == 0
    assert note == "no voice is heard, not two; both listen"
    found, voices, _ = judged(np.zeros((0, 2), bool))
    assert found.shape == (0, 2)


def test_of_three_voices_the_two_longest_are_kept_and_that_is_told() -> None:
    speaking = np.zeros((3000, 3), bool)
    for start in range(0, 3000, 200):
        speaking[start : start + 80, 0] = speaking[start + 90 : start + 150, 1] = True
    speaking[600:1000] = False
    speaking[700:850, 2] = True
    found, voices, (note,) = judged(speaking)
    assert voices == 3
    assert note.startswith("3 voices are heard; the two that speak longest are kept, the others (")
    assert frame_error(speaking[:, :2], found) < 0.03
    assert not found[720:830].any()


def test_elimination_needs_somebody_who_is_known() -> None:
    window = Windowed(0, np.array([[0.9, 0.1, 0.3]]))
    assert by_elimination([window] * 4, [(0, -1, -1), (-1, 1, -1), (-1, -1, -1), (0, 1, -1)]) == [
        [0, -1, 1],
        [0, 1, -1],
        [-1, -1, -1],
        [0, 1, -1],
    ]
    assert by_elimination([window], [(2, -1, 0)]) == [[2, 1, 0]]


def conversation() -> tuple[np.ndarray, np.ndarray]:
    """The shipped conversation on one track, and who speaks in it as its tracks tell."""
    given = shipped_conversation()
    voices = given.user_speech, given.agent_speech
    return voices[0] + voices[1], np.stack([speech_activity(voice) for voice in voices], axis=1)


def test_the_shipped_conversation_is_told_apart() -> None:
    mix, speaking = conversation()
    found = speakers_in(mix)
    assert found.shape == (frames_in(len(mix)), 2)
    assert found.dtype == np.float32
    assert set(np.unique(found)) == {0.0, 1.0}
    assert frame_error(speaking, found > 0.5) < 0.08


def test_it_is_the_same_every_time_and_at_any_gain() -> None:
    mix, _ = conversation()
    found = who_speaks(mix)
    assert np.array_equal(found.chance, who_speaks(mix).chance)
    quiet = who_speaks(np.float32(0.25) * mix)
    assert np.abs(quiet.chance - found.chance).max() < 0.02


def test_a_window_is_heard_alike_wherever_it_lies() -> None:
    mix, _ = conversation()
    whole = heard_windows(shipped_speakers(), mix)
    for window in whole[:-1]:
        alone = heard_windows(shipped_speakers(), mix[samples_in(window.start) : samples_in(window.start + 250)])
        assert len(alone) == 1
        assert np.abs(alone[0].activity - window.activity).max() < 1e-4


@pytest.mark.parametrize("samples", [0, 639, 640, 40_000, 160_001])
def test_there_are_as_many_frames_as_in_the_sound(samples: int) -> None:
    noise = (1e-4 * np.random.default_rng(0).standard_normal(samples)).astype(np.float32)
    for mix in (np.zeros(samples, np.float32), noise):
        found = speakers_in(mix)
        assert found.shape == (frames_in(samples), 2)
        assert not found.any()


def test_one_voice_alone_leaves_the_second_column_empty() -> None:
    given = shipped_conversation()
    found = who_speaks(given.user_speech)
    assert found.voices == 1
    assert not found.speaking[:, 1].any()
    assert (found.speaking[:, 0] != speech_activity(given.user_speech)).mean() < 0.12


def test_what_ships_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 5e6
    speakers = shipped_speakers()
    assert sum(weights.numel() for weights in speakers.segmentation.parameters()) <= 1.5e6
    assert sum(weights.numel() for weights in speakers.voices.parameters()) <= 0.6e6
