from pathlib import Path

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.conversation import Event
from visavis.core.motion import Motion
from visavis.data.check import check_folder
from visavis.data.folder import list_clips, read_clip
from visavis.data.recordings.line import Line, write_line
from visavis.encode.activity import speech_activity


def line(frames: int = 50, partner: np.ndarray | None = None) -> Line:
    speech = np.random.default_rng(1).normal(0, 0.1, samples_in(frames) + 300).astype(np.float32)
    motion = Motion(np.random.default_rng(2).uniform(0, 0.3, (frames + 4, 61)), ARKIT61, known=frozenset({"JawOpen"}))
    events = (Event("phoneme", 1, 10, 2, label="p"), Event("phoneme", 1, frames + 1, 2, label="b"))
    return Line("home.one", speech, motion, events, partner)


def test_a_line_becomes_a_clip_of_one_speaker_with_a_silent_partner(tmp_path: Path) -> None:
    given = line()
    assert write_line(given, tmp_path / "people") == 50
    assert check_folder(tmp_path).problems == ()
    talk = read_clip(list_clips(tmp_path, "people")[0])
    assert (talk.name, talk.frames, talk.user.motion) == ("home.one", 50, None)
    assert talk.agent.motion is not None
    assert talk.agent.speech is not None
    assert talk.user.speech is not None
    np.testing.assert_array_equal(talk.agent.speech, given.speech[: samples_in(50)])
    np.testing.assert_array_equal(talk.agent.motion.values, given.motion.values[:50])
    assert talk.agent.motion.known == {"JawOpen"}
    assert [event.label for event in talk.events] == ["p"]
    assert not speech_activity(talk.user.speech).any()
    assert abs(talk.user.speech.std() - 1e-3) < 1e-4


def test_a_partner_who_speaks_is_kept(tmp_path: Path) -> None:
    partner = np.linspace(-0.5, 0.5, samples_in(50)).astype(np.float32)
    write_line(line(partner=partner), tmp_path)
    talk = read_clip(list_clips(tmp_path)[0])
    assert talk.user.speech is not None
    np.testing.assert_array_equal(talk.user.speech, partner)
