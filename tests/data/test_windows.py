from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import Clip, list_clips
from visavis.data.motion_files import read_motion, write_motion
from visavis.data.windows import Batch, Focus, WindowSet, joined, statistics

MakeClip = Callable[..., None]


def starts(batch: Batch) -> list[tuple[int, int]]:
    """Which frame each window starts at, and who its agent is, read off the made-up motion."""
    first = batch.agent_motion[:, 0, 0]
    return [(int(value), round(float(value % 1) * 4)) for value in first]


def test_a_window_holds_what_belongs_together(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=100)
    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61)
    batch = windows.load(range(len(windows)), epoch=3)
    assert batch.user_speech.shape == batch.agent_speech.shape == (len(windows), 20 * 640)
    assert batch.user_motion.shape == batch.agent_motion.shape == (len(windows), 20, 61)
    assert batch.user_seen.all()
    for row, (start, agent) in enumerate(starts(batch)):
        user = 3 - agent
        frames = np.arange(start, start + 20)
        for number, speech, motion in (
            (agent, batch.agent_speech[row], batch.agent_motion[row]),
            (user, batch.user_speech[row], batch.user_motion[row]),
        ):
            np.testing.assert_allclose(motion, np.repeat(frames[:, None] + number / 4, 61, axis=1))
            np.testing.assert_allclose(speech.reshape(20, 640)[:, 0], frames / 1000 + (number - 1) / 2, atol=1e-6)


def test_windows_are_distinct_in_every_epoch(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=130)
    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61, stride=10)
    for epoch in range(20):
        found = starts(windows.load(range(len(windows)), epoch))
        assert len(set(found)) == len(found) == 2 * 12


def test_every_start_comes_up_over_the_epochs(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=75)
    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61)
    seen = {found for epoch in range(200) for found in starts(windows.load(range(len(windows)), epoch))}
    assert seen == {(start, agent) for start in range(56) for agent in (1, 2)}


def test_one_epoch_covers_nearly_the_whole_recording(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=200)
    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61)
    found = starts(windows.load(range(len(windows)), 5))
    covered = {frame for start, agent in found if agent == 1 for frame in range(start, start + 20)}
    assert len(covered) > 0.85 * 200


def test_a_batch_depends_on_seed_epoch_and_indices_only(tmp_path: Path, make_clip: MakeClip) -> None:
    for name in ("a", "b", "c"):
        make_clip(tmp_path, name, frames=120)
    windows, again = (WindowSet(list_clips(tmp_path), 20, ARKIT61) for _ in range(2))
    windows.load([0, 3], epoch=9)
    assert starts(windows.load([4, 1, 7], 2, 5)) == starts(again.load([4, 1, 7], 2, 5))
    assert starts(windows.load([1], 2, 5)) == starts(windows.load([4, 1, 7], 2, 5))[1:2]
    everything = range(len(windows))
    assert starts(windows.load(everything, 2, 5)) != starts(windows.load(everything, 3, 5))
    assert starts(windows.load(everything, 2, 5)) != starts(windows.load(everything, 2, 6))


