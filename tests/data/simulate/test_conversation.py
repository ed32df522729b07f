from __future__ import annotations

import numpy as np

from tests.data.simulate.staged import sides
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate import simulate_conversation
from visavis.data.simulate.conversation import Scene, oracle, redraw, simulate_scene
from visavis.data.simulate.phonemes import BILABIALS


def test_a_scene_is_the_same_in_the_same_process_later(scenes: list[Scene]) -> None:
    again = simulate_scene(11, "test", 0)
    for k in (0, 1):
        np.testing.assert_array_equal(again.talks[k].sound, scenes[0].talks[k].sound)
        np.testing.assert_array_equal(again.motions[k], scenes[0].motions[k])
    assert again.events() == scenes[0].events()
    assert len(again.talks[0].sound) >= 60 * SAMPLE_RATE
    assert set(BILABIALS) & {event.label for event in again.events() if event.kind == "phoneme"}


def test_a_conversation_in_memory(scenes: list[Scene]) -> None:
    conversation, events = simulate_conversation(11, "test", 0)
    assert conversation.name == scenes[0].name
    assert conversation.frames == len(scenes[0].motions[0])
    kinds = {event.kind for event in events}
    assert {"utterance", "phrase", "phrase end", "word", "phoneme", "nod", "blink", "gaze shift", "beat"} <= kinds
    assert all(event.cause for event in events if event.kind in ("nod", "smile", "brow raise"))


def test_every_index_is_another_conversation(scenes: list[Scene]) -> None:
    assert [scene.name for scene in scenes] == [f"test_011_{index:05d}" for index in range(6)]
    assert len({scene.talks[0].sound[: 30 * SAMPLE_RATE].tobytes() for scene in scenes}) == 6
    assert len({style.neutral.tobytes() for scene in scenes for style in scene.styles}) == 12


def test_the_log_is_in_order_and_within_the_recording(scenes: list[Scene]) -> None:
    for scene in scenes:
        events = scene.events()
        assert [event.onset for event in events] == sorted(event.onset for event in events)
        assert all(event.onset >= 0 and event.duration >= 1 for event in events)
        assert {event.person for event in events} == {1, 2}
        for k in (0, 1):
            logged = sum(event.person == k + 1 and event.kind == "nod" for event in events)
            assert logged == sum(action.kind == "nod" for action in scene.actions[k])


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


def test_the_oracle_leaves_no_small_movement_and_knows_what_it_does_to_the_eyes(scenes: list[Scene]) -> None:
    """Eyes that wander raise look weights that cannot fall below rest: the mean of draws, not the draw of the mean."""
    scene = scenes[0]
    rng = np.random.default_rng(3)
    mean = np.mean([redraw(scene, 1, rng) for _ in range(48)], axis=0)
    known = oracle(scene, 1, draws=24)
    pose, look = ARKIT61.indices("pose"), ARKIT61.indices("look")
    assert np.diff(known[:, pose], axis=0).std() < 0.3 * np.diff(scene.motions[0][:, pose], axis=0).std()
    np.testing.assert_allclose(known[:, look].mean(axis=0), mean[:, look].mean(axis=0), rtol=0.12, atol=0.004)
    np.testing.assert_allclose(known[:, pose].mean(axis=0), mean[:, pose].mean(axis=0), atol=0.02)


def test_the_default_stays_what_it_was(scenes: list[Scene]) -> None:
    """Numbers of the simulation as it was before people could be put into one room."""
    known = (
        (2383, 1491, (6663.909, 516.806, 500.125, 603.753, 5628.693, 457.688, 551.476, 595.48)),
        (2951, 1827, (7003.288, 566.304, 750.021, 796.117, 7353.651, 624.457, 907.707, 964.776)),
    )
    for scene, (frames, events, sums) in zip(scenes, known, strict=False):
        assert (len(scene.motions[0]), len(scene.events())) == (frames, events)
        groups = ("exp", "jaw", "pose", "gaze")
        found = [np.abs(scene.motions[k][:, ARKIT61.indices(group)]).sum() for k in (0, 1) for group in groups]
        np.testing.assert_allclose(found, sums, rtol=1e-4)
