from __future__ import annotations

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.dialogue import hold_talk
from visavis.data.simulate.voices.cast import draw_speaker


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


def test_both_recordings_are_equally_long_in_whole_frames_and_end_in_silence(scenes: list[Scene]) -> None:
    for scene in scenes:
        first, second = scene.talks
        assert len(first.sound) == len(second.sound) == first.frames * SAMPLES_PER_FRAME
        ends = [talk.utterances[-1].end for talk in scene.talks if talk.utterances]
        assert SAMPLE_RATE - SAMPLES_PER_FRAME < len(first.sound) - max(ends) <= SAMPLE_RATE
        assert not (first.speaking()[-FPS + 1 :] | second.speaking()[-FPS + 1 :]).any()


def test_backchannels_lie_within_the_partners_utterances(scenes: list[Scene]) -> None:
    """Those put into a turn; a turn can itself be a short answer, so this holds for most, not all."""
    inside = [
        any(u.start <= answer.start and answer.end <= u.end for u in scene.talks[1 - k].utterances)
        for scene in scenes
        for k in (0, 1)
        for answer in scene.talks[k].utterances
        if answer.kind == "backchannel"
    ]
    assert len(inside) > 10
    assert np.mean(inside) > 0.6


def test_the_same_generator_gives_the_same_talk() -> None:
    def held(seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        first, second = hold_talk(rng, (draw_speaker(rng, "train"), draw_speaker(rng, "train")), 6.0)
        assert first.frames >= 6 * FPS
        return first.sound.tobytes() + second.sound.tobytes()

    assert held(3) == held(3) != held(4)
