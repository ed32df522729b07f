from __future__ import annotations

import time

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.simulate import espeak, text
from visavis.data.simulate.conversation import Scene, simulate_scene
from visavis.data.simulate.mouth import BILABIALS
from visavis.data.simulate.voices import ACCENTS, OOD_ACCENTS, OOD_VARIANTS, VARIANTS, draw_voice


def test_speaking_again_later_gives_the_same_bytes() -> None:
    requests = [
        espeak.Request("a breathy whisper", "en-us+victor", 170, 50, 50),
        espeak.Request("m", "en", 150, 40, 60),
    ]
    first = espeak.speak(requests)
    time.sleep(1.1)
    again = espeak.speak(requests)
    assert [spoken.pcm for spoken in again] == [spoken.pcm for spoken in first]
    assert [spoken.marks for spoken in again] == [spoken.marks for spoken in first]


def test_every_voice_speaks_and_none_is_another_in_disguise() -> None:
    names = [f"en-us+{variant}" for variant in (*VARIANTS, *OOD_VARIANTS)]
    names += [f"{accent}+f2" for accent in (*ACCENTS, *OOD_ACCENTS)]
    spoken = espeak.speak([espeak.Request("what a lovely purple boat", name, 170, 50, 50) for name in names])
    sounds = {name: sound.pcm for name, sound in zip(names, spoken, strict=True)}
    assert len(set(sounds.values())) == len(sounds)


def test_unknown_voices_are_refused() -> None:
    with pytest.raises(VisavisError, match="unknown voice 'nobody'"):
        espeak.speak([espeak.Request("hello", "nobody", 170, 50, 50)])


def test_ood_voices_are_never_heard_in_train() -> None:
    def drawn(split: str) -> set[str]:
        rng = np.random.default_rng(3)
        return {draw_voice(rng, split).name for _ in range(500)}  # type: ignore[arg-type]

    known = drawn("train") | drawn("test")
    accents, variants = zip(*(name.split("+") for name in known), strict=True)
    for name in drawn("ood"):
        accent, variant = name.split("+")
        assert accent not in accents
        assert variant not in variants


def test_phonemes_lie_in_their_phrases_and_words_are_the_words_said(scenes: list[Scene]) -> None:
    for scene in scenes:
        for talk in scene.talks:
            ends = [0]
            for utterance in talk.utterances:
                assert utterance.start >= ends[-1]
                ends.append(utterance.end)
                for phrase in utterance.phrases:
                    assert all(phrase.start <= p.start < p.end <= phrase.end for p in phrase.phonemes)
                    starts = [p.start for p in phrase.phonemes]
                    assert starts == sorted(starts)
                    assert all("<" not in word.text for word in phrase.words)
            assert ends[-1] <= len(talk.sound)


def test_speech_is_where_the_phrases_are(scenes: list[Scene]) -> None:
    for scene in scenes:
        for talk in scene.talks:
            voiced = talk.speaking().repeat(640)
            if voiced.any():
                loud = np.sqrt(np.mean(talk.sound[voiced] ** 2))
                quiet = np.sqrt(np.mean(talk.sound[~voiced] ** 2))
                assert loud > 3 * quiet


def test_the_vocabulary_covers_the_sounds_of_english() -> None:
    rng = np.random.default_rng(0)
    requests = [espeak.Request(text.phrase(rng, 14, 0.1, 0.2, 0.0).ssml, "en-us", 170, 50, 50) for _ in range(80)]
    heard = {
        mark.name.strip("',") for spoken in espeak.speak(requests) for mark in spoken.marks if mark.kind == "phoneme"
    }
    consonants = [*"pbtdkgfvTDszSZmnNlrwjh", "tS", "dZ"]
    vowels = ["i:", "I", "E", "a", "A:", "O:", "U", "u:", "V", "3:", "eI", "aI", "OI", "aU", "oU", "@"]
    assert not set(consonants) - heard
    assert len(set(vowels) - heard) <= 2


def test_levels_and_rooms_differ(scenes: list[Scene]) -> None:
    peaks = [20 * np.log10(np.abs(talk.sound).max()) for scene in scenes for talk in scene.talks]
    assert max(peaks) <= -2.5
    assert min(peaks) >= -26
    assert max(peaks) - min(peaks) > 5


def test_a_scene_is_the_same_in_the_same_process_later(scenes: list[Scene]) -> None:
    again = simulate_scene(11, "test", 0)
    for k in (0, 1):
        np.testing.assert_array_equal(again.talks[k].sound, scenes[0].talks[k].sound)
        np.testing.assert_array_equal(again.motions[k], scenes[0].motions[k])
    assert again.events() == scenes[0].events()
    assert len(again.talks[0].sound) >= 60 * SAMPLE_RATE
    assert set(BILABIALS) & {event.label for event in again.events() if event.kind == "phoneme"}
