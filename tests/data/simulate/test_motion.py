from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.core.motion import Motion
from visavis.data.simulate import simulate_conversation
from visavis.data.simulate.conversation import Scene, act, oracle, redraw
from visavis.data.simulate.listener import phrase_ends
from visavis.data.simulate.mouth import BILABIALS
from visavis.data.simulate.posture import copied_posture


def sides(scenes: list[Scene]) -> list[tuple[Scene, int, Motion]]:
    return [(scene, k, Motion(scene.motions[k], ARKIT61)) for scene in scenes for k in (0, 1)]


def around(mask: np.ndarray, frames: int) -> np.ndarray:
    return np.convolve(mask.astype(float), np.ones(2 * frames + 1), "same") > 0


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


def test_lips_close_for_p_b_m(scenes: list[Scene]) -> None:
    closed: list[float] = []
    opened: list[float] = []
    for scene, k, motion in sides(scenes):
        gap = (motion["JawOpen"] - motion["MouthClose"])[:, 0]
        for phrase in scene.talks[k].phrases:
            for sound in phrase.phonemes:
                span = slice(sound.start // SAMPLES_PER_FRAME, sound.end // SAMPLES_PER_FRAME + 1)
                if sound.name in BILABIALS:
                    closed.append(float(gap[span].min()))
                elif sound.name in ("a", "A:", "aI", "0"):
                    opened.append(float(gap[span].max()))
    assert len(closed) > 100
    assert np.mean(np.array(closed) < 0.1) > 0.95
    assert 0.3 < np.median(opened) < 0.6
    assert np.percentile(opened, 10) > np.percentile(closed, 90)


def test_the_jaw_follows_the_sound(scenes: list[Scene]) -> None:
    for scene, k, motion in sides(scenes):
        if scene.talks[k].speaking().mean() < 0.2:
            continue
        level = np.sqrt((scene.talks[k].sound.reshape(-1, SAMPLES_PER_FRAME) ** 2).mean(1))
        assert np.corrcoef(level, motion["JawOpen"][:, 0])[0, 1] > 0.5


def test_the_mouth_rests_in_silence(scenes: list[Scene]) -> None:
    for scene, k, motion in sides(scenes):
        quiet = ~around(scene.talks[k].speaking(), 8)
        for channel in ("JawOpen", "MouthFunnel", "MouthLowerDownLeft"):
            resting = float(scene.styles[k].neutral[ARKIT61.indices(channel)[0]])
            assert np.abs(motion[channel][quiet] - resting).max() < 0.12
            assert motion[channel][quiet].std() < 0.03


def test_nothing_jitters(scenes: list[Scene]) -> None:
    for _, _, motion in sides(scenes):
        pose = motion["pose"]
        assert np.abs(np.diff(pose, axis=0)).max() < 0.12
        assert np.abs(np.diff(pose, n=2, axis=0)).max() < 0.08
        assert np.diff(pose, n=2, axis=0).std() < 0.12 * pose.std()
        assert np.diff(motion["JawOpen"], n=2, axis=0).std() < 0.5 * motion["JawOpen"].std()


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


def test_listening_heads_are_still_but_for_nods(scenes: list[Scene]) -> None:
    inside: list[float] = []
    outside: list[float] = []
    kernel = np.hanning(33)[1:-1] / np.hanning(33)[1:-1].sum()
    for scene, k, motion in sides(scenes):
        pitch = motion["HeadPitch"][:, 0].astype(float)
        quick = pitch - np.convolve(np.pad(pitch, 15, mode="edge"), kernel, "valid")
        nodding = np.zeros(len(pitch), dtype=bool)
        for action in scene.actions[k]:
            if action.kind == "nod":
                nodding[int(action.onset) : int(action.end) + 1] = True
                inside.append(float(quick[nodding][-int(action.duration) :].max()))
        outside += list(quick[~around(nodding, 10) & ~around(scene.talks[k].speaking(), 12)])
    assert np.percentile(inside, 5) > 1.3 * np.percentile(outside, 99.9)


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


def test_blinks_and_eyes(scenes: list[Scene]) -> None:
    minutes = blinks = 0.0
    for scene, k, motion in sides(scenes):
        minutes += len(motion) / FPS / 60
        blinks += sum(action.kind == "blink" for action in scene.actions[k])
        np.testing.assert_allclose(motion["LeftEyePitch"], motion["RightEyePitch"])
        assert np.corrcoef(motion["blink"].T)[0, 1] > 0.95
        yaw = motion["LeftEyeYaw"][:, 0]
        right = yaw > 0.1
        if right.any():
            assert motion["EyeLookInLeft"][right].min() > motion["EyeLookOutLeft"][right].max()
        down = motion["LeftEyePitch"][:, 0] > 0.1
        if down.any():
            assert (motion["EyeLookDownLeft"][down] > motion["EyeLookUpLeft"][down]).all()
    assert 12 < blinks / minutes < 22


def test_heads_copy_the_past_of_the_partner_only(scenes: list[Scene]) -> None:
    scene = scenes[0]
    pose = np.zeros((200, 3))
    pose[100] = 1.0
    talk = scene.talks[0]
    copied = copied_posture(scene.styles[0], np.pad(pose, ((0, talk.frames - 200), (0, 0))), talk)
    assert not copied[: 100 + 10].any()
    assert np.abs(copied[100:160]).sum() > 0.9 * np.abs(copied).sum()
    assert (copied[:, 0] <= 1e-12).all(), "yaw is mirrored"
    assert (copied[:, 1] >= -1e-12).all()


def test_no_one_beats_the_oracle(scenes: list[Scene]) -> None:
    truth = np.concatenate([scene.motions[k] for scene, k, _ in sides(scenes)])
    spread = np.maximum(truth.std(0), 1e-6)
    rng = np.random.default_rng(1)
    mean_face = ((truth - truth.mean(0)) / spread) ** 2
    known = np.concatenate([oracle(scene, k + 1, draws=24) for scene, k, _ in sides(scenes)])
    drawn = np.concatenate([redraw(scene, k + 1, rng) for scene, k, _ in sides(scenes)])
    for group in ("exp", "jaw", "pose", "gaze"):
        at = ARKIT61.indices(group)
        best = (((truth - known) / spread)[:, at] ** 2).mean()
        second = (((truth - drawn) / spread)[:, at] ** 2).mean()
        assert best < mean_face[:, at].mean(), group
        assert best < second, group


def test_a_conversation_in_memory(scenes: list[Scene]) -> None:
    conversation, events = simulate_conversation(11, "test", 0)
    assert conversation.name == scenes[0].name
    assert conversation.frames == len(scenes[0].motions[0])
    kinds = {event.kind for event in events}
    assert {"utterance", "phrase", "phrase end", "word", "phoneme", "nod", "blink", "gaze shift", "beat"} <= kinds
    assert all(event.cause for event in events if event.kind in ("nod", "smile", "brow raise"))
