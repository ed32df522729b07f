from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.encode.test_activity import talk
from tests.training.test_phonetic import write_clip
from visavis.analysis.state_labels import detected_talks, logged_talks, state_labels, states_of_pair
from visavis.analysis.states import State, Talk, conversation_states
from visavis.core.conversation import Event
from visavis.core.errors import VisavisError
from visavis.data.folder import Clip, list_clips, scan_folder
from visavis.data.sound import write_sound
from visavis.encode.activity import speech_activity


def log(*events: tuple[str, int, int, int]) -> list[Event]:
    return [Event(kind, person, onset, duration) for kind, person, onset, duration in events]


EVENTS = log(
    ("utterance", 1, 0, 150), ("phrase", 1, 0, 60), ("phrase", 1, 75, 75),
    ("backchannel", 2, 30, 40), ("phrase", 2, 30, 40),
    ("phrase", 2, 110, 20), ("laughter", 2, 110, 20),
    ("utterance", 2, 160, 90), ("phrase", 2, 160, 90),
)  # fmt: skip


def test_a_log_says_who_speaks_and_what_is_feedback() -> None:
    talks = logged_talks(EVENTS, 240)
    assert talks is not None
    first, second = talks
    assert np.flatnonzero(~first.speaking[:150]).tolist() == list(range(60, 75)), "a pause between phrases is one"
    assert first.feedback is not None
    assert not first.feedback.any()
    assert second.speaking[160:].all(), "a log may end after the recording"
    assert second.feedback is not None
    assert np.flatnonzero(second.feedback).tolist() == [*range(30, 70), *range(110, 130)], "long or not, and laughter"
    assert logged_talks(log(("nod", 1, 3, 9), ("utterance", 1, 0, 9)), 40) is None


def test_labels_are_both_views_by_the_log(tmp_path: Path) -> None:
    write_clip(tmp_path, "a", 0, 240)
    clip = list_clips(tmp_path)[0]
    assert clip.events is not None
    clip.events.write_text(json.dumps([vars(event) for event in EVENTS]))
    labels = state_labels(clip, 240)
    assert (labels.shape, labels.dtype) == ((2, 240), np.uint8)
    assert (labels[0, 30:60] == State.RECEIVING_FEEDBACK).all()
    assert (labels[1, 30:60] == State.GIVING_FEEDBACK).all(), "40 frames are long for feedback, but the log says so"
    assert (labels[0, 150:160] == State.WAITING).all()
    assert (labels[1, 150:160] == State.PAUSING_TO_THINK).all()
    talks = logged_talks(EVENTS, 240)
    assert talks is not None
    np.testing.assert_array_equal(labels[0], conversation_states(talks[1], talks[0]))
    np.testing.assert_array_equal(labels, states_of_pair(*talks))
    np.testing.assert_array_equal(state_labels(clip, 50)[:, :20], labels[:, :20])


def silent_clip(folder: Path) -> Clip:
    for number, spans in ((1, [(10, 80)]), (2, [(100, 190)])):
        write_sound(talk(spans, 200, noise_db=-70), folder / f"a_speaker{number}.wav")
    return scan_folder(folder)[0]


def test_without_a_log_a_detector_is_asked(tmp_path: Path) -> None:
    clip = silent_clip(tmp_path)
    first, second = detected_talks(clip, 200, speech_activity)
    assert first.feedback is None
    assert first.speaking[15:75].all()
    assert second.speaking[105:185].all()
    assert not second.speaking[:95].any()
    longer = detected_talks(clip, 230, speech_activity)
    assert len(longer[0].speaking) == 230
    assert not longer[1].speaking[200:].any()
    (tmp_path / "a_speaker2.wav").unlink()
    with pytest.raises(VisavisError, match="a has no voice of speaker 2"):
        detected_talks(scan_folder(tmp_path)[0], 200, speech_activity)


def test_labels_without_a_log_come_from_silero(tmp_path: Path) -> None:
    pytest.importorskip("silero_vad", reason="needs silero-vad (extra states)")
    from visavis.encode.silero import silero_activity

    clip = silent_clip(tmp_path)
    heard = detected_talks(clip, 200, silero_activity)
    np.testing.assert_array_equal(state_labels(clip, 200), states_of_pair(*heard))


def test_the_pair_is_seen_from_either_side() -> None:
    one, other = Talk(np.arange(100) < 50), Talk(np.arange(100) >= 60)
    states = states_of_pair(one, other)
    assert (states[0, :50] == State.SPEAKING).all()
    assert (states[1, :50] == State.LISTENING).all()
    np.testing.assert_array_equal(states[::-1], states_of_pair(other, one))
