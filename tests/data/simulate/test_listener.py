from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.simulate.staged import one_word, sides, talk_of
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.data.simulate.actions import Action
from visavis.data.simulate.conversation import Scene, act
from visavis.data.simulate.listener import phrase_ends, reactions
from visavis.data.simulate.person import Style


def matched(ours: list[float], theirs: list[float], tolerance: float = 0.5 * FPS) -> int:
    free = list(theirs)
    count = 0
    for onset in ours:
        near = [other for other in free if abs(other - onset) <= tolerance]
        if near:
            count += 1
            free.remove(min(near, key=lambda other: abs(other - onset)))
    return count


def nods(scene: Scene, k: int) -> list[float]:
    return [action.onset for action in scene.actions[k] if action.kind == "nod"]


def f1(pairs: list[tuple[list[float], list[float]]]) -> float:
    hits = sum(matched(a, b) for a, b in pairs)
    return 2 * hits / sum(len(a) + len(b) for a, b in pairs)


def test_nods_answer_the_partners_phrase_ends(scenes: list[Scene]) -> None:
    delays: list[float] = []
    for scene, k, motion in sides(scenes):
        ends = np.array([phrase.end / SAMPLES_PER_FRAME for phrase in phrase_ends(scene.talks[1 - k])])
        for nod in scene.actions[k]:
            if nod.kind != "nod" or nod.cause != "partner phrase end":
                continue
            before = ends[ends <= nod.onset]
            delays.append(float(nod.onset - before.max()) / FPS)
            pitch = motion["HeadPitch"][int(nod.onset) : int(nod.end) + 1, 0]
            first = pitch[: int(nod.duration / nod.cycles) + 1]
            assert first.max() - pitch[0] > 0.07, "the first movement goes down (positive)"
            assert FPS * nod.cycles / nod.duration == pytest.approx(2.25, abs=0.76)
    assert len(delays) > 20
    assert 0.28 < np.median(delays) < 0.42
    assert max(delays) < 1.0


def test_nods_are_mostly_the_partners_doing(scenes: list[Scene]) -> None:
    causes = [action.cause for scene, k, _ in sides(scenes) for action in scene.actions[k] if action.kind == "nod"]
    assert causes.count("own backchannel") / len(causes) <= 0.2
    listening = sum(float((~scene.talks[k].speaking()).sum()) for scene, k, _ in sides(scenes)) / FPS / 60
    assert 4 < len(causes) / listening < 9


def test_nods_are_predictable_from_the_right_partner_only(scenes: list[Scene]) -> None:
    rng = np.random.default_rng(0)
    again = [act(scene, rng) for scene in scenes]
    same = f1([(nods(scene, k), nods(other, k)) for scene, other in zip(scenes, again, strict=True) for k in (0, 1)])
    swapped = f1(
        [
            (nods(scene, k), nods(other, k))
            for scene, other in zip(scenes, [*again[1:], again[0]], strict=True)
            for k in (0, 1)
        ]
    )
    assert 0.6 < same < 0.92
    assert swapped < 0.25


def test_smiles_follow_the_partners_smile(scenes: list[Scene]) -> None:
    found = 0
    for scene, k, motion in sides(scenes):
        smiles = [action.onset for action in scene.causes[1 - k] if action.kind == "smile"]
        for action in scene.actions[k]:
            if action.kind == "smile" and action.cause.startswith("partner"):
                found += 1
                assert any(0.5 * FPS <= action.onset - onset <= 1.0 * FPS + 1e-6 for onset in smiles)
                peak = motion["smile"][int(action.onset) : int(action.end) + 1].max()
                assert peak > scene.styles[k].neutral[ARKIT61.indices("smile")].mean() + 0.15
    assert found >= 3


def test_phrases_end_where_one_can_hear_it() -> None:
    short, joined, long, last = one_word(0, 0.9), one_word(1.5, 3), one_word(3.1, 5), one_word(6, 8)
    assert phrase_ends(talk_of(short, joined, long, last)) == [long, last]
    assert phrase_ends(talk_of(long, kind="backchannel")) == []


def test_a_silent_listener_nods_once_and_a_speaking_one_does_not(style: Style) -> None:
    partner, nodder = talk_of(one_word(1, 4)), replace(style, nod_p=1.0)
    for seed in range(20):
        (nod,) = reactions(np.random.default_rng(seed), nodder, talk_of(), partner, [], [])
        assert (nod.kind, nod.cause) == ("nod", "partner phrase end")
        assert 4.1 < nod.onset / FPS < 4.9
        assert reactions(np.random.default_rng(seed), nodder, talk_of(one_word(3, 6)), partner, [], []) == []


def test_brows_answer_questions_and_emphasis_after_they_begin(style: Style) -> None:
    partner = talk_of(one_word(1, 1.5, emphasis=True), one_word(3, 3.8, question=True))
    found = [
        action
        for seed in range(200)
        for action in reactions(np.random.default_rng(seed), replace(style, brow_p=1.0), talk_of(), partner, [], [])
    ]
    for cause, from_s in (("partner emphasis", 1.0), ("partner question", 3.72)):
        raises = [
            action.onset / FPS - from_s for action in found if (action.kind, action.cause) == ("brow raise", cause)
        ]
        assert len(raises) / 200 == pytest.approx(0.85, abs=0.08)
        assert min(raises) > 0.15
        assert np.median(raises) == pytest.approx(0.38, abs=0.03)
    assert {action.cause for action in found if action.kind == "tilt"} == {"partner question"}


def test_who_smiles_already_does_not_smile_back(style: Style) -> None:
    seen, smiling = Action("smile", 50.0, 40.0, 0.5), Action("smile", 40.0, 100.0, 0.5)
    copying = replace(style, copy_smile_p=1.0)
    (smile,) = reactions(np.random.default_rng(0), copying, talk_of(), talk_of(), [seen], [])
    assert smile.cause == "partner smile"
    assert smile.size <= seen.size
    assert reactions(np.random.default_rng(0), copying, talk_of(), talk_of(), [seen], [smiling]) == []
