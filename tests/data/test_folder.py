from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.conversation import Event
from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.data.folder import list_clips, read_clip, read_events, read_oracle, scan_folder

MakeClip = Callable[..., None]


def test_splits_and_flat_files_are_listed_in_order(tmp_path: Path, make_clip: MakeClip) -> None:
    for split, name in [("train", "b"), ("train", "a"), ("test", "c_speaker1"), ("ood", "d"), ("", "e")]:
        make_clip(tmp_path / split, name)
    (tmp_path / "notes.txt").write_text("not a clip")
    (tmp_path / "train" / ".a_speaker1.wav").touch()
    listed = [(clip.split, clip.name) for clip in list_clips(tmp_path)]
    assert listed == [("", "e"), ("ood", "d"), ("test", "c_speaker1"), ("train", "a"), ("train", "b")]
    assert [clip.name for clip in list_clips(tmp_path, "train")] == ["a", "b"]
    assert list_clips(tmp_path / "train")[0].split == ""


def test_incomplete_clips_are_scanned_but_not_listed(tmp_path: Path, make_clip: MakeClip) -> None:
    for name in ("mute", "still", "half", "whole"):
        make_clip(tmp_path, name)
    (tmp_path / "mute_speaker2.wav").unlink()
    (tmp_path / "half_speaker1.npz").unlink()
    for number in (1, 2):
        (tmp_path / f"still_speaker{number}.npz").unlink()
    assert [clip.name for clip in scan_folder(tmp_path)] == ["half", "mute", "still", "whole"]
    assert [clip.name for clip in list_clips(tmp_path)] == ["half", "whole"]


def test_what_cannot_be_listed_is_explained(tmp_path: Path, make_clip: MakeClip) -> None:
    with pytest.raises(VisavisError, match="is not a folder"):
        list_clips(tmp_path / "nowhere")
    with pytest.raises(VisavisError, match="no clip has both voices and a motion"):
        list_clips(tmp_path)
    make_clip(tmp_path, "a")
    with pytest.raises(VisavisError, match="is a flat folder without the split 'test'"):
        list_clips(tmp_path, "test")
    make_clip(tmp_path / "train", "a")
    with pytest.raises(VisavisError, match=r"unknown split .* 'trian'; did you mean 'train'"):
        list_clips(tmp_path, "trian")


def test_speaker_1_is_the_agent_and_everything_ends_together(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=50)
    make_clip(tmp_path / "long", "a", frames=60)
    (tmp_path / "long/a_speaker2.wav").replace(tmp_path / "a_speaker2.wav")
    clip = list_clips(tmp_path)[0]
    conversation = read_clip(clip)
    agent, user = conversation.agent, conversation.user
    assert (conversation.name, conversation.frames, agent.number, user.number) == ("a", 50, 1, 2)
    assert agent.speech is not None
    assert user.speech is not None
    assert agent.motion is not None
    assert user.motion is not None
    assert len(agent.speech) == len(user.speech) == 50 * 640
    np.testing.assert_allclose(agent.motion["JawOpen"][:, 0], np.arange(50) + 0.25)
    np.testing.assert_allclose(user.motion["JawOpen"][:, 0], np.arange(50) + 0.5)
    np.testing.assert_allclose(user.speech[::640], np.arange(50) / 1000 + 0.5, atol=1e-6)
    assert conversation.swapped().agent.number == 2


def test_other_frame_rates_become_25(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=50, fps=50)
    agent = read_clip(list_clips(tmp_path)[0]).agent
    assert agent.motion is not None
    assert (len(agent.motion), agent.motion.fps) == (50, 25)
    np.testing.assert_allclose(agent.motion["JawOpen"][:, 0], np.arange(50) + 0.25)


def test_a_real_clip_where_only_one_motion_is_known(shared: Path) -> None:
    clip = list_clips(shared / "data/dualtalk_clip")[0]
    conversation = read_clip(clip)
    assert conversation.frames == 748
    assert conversation.user.motion is None
    assert conversation.agent.motion is not None
    assert conversation.agent.motion.space is FLAME56
    assert conversation.agent.speech is not None
    assert conversation.user.speech is not None
    assert not np.array_equal(conversation.agent.speech, conversation.user.speech)


def test_events_and_oracles_come_along(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a")
    events = (Event("nod", 2, 10, 12, "partner phrase end"), Event("utterance", 1, 0, 9, label="hello"))
    (tmp_path / "a_events.json").write_text(json.dumps([asdict(event) for event in events]))
    mean = np.random.default_rng(0).normal(size=(50, ARKIT61.width))
    np.savez(tmp_path / "a_speaker2_oracle.npz", mean=mean)
    clip = list_clips(tmp_path)[0]
    assert read_clip(clip).events == events
    assert read_events(clip, "nod") == events[:1]
    assert read_oracle(clip, 1) is None
    oracle = read_oracle(clip, 2)
    assert oracle is not None
    np.testing.assert_allclose(oracle, mean, atol=1e-6)
    with pytest.raises(VisavisError, match="speakers 1 and 2; 3 was asked for"):
        read_oracle(clip, 3)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[" * 50_000,
        "3",
        "[null]",
        '[{"kind": "nod", "person": 1, "onset": null, "duration": 1}]',
        f'[{{"kind": "nod", "person": 1, "onset": {10**18}, "duration": 1}}]',
        '["nod"]',
        '[{"kind": "nod"}]',
        '[{"kimd": "nod"}]',
    ],
)
def test_a_damaged_event_log_is_named(tmp_path: Path, make_clip: MakeClip, text: str) -> None:
    make_clip(tmp_path, "a")
    (tmp_path / "a_events.json").write_text(text)
    with pytest.raises(BrokenFile, match=r"a_events\.json: "):
        read_events(list_clips(tmp_path)[0])
