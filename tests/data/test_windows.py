from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.data.folder import list_clips
from visavis.data.windows import Batch, WindowSet, statistics

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
    assert {tensor.device.type for tensor in vars(batch).values()} == {"meta"}


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
