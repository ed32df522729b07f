from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.simulate.staged import one_word, sides, talk_of
from visavis.core.clock import FPS
from visavis.data.simulate.actions import frame_at
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.liveliness import BLINK_INTERVAL_S, BLINK_LEVELS, BLINK_S, DOUBLE_SHARE
from visavis.data.simulate.person import Style
from visavis.data.simulate.speaker import blinks, speaking_actions


def test_people_blink_as_often_as_people_do(scenes: list[Scene]) -> None:
    minutes = blinks = 0.0
    for scene, k, motion in sides(scenes):
        minutes += len(motion) / FPS / 60
        blinks += sum(action.kind == "blink" for action in scene.actions[k])
    assert 12 < blinks / minutes < 22


def test_every_emphasis_has_its_beat_just_before_the_stress(style: Style) -> None:
    talk = talk_of(one_word(2, 3, emphasis=True), one_word(5, 6))
    beats = [
        action
        for seed in range(300)
        for action in speaking_actions(np.random.default_rng(seed), replace(style, beat_p=0.4), talk)
        if action.kind == "beat"
    ]
    assert {(beat.cause, beat.onset) for beat in beats} == {("own emphasis", 48.5), ("own stress", 123.5)}
    emphatic = [beat.size for beat in beats if beat.cause == "own emphasis"]
    plain = [beat.size for beat in beats if beat.cause == "own stress"]
    assert len(emphatic) / 300 == pytest.approx(0.95, abs=0.05)
    assert len(plain) / 300 == pytest.approx(0.4, abs=0.1)
    assert min(emphatic) > max(plain)


def test_words_have_their_gestures(style: Style) -> None:
    sure = replace(style, smile_p=1.0, brow_p=1.0)

    def kinds(**said: bool | str) -> set[tuple[str, str]]:
        talk = talk_of(one_word(2, 3, **said))  # type: ignore[arg-type]
        found = [a for seed in range(20) for a in speaking_actions(np.random.default_rng(seed), sure, talk)]
        return {(action.kind, action.cause) for action in found if action.cause}

    plain = {("beat", "own stress"), ("sway", "own phrase")}
    assert kinds() == plain
    assert kinds(happy=True) == plain | {("smile", "own happy phrase")}
    assert kinds(question=True) == plain | {("brow raise", "own question")}
    assert kinds(word="Never") == plain | {("shake", "own negation")}


def test_people_look_away_when_they_begin_and_back_when_they_end(scenes: list[Scene]) -> None:
    aside = 0
    for scene, k, _ in sides(scenes):
        spans = [(frame_at(u.start), frame_at(u.end)) for u in scene.talks[k].utterances]
        for action in scene.causes[k]:
            if action.kind == "gaze shift" and action.cause:
                aside += 1
                assert any(start <= action.onset and action.end <= end + 3 for start, end in spans)
    assert aside > 50


def test_idle_mouths_move_in_silence_and_blinks_keep_apart(scenes: list[Scene], style: Style) -> None:
    for scene, k, _ in sides(scenes):
        speaking = scene.talks[k].speaking()
        for action in scene.actions[k]:
            if action.kind in ("lip press", "mouth aside", "cheek puff"):
                assert not speaking[int(action.onset)]
    quiet = talk_of(length_s=600)
    alone = blinks(np.random.default_rng(0), replace(style, blink_rate=15.0), quiet, quiet, [])
    single = [blink.onset for blink in alone if blink.cause != "own blink"]
    assert np.diff(single).min() > 0.7 * FPS
    assert len(alone) / 10 == pytest.approx(0.8 * 15, rel=0.3)


def test_blinks_follow_each_other_as_recorded_ones_do(scenes: list[Scene]) -> None:
    onsets = [[a.onset for a in scene.actions[k] if a.kind == "blink"] for scene, k, _ in sides(scenes)]
    between_s = np.concatenate([np.diff(some) for some in onsets]) / FPS
    np.testing.assert_allclose(np.percentile(between_s, BLINK_LEVELS)[1:4], BLINK_INTERVAL_S[1:4], rtol=0.3)


def test_some_blinks_are_double(style: Style) -> None:
    quiet = talk_of(length_s=6000)
    alone = blinks(np.random.default_rng(0), style, quiet, quiet, [])
    second = [i for i, blink in enumerate(alone) if blink.cause == "own blink"]
    assert len(second) / len(alone) == pytest.approx(DOUBLE_SHARE, rel=0.35)
    between = np.array([alone[i].onset - alone[i - 1].onset for i in second]) / FPS
    assert 0.4 <= between.min() < between.max() <= 0.6


def test_blinks_last_as_long_as_recorded_ones(style: Style) -> None:
    quiet = talk_of(length_s=6000)
    closed_s = [blink.duration / 2 / FPS for blink in blinks(np.random.default_rng(0), style, quiet, quiet, [])]
    np.testing.assert_allclose(np.percentile(closed_s, BLINK_LEVELS), BLINK_S, rtol=0.05)
