from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.data.simulate.voices.recorded import VOICES, record, said
from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.simulate.conversation import simulate_scene
from visavis.data.simulate.dialogue import hold_talk
from visavis.data.simulate.recording import PlainRecording
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.cast import Casting, Speaker
from visavis.data.simulate.voices.phoneme_offset import Offset
from visavis.data.simulate.voices.recorded import RecordedVoice, correction, people_for, recordings_in
from visavis.data.simulate.voices.recorded_folder import RecordedFolder
from visavis.data.simulate.voices.voice import Request, Spoken, speak
from visavis.data.sound import sound_length

QUIET = PlainRecording(peak_db=-6, noise_db=-60, tilt_db=0, bump_hz=1000, bump_db=0, bleed_db=-np.inf)


def names(spoken: Spoken) -> list[str]:
    return [phoneme.name for phoneme in spoken.phonemes]


@pytest.fixture
def originals(tmp_path: Path) -> list[Spoken]:
    phrases = said(VOICES[0], 12)
    for i in range(0, 12, 4):
        record(tmp_path / "folk" / "anna", f"r{i:02}", phrases[i : i + 4])
    return phrases


@pytest.fixture
def folk(tmp_path: Path, originals: list[Spoken]) -> RecordedFolder:
    assert originals
    record(tmp_path / "folk" / "ben", "one", said(VOICES[1], 6, 1))
    return RecordedFolder(tmp_path / "folk")


def test_a_phrase_is_cut_out_with_its_phonemes_in_place(folk: RecordedFolder, originals: list[Spoken]) -> None:
    anna, ben = people_for(folk, ood=False)
    assert (anna.voice.name, ben.voice.name) == ("anna", "ben")
    wordings = anna.repertoire.phrases
    assert [wording.words for wording in wordings] == [tuple(w.text for w in phrase.words) for phrase in originals]
    for said_again, original in zip(speak([Request(anna.voice, w) for w in wordings]), originals, strict=True):
        assert names(said_again) == names(original)
        first, again = original.phonemes[0].start, said_again.phonemes[0].start
        starts = [[p.start - ps[0].start for p in ps] for ps in (original.phonemes, said_again.phonemes)]
        assert starts[0] == starts[1]
        length = original.phonemes[-1].end - first
        np.testing.assert_allclose(said_again.sound[again:][:length], original.sound[first:][:length], atol=1e-6)


def test_what_is_simulated_sounds_where_its_phonemes_are(folk: RecordedFolder, originals: list[Spoken]) -> None:
    anna, ben = people_for(folk, ood=False)
    speakers = Speaker(anna.voice, QUIET, anna.repertoire), Speaker(ben.voice, QUIET, ben.repertoire)
    talk, _ = hold_talk(np.random.default_rng(0), speakers, 40)
    known = {tuple(names(phrase)): phrase for phrase in originals}
    assert len(talk.phrases) > 3
    for phrase in talk.phrases:
        original = known[tuple(p.name for p in phrase.phonemes)]
        begin, length = original.phonemes[0].start, original.phonemes[-1].end - original.phonemes[0].start
        wanted = original.sound[begin:][: length - 320]
        heard = [talk.sound[phrase.phonemes[0].start + by :][: len(wanted)] for by in (0, 1)]
        assert max(np.corrcoef(sound, wanted)[0, 1] for sound in heard) > 0.95, "within a sample"
    assert all(utterance.kind != "laughter" for utterance in talk.utterances), "nobody has laughed in the recordings"


def test_the_same_seed_gives_the_same_conversation(folk: RecordedFolder) -> None:
    casting = Casting("recorded", recordings=folk)
    first = simulate_scene(3, "train", 0, casting)
    recordings_in.cache_clear()
    again, other = (simulate_scene(3, "train", index, casting) for index in (0, 1))
    for k in (0, 1):
        assert isinstance(first.speakers[k].voice, RecordedVoice)
        np.testing.assert_array_equal(first.talks[k].sound, again.talks[k].sound)
        np.testing.assert_array_equal(first.motions[k], again.motions[k])
    assert other.talks[0].sound.shape != first.talks[0].sound.shape
    lines = {tuple(p.name for p in phrase.phonemes) for talk in first.talks for phrase in talk.phrases}
    recorded = {
        tuple(p.name for p in take.phrase.phonemes)
        for speaker in recordings_in(folk).speakers.values()
        for take in speaker.takes
    }
    assert lines <= recorded


