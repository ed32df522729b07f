from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.lines import Line, Sounding, joint_laugh, main_line, short_answer, speak_lines
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.cast import Speaker, draw_speaker
from visavis.data.simulate.voices.repertoire import Repertoire

WANTED = np.linspace(1, 12, 24)


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return draw_speaker(np.random.default_rng(0), "train")


@pytest.fixture(scope="module")
def said() -> list[tuple[Line, Sounding]]:
    rng = np.random.default_rng(0)
    speakers = [draw_speaker(rng, "train") for _ in WANTED]
    lines = [main_line(rng, float(length), "gap", speaker) for length, speaker in zip(WANTED, speakers, strict=True)]
    return list(zip(lines, speak_lines(rng, lines), strict=True))


def test_lines_last_about_as_long_as_wanted(said: list[tuple[Line, Sounding]]) -> None:
    lengths = np.array([len(sounding.sound) / SAMPLE_RATE for _, sounding in said])
    assert np.corrcoef(lengths, WANTED)[0, 1] > 0.9
    assert np.median(np.abs(lengths / WANTED - 1)) < 0.12


def test_phrases_follow_each_other_after_a_breath(said: list[tuple[Line, Sounding]]) -> None:
    for line, sounding in said:
        phrases = sounding.utterance.phrases
        assert len(phrases) == len(line.requests)
        assert (sounding.utterance.start, sounding.utterance.end) == (0, len(sounding.sound))
        for before, after in pairwise(phrases):
            assert 0.28 <= (after.start - before.end) / SAMPLE_RATE <= 0.5501
            assert not sounding.sound[before.end : after.start].any()
        for phrase in phrases:
            assert abs(sounding.sound[phrase.end - 1]) < 1e-6, "faded out"


def test_the_words_heard_are_those_of_the_wording(said: list[tuple[Line, Sounding]]) -> None:
    """The synthesiser joins some words ("of the") and tells the place of a few wrongly after a contraction."""
    known: list[bool] = []
    for line, sounding in said:
        for request, phrase in zip(line.requests, sounding.utterance.phrases, strict=True):
            wording = request.wording
            spelled = [word.partition("'")[0] for word in wording.words]
            known += [word.text.partition("'")[0] in spelled for word in phrase.words]
            assert len(phrase.words) >= 0.8 * len(wording.words)
            assert (phrase.question, phrase.happy) == (wording.question, wording.happy)
            if wording.emphasis >= 0:
                stressed = {word.text for word in phrase.words if word.emphasis}
                assert stressed == {wording.words[wording.emphasis]}
    assert np.mean(known) > 0.98


def test_loudness_is_relative_to_the_voice(said: list[tuple[Line, Sounding]]) -> None:
    loudness = [p.loudness for _, sounding in said for phrase in sounding.utterance.phrases for p in phrase.phonemes]
    assert min(loudness) >= 0
    assert np.percentile(loudness, 80) == pytest.approx(1, abs=0.1)


def test_short_answers_take_no_floor(speaker: Speaker) -> None:
    rng = np.random.default_rng(0)
    assert {short_answer(rng, 0.5, speaker).kind for _ in range(20)} == {"backchannel"}
    assert {short_answer(rng, 2.0, speaker).kind for _ in range(20)} == {"utterance"}
    shortest = [main_line(rng, 0.5, "pause", speaker).kind for _ in range(50)]
    assert "backchannel" not in shortest, "who goes on does not answer"


def test_half_of_the_laughs_are_shared(speaker: Speaker) -> None:
    rng = np.random.default_rng(0)
    laughs = [line for line in (main_line(rng, 1.5, "gap", speaker) for _ in range(2000)) if line.kind == "laughter"]
    assert len(laughs) / 2000 == pytest.approx(0.1, abs=0.03)
    shared = [joint_laugh(rng, line, speaker) for line in laughs]
    assert np.mean([len(answer) for answer in shared]) == pytest.approx(0.5, abs=0.12)
    assert joint_laugh(rng, short_answer(rng, 0.5, speaker), speaker) == []


def test_who_has_never_laughed_does_not(speaker: Speaker) -> None:
    rng = np.random.default_rng(0)
    sober = replace(speaker, script=Repertoire((Wording(("it", "is", "so")),), (), ()))
    assert {main_line(rng, 1.5, "gap", sober).kind for _ in range(200)} == {"utterance"}
    laughs = [line for line in (main_line(rng, 1.5, "gap", speaker) for _ in range(100)) if line.kind == "laughter"]
    assert [joint_laugh(rng, line, sober) for line in laughs] == [[]] * len(laughs) != []
