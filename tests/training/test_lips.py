from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78
from visavis.core.clock import samples_in
from visavis.core.config import override
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.recordings.line import Line, write_line
from visavis.data.recordings.make import Sources, make_recordings
from visavis.training.lips import LipsConfig, captured_windows
from visavis.training.recipes import recipe_named

KNOWN = frozenset({"JawOpen", "MouthFunnel", "MouthSmileLeft", "MouthPressLeft"})


def write_captured(folder: Path, frames: int = 100, speaking: range = range(30, 60)) -> None:
    """A person who speaks in some frames, and whose captured lips move all the time but for MouthPressLeft."""
    generator = np.random.default_rng(0)
    loud = np.repeat(np.isin(np.arange(frames), speaking), samples_in(1))
    sound = generator.standard_normal(samples_in(frames)) * np.where(loud, 0.2, 0.0005)
    values = np.zeros((frames, ARKIT61.width), dtype=np.float32)
    for name in KNOWN - {"MouthPressLeft"}:
        values[:, ARKIT61.indices(name)] = generator.uniform(0, 0.5, (frames, 1))
    write_line(Line("one.captured", sound.astype(np.float32), Motion(values, ARKIT61, known=KNOWN)), folder)


def test_only_moving_lips_count_in_and_near_speech(tmp_path: Path) -> None:
    write_captured(tmp_path)
    windows = captured_windows(list_clips(tmp_path), 100, ARKIT61, LipsConfig(near_s=0.2))
    batch = windows.load([0])
    assert len(windows) == 1
    assert batch.agent_known is not None
    assert batch.agent_counted is not None
    assert {ARKIT61.channels[int(i)] for i in batch.agent_known[0].nonzero()} == {"JawOpen", "MouthFunnel"}
    counted = np.flatnonzero(batch.agent_counted[0].numpy())
    assert abs(counted.min() - 25) <= 1
    assert abs(counted.max() - 64) <= 1
    assert len(counted) == counted.max() - counted.min() + 1


def test_channels_are_named_in_the_recipe(tmp_path: Path) -> None:
    write_captured(tmp_path)
    clips = list_clips(tmp_path)
    batch = captured_windows(clips, 100, ARKIT61, LipsConfig(channels=("smile",))).load([0])
    assert batch.agent_known is not None
    assert {ARKIT61.channels[int(i)] for i in batch.agent_known[0].nonzero()} == {"MouthSmileLeft"}
    with pytest.raises(VisavisError, match="nothing of pose is known and moves in 1 clips"):
        captured_windows(clips, 100, ARKIT61, LipsConfig(channels=("pose",)))
    with pytest.raises(VisavisError, match="'jaww'; did you mean 'jaw'"):
        captured_windows(clips, 100, ARKIT61, LipsConfig(channels=("jaww",)))
    with pytest.raises(VisavisError, match="holds motion in arkit61, not colocated78"):
        captured_windows(clips, 100, COLOCATED78, LipsConfig())


def test_impossible_keys_are_refused_and_possible_ones_can_be_set() -> None:
    recipe = recipe_named("timar-small-lips")
    changed = override(recipe, {"lips.share": "0.3", "lips.near_s": "0", "lips.channels": "jaw,smile"}).lips
    assert changed == LipsConfig(0.3, ("jaw", "smile"), 0)
    assert changed.exact_share == Fraction(3, 10)
    for key, value in (("share", "1"), ("share", "0"), ("near_s", "-1")):
        with pytest.raises(VisavisError, match=rf"'lips\.{key}' cannot be"):
            override(recipe, {f"lips.{key}": value})


def test_a_captured_take_gives_lips_that_speak(shared: Path, tmp_path: Path) -> None:
    make_recordings(tmp_path, "train", Sources(facegood=[shared / "data/facegood/1114_3_15.npz"]))
    batch = captured_windows(list_clips(tmp_path), 200, ARKIT61, LipsConfig()).load(range(3))
    assert batch.agent_known is not None
    assert batch.agent_counted is not None
    names = {ARKIT61.channels[int(i)] for i in batch.agent_known[0].nonzero()}
    assert {"JawOpen", "MouthFunnel", "MouthLowerDownLeft"} <= names
    assert names <= {ARKIT61.channels[i] for part in ("articulation", "jaw") for i in ARKIT61.indices(part)}
    assert not batch.user_seen.any()
    jaw = batch.agent_motion[..., ARKIT61.indices("JawOpen")][..., 0]
    assert jaw[batch.agent_counted].mean() > 2 * jaw[~batch.agent_counted].mean()