def test_late_labels_are_measured_and_put_right(tmp_path: Path) -> None:
    for name, late_s in (("late", 0.06), ("true", 0.0)):
        for i in range(3):
            record(tmp_path / name, f"r{i}", said(VOICES[0], 8, i), late_s, words=False)
    files = RecordedFolder(tmp_path)
    recordings = recordings_in(files)
    late, true = (recordings.offset(name) for name in ("late", "true"))
    assert late is not None
    assert true is not None
    assert late.late_ms - true.late_ms == pytest.approx(60, abs=4)
    assert recordings.late("true") == 0
    assert recordings.late("late") / SAMPLE_RATE == pytest.approx(0.06, abs=0.02)
    people = people_for(files, ood=False)
    moved, exact = ([speak([Request(p.voice, w)])[0] for w in p.repertoire.phrases] for p in people)
    for one, other in zip(moved, exact, strict=True):
        assert names(one) == names(other)
        shift = int(np.argmax(np.correlate(one.sound, other.sound, "full"))) - len(other.sound) + 1
        assert abs(shift + other.phonemes[0].start - one.phonemes[0].start) < 0.02 * SAMPLE_RATE


def test_labels_of_another_recording_are_refused(tmp_path: Path) -> None:
    for i in range(5):
        record(tmp_path / "anna", f"r{i}", said(VOICES[0], 8, i))
    labels = [(tmp_path / "anna" / f"r{i}.lab").read_text() for i in range(5)]
    lengths = [sound_length(tmp_path / "anna" / f"r{i}.wav") for i in range(5)]
    order = sorted(range(5), key=lambda i: lengths[i])
    for short, long in itertools.pairwise(order):
        (tmp_path / "anna" / f"r{long}.lab").write_text(labels[short])
    for path in (tmp_path / "anna").glob(f"r{order[0]}.*"):
        path.unlink()
    (anna,) = people_for(RecordedFolder(tmp_path), ood=False)
    with pytest.raises(VisavisError, match=r"the labels of anna do not fit the sound: they agree by -?0\.0"):
        speak([Request(anna.voice, anna.repertoire.phrases[0])])


@pytest.mark.parametrize(
    ("offset", "samples"),
    [
        (None, 0),
        (Offset(55, 0.5), 880),
        (Offset(-40, 0.5), -640),
        (Offset(14, 0.6), 0),
        (Offset(-12, 0.7), 0),
        (Offset(55, 0.1), 0),
        (Offset(150, 0.5), 0),
    ],
)
def test_only_what_is_sure_and_large_is_corrected(offset: Offset | None, samples: int) -> None:
    assert correction(offset) == samples


def test_stress_is_where_the_longest_vowel_is_when_nobody_tells(folk: RecordedFolder) -> None:
    anna = people_for(folk, ood=False)[0]
    spoken = speak([Request(anna.voice, anna.repertoire.phrases[3])])[0]
    stressed = [phoneme for phoneme in spoken.phonemes if phoneme.stress]
    assert 1 <= len(stressed) <= len(spoken.words)


def test_of_several_takes_the_one_at_the_wanted_pace_is_heard(tmp_path: Path) -> None:
    quick, slow = (speak([Request(VOICES[0], Wording(("my", "own", "puppy")), pace)])[0] for pace in (1.25, 0.75))
    record(tmp_path, "quick", [quick])
    record(tmp_path, "slow", [slow])
    (person,) = people_for(RecordedFolder(tmp_path), ood=False)
    assert len(person.repertoire.phrases) == 1
    wording = person.repertoire.phrases[0]
    fast, lazy = speak([Request(person.voice, wording, pace) for pace in (1.4, 0.7)])
    assert len(fast.sound) < 0.8 * len(lazy.sound)


def test_every_fifth_is_kept_for_ood(tmp_path: Path) -> None:
    for voice, name in zip(VOICES, "abcdef", strict=True):
        record(tmp_path / name, "one", said(voice, 2))
    files = RecordedFolder(tmp_path)
    assert [person.voice.name for person in people_for(files, ood=True)] == ["e"]
    assert [person.voice.name for person in people_for(files, ood=False)] == ["a", "b", "c", "d", "f"]


def test_who_and_what_was_not_recorded_cannot_speak(folk: RecordedFolder) -> None:
    with pytest.raises(VisavisError, match="unknown recorded person 'ana'; did you mean 'anna'"):
        speak([Request(RecordedVoice("ana", folk), Wording(("okay",)))])
    with pytest.raises(VisavisError, match="unknown phrase of anna 'okey'; did you mean 'okay'"):
        speak([Request(RecordedVoice("anna", folk), Wording(("okey",)))])
    assert people_for(folk, ood=True) == ()


def test_what_was_found_is_told_in_a_line(folk: RecordedFolder) -> None:
    said_of = str(recordings_in(folk))
    assert "2 recorded people, 18 phrases" in said_of
    assert "left out" not in said_of