def test_the_order_is_a_permutation_of_its_own_for_each_epoch(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=300)
    windows = WindowSet(list_clips(tmp_path), 10, ARKIT61)
    orders = [windows.order(seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert all(sorted(order) == list(range(len(windows))) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    np.testing.assert_array_equal(orders[1], windows.order(0, 1))


def test_an_unseen_partner_is_marked_and_is_never_the_agent(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=60, moving=(2,))
    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61)
    batch = windows.load(range(len(windows)))
    assert not batch.user_seen.any()
    assert batch.user_seen.dtype == torch.bool
    assert not batch.user_motion.any()
    assert {agent for _, agent in starts(batch)} == {2}
    assert batch.user_speech.any()


def test_other_sound_rates_are_resampled_and_motion_too(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=60, fps=50)
    time = np.arange(44100 * 60 // 25) / 44100
    soundfile.write(tmp_path / "a_speaker2.wav", 0.5 * np.sin(2 * np.pi * 200 * time), 44100)
    windows = WindowSet(list_clips(tmp_path), 60, ARKIT61)
    assert len(windows) == 2
    batch = windows.load([0])
    expected = 0.5 * np.sin(2 * np.pi * 200 * np.arange(60 * 640) / 16000)
    np.testing.assert_allclose(batch.user_speech[0, 500:-500], expected[500:-500], atol=1e-3)
    np.testing.assert_allclose(batch.agent_motion[0, :, 0], np.arange(60) + 0.25)


def test_short_recordings_are_left_out_and_counted(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=19)
    with pytest.raises(VisavisError, match=r"none of 1 clips holds a window of 20 frames \(0.8 s\)"):
        WindowSet(list_clips(tmp_path), 20, ARKIT61)
    make_clip(tmp_path, "b", frames=20)
    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61)
    assert (len(windows), windows.too_short) == (2, 2)


def test_wrong_requests_are_explained(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=40)
    clips = list_clips(tmp_path)
    with pytest.raises(VisavisError, match=r"a_speaker1\.npz: holds motion in arkit61, not flame56"):
        WindowSet(clips, 20, FLAME56)
    with pytest.raises(VisavisError, match="at least 1 frame"):
        WindowSet(clips, 0, ARKIT61)
    windows = WindowSet(clips, 20, ARKIT61)
    with pytest.raises(VisavisError, match="window numbers lie in 0 to 3"):
        windows.load([4])


def test_batches_move_between_devices(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=20)
    batch = WindowSet(list_clips(tmp_path), 20, ARKIT61).load([0]).to("meta")
    assert {tensor.device.type for tensor in batch.tensors().values()} == {"meta"}
    assert batch.tensors().keys() == {"user_speech", "agent_speech", "user_motion", "agent_motion", "user_seen"}


def test_statistics_of_all_people(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=40)
    make_clip(tmp_path, "b", frames=60, moving=(1,))
    found = statistics(list_clips(tmp_path), ARKIT61)
    values = np.concatenate([np.arange(40) + 0.25, np.arange(40) + 0.5, np.arange(60) + 0.25])
    np.testing.assert_allclose(found.mean, values.mean(), rtol=1e-6)
    np.testing.assert_allclose(found.std, values.std(), rtol=1e-6)
    with pytest.raises(VisavisError, match="holds motion in arkit61, not flame56"):
        statistics(list_clips(tmp_path), FLAME56)


def test_constant_channels_do_not_explode(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=1)
    found = statistics(list_clips(tmp_path)[:1], ARKIT61)
    assert found.std.min() >= 0.01
    assert statistics(list_clips(tmp_path), ARKIT61).mean.dtype == np.float32
    with pytest.raises(VisavisError, match="none of 0 clips has motion"):
        statistics([], ARKIT61)


def test_a_real_clip(shared: Path) -> None:
    windows = WindowSet(list_clips(shared / "data/dualtalk_clip"), 200, FLAME56)
    batch = windows.load(windows.order(0, 0))
    assert batch.agent_motion.shape == (3, 200, 56)
    assert not batch.user_seen.any()
    loudness = batch.agent_speech.reshape(3, 200, 640).square().mean(-1).sqrt()
    assert (loudness.amax(1) > 0.01).all()
    assert torch.isfinite(batch.agent_motion).all()


def partly(folder: Path, name: str, number: int, known: frozenset[str], others: float = 9.0) -> None:
    """Make a speaker of a clip know these channels alone; in the others stands something else."""
    path = folder / f"{name}_speaker{number}.npz"
    values = read_motion(path).values.copy()
    values[:, [index for index, channel in enumerate(ARKIT61.channels) if channel not in known]] = others
    write_motion(Motion(values, ARKIT61, known=known), path)


LIPS = frozenset({"JawOpen", "MouthFunnel"})


def test_a_batch_says_what_is_known_of_whom(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=40)
    make_clip(tmp_path, "b", frames=40)
    partly(tmp_path, "a", 1, LIPS)
    windows = WindowSet(list_clips(tmp_path), 40, ARKIT61)
    batch = windows.load(range(4))
    assert batch.agent_known is not None
    assert batch.user_known is not None
    assert batch.agent_counted is None
    told = [{ARKIT61.channels[int(i)] for i in row.nonzero()} for row in (*batch.agent_known, *batch.user_known)]
    everything = set(ARKIT61.channels)
    assert told == [LIPS, everything, everything, everything, everything, LIPS, everything, everything]
    assert windows.load([2, 3]).agent_known is None, "all of what b's windows show is known"


def test_a_focus_leaves_channels_and_frames(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=60)
    heard: list[np.ndarray] = []

    def first_half(sound: np.ndarray) -> np.ndarray:
        heard.append(sound)
        return np.arange(60) < 30

    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61, focus=Focus(LIPS, first_half))
    assert [len(sound) for sound in heard] == [60 * 640] * 2
    assert [round(float(sound[0]), 3) for sound in heard] == [0, 0.5], "each agent's own voice"
    batch = windows.load(range(len(windows)))
    assert batch.agent_known is not None
    assert batch.agent_counted is not None
    assert batch.agent_known.sum(1).tolist() == [2] * len(windows)
    assert batch.user_known is None, "the user is shown as ever"
    for (start, _), counted in zip(starts(batch), batch.agent_counted, strict=True):
        assert counted.tolist() == [frame < 30 for frame in range(start, start + 20)]


def test_statistics_are_of_those_who_know_a_channel(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=40)
    make_clip(tmp_path, "b", frames=60, moving=(1,))
    partly(tmp_path, "b", 1, LIPS, others=1e6)
    found = statistics(list_clips(tmp_path), ARKIT61)
    both = np.concatenate([np.arange(40) + 0.25, np.arange(40) + 0.5])
    alone = ARKIT61.indices("HeadYaw")
    np.testing.assert_allclose([found.mean[alone][0], found.std[alone][0]], [both.mean(), both.std()], rtol=1e-6)
    lips = np.concatenate([both, np.arange(60) + 0.25])
    jaw = ARKIT61.indices("JawOpen")
    np.testing.assert_allclose([found.mean[jaw][0], found.std[jaw][0]], [lips.mean(), lips.std()], rtol=1e-6)
    assert found.known.all()


def test_statistics_say_what_nobody_knows(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=40, moving=(1,))
    partly(tmp_path, "a", 1, LIPS)
    found = statistics(list_clips(tmp_path), ARKIT61)
    assert {ARKIT61.channels[index] for index in np.flatnonzero(found.known)} == LIPS
    assert np.isfinite(found.mean).all()
    assert (found.mean[~found.known] == 0).all()


def test_joined_batches_keep_their_rows_and_what_is_unsaid_is_known(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "whole", "a", frames=100)
    make_clip(tmp_path / "lips", "b", frames=100)
    partly(tmp_path / "lips", "b", 1, LIPS, others=0.0)
    whole, lips = (WindowSet(list_clips(tmp_path / name), 20, ARKIT61) for name in ("whole", "lips"))
    parts = whole.load([0, 1, 2]), lips.load([0, 1])
    both = joined(parts, [[4, 0, 2], [1, 3]])
    for name, tensor in both.tensors().items():
        for part, places in zip(parts, ([4, 0, 2], [1, 3]), strict=True):
            rows = part.tensors().get(name, torch.ones(len(places), *tensor.shape[1:], dtype=torch.bool))
            assert torch.equal(tensor[places], rows), name
    assert both.agent_known is not None
    assert both.agent_known.sum(1).tolist() == [61, 2, 61, 2, 61]
    assert joined([whole.load([0]), whole.load([1])], [[1], [0]]).agent_known is None


def test_windows_bring_what_is_said_of_each_frame(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=60)

    def count(_: Clip, frames: int) -> np.ndarray:
        return np.arange(frames) + 1000 * np.array([[1], [2]])

    windows = WindowSet(list_clips(tmp_path), 20, ARKIT61, labels=count)
    batch = windows.load(range(len(windows)), epoch=2)
    assert batch.agent_labels is not None
    assert batch.user_labels is not None
    assert batch.agent_labels.dtype == batch.user_labels.dtype == torch.int64
    for row, (start, agent) in enumerate(starts(batch)):
        assert batch.agent_labels[row].tolist() == [1000 * agent + frame for frame in range(start, start + 20)]
        assert batch.user_labels[row].tolist() == [1000 * (3 - agent) + frame for frame in range(start, start + 20)]
    assert WindowSet(list_clips(tmp_path), 20, ARKIT61).load([0]).agent_labels is None


def test_windows_of_which_little_counts_are_left_out(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=100, moving=(1,))
    late = Focus(frozenset({"JawOpen"}), lambda sound: np.arange(len(sound) // 640) >= 50)
    clips = list_clips(tmp_path)
    windows = WindowSet(clips, 10, ARKIT61, focus=late, least_counted=0.9)
    found = [start for epoch in range(30) for start, _ in starts(windows.load(range(len(windows)), epoch))]
    assert 0 < len(windows) < len(WindowSet(clips, 10, ARKIT61, focus=late))
    assert min(found) >= 45
    assert max(found) > 80
    never = Focus(frozenset({"JawOpen"}), lambda sound: np.zeros(len(sound) // 640, bool))
    with pytest.raises(VisavisError, match="in none of 10 windows of 1 clips 60% of the frames count"):
        WindowSet(clips, 10, ARKIT61, focus=never, least_counted=0.6)


def test_frames_that_do_not_count_are_told_of_both_people(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path, "a", frames=60)
    path = tmp_path / "a_speaker1.npz"
    motion = read_motion(path)
    values = motion.values.copy()
    values[30:] = 1e6
    write_motion(Motion(values, ARKIT61, counted=np.arange(60) < 30), path)
    windows = WindowSet(list_clips(tmp_path), 60, ARKIT61)
    batch = windows.load([0, 1])
    assert batch.agent_counted is not None
    assert batch.user_counted is not None
    expected = [[frame < 30 for frame in range(60)], [True] * 60]
    assert batch.agent_counted.tolist() == expected
    assert batch.user_counted.tolist() == expected[::-1]
    found = statistics(list_clips(tmp_path), ARKIT61)
    frames = np.concatenate([np.arange(30) + 0.25, np.arange(60) + 0.5])
    np.testing.assert_allclose(found.mean, frames.mean(), rtol=1e-6)
    odd = Focus(LIPS, lambda _: np.arange(60) % 2 == 1)
    focused = WindowSet(list_clips(tmp_path), 60, ARKIT61, focus=odd).load([0])
    assert focused.agent_counted is not None
    assert focused.agent_counted.tolist() == [[frame < 30 and frame % 2 == 1 for frame in range(60)]]
