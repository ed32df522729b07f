from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.broken import BrokenFile
from visavis.data.motion_files import read_motion, write_motion

Make = Callable[..., Motion]


FORMATS = [
    ("csv", ARKIT61),
    *((ending, space) for ending in ("npz", "npy") for space in (ARKIT61, FLAME56, COLOCATED78)),
]


@pytest.mark.parametrize(("ending", "space"), FORMATS, ids=lambda part: getattr(part, "name", part))
@pytest.mark.parametrize("frames", [1, 37])
def test_every_format_gives_the_same_motion_back(
    tmp_path: Path, make_motion: Make, space: MotionSpace, ending: str, frames: int
) -> None:
    motion = make_motion(frames, space)
    write_motion(motion, tmp_path / f"a.{ending}")
    for again in (read_motion(tmp_path / f"a.{ending}"), read_motion(tmp_path / f"a.{ending}", space)):
        assert (again.space, again.fps) == (space, 25)
        np.testing.assert_allclose(again.values, motion.values, rtol=0, atol=1e-6 if ending == "csv" else 0)


@pytest.mark.parametrize("fps", [24, 29.97, 60])
def test_our_archive_keeps_any_rate(tmp_path: Path, make_motion: Make, fps: float) -> None:
    write_motion(make_motion(10, fps=fps), tmp_path / "a.npz")
    assert read_motion(tmp_path / "a.npz").fps == fps


def test_dualtalk_pose_is_neck_then_jaw(tmp_path: Path) -> None:
    exp = np.random.default_rng(0).normal(size=(8, 50)).astype(np.float32)
    neck, jaw = np.full((8, 3), 0.1, np.float32), np.full((8, 3), 0.2, np.float32)
    np.savez(tmp_path / "a.npz", exp=exp, pose=np.concatenate([neck, jaw], axis=1), shape=np.zeros((8, 100)))
    motion = read_motion(tmp_path / "a.npz", FLAME56)
    np.testing.assert_array_equal(motion["exp"], exp)
    np.testing.assert_array_equal(motion["jaw"], jaw)
    np.testing.assert_array_equal(motion["pose"], neck)


def test_a_real_dualtalk_file(shared: Path) -> None:
    path = shared / "data/dualtalk_clip/xkHwlcDSOjc_sub_video_109_000_speaker1.npz"
    motion = read_motion(path)
    assert (motion.space, motion.values.shape, motion.fps) == (FLAME56, (750, 56), 25)
    with np.load(path) as raw:
        np.testing.assert_array_equal(np.concatenate([motion["pose"], motion["jaw"]], axis=1), raw["pose"])
    assert motion["jaw"][:, 0].max() > 0.05
    with pytest.raises(BrokenFile, match="holds motion in flame56, not arkit61; give motion in arkit61"):
        read_motion(path, ARKIT61)


def test_what_is_no_motion_is_named(tmp_path: Path) -> None:
    good = np.zeros((4, 61))
    savez = np.savez
    savez(tmp_path / "weights.npz", weights=good, fps=30)
    savez(tmp_path / "narrow.npz", motion=good[:, :50], space="arkit61", fps=25)
    savez(tmp_path / "space.npz", motion=good, space="arkit16", fps=25)
    savez(tmp_path / "still.npz", motion=good, space="arkit61", fps=0)
    savez(tmp_path / "slow.npz", motion=good, space="arkit61", fps=1e-9)
    savez(tmp_path / "fast.npz", motion=good, space="arkit61", fps=1e6)
    savez(tmp_path / "rates.npz", motion=good, space="arkit61", fps=[25, 25])
    savez(tmp_path / "none.npz", motion=good[:0], space="arkit61", fps=25)
    savez(tmp_path / "nan.npz", motion=np.full((4, 61), np.nan), space="arkit61", fps=25)
    savez(tmp_path / "huge.npz", motion=np.full((4, 61), 1e300), space="arkit61", fps=25)
    savez(tmp_path / "text.npz", motion=good.astype("U4"), space="arkit61", fps=25)
    savez(tmp_path / "pose.npz", exp=good[:, :50], pose=good[:3, :6])
    np.save(tmp_path / "width.npy", good[:, :17])
    np.save(tmp_path / "flat.npy", good[0])
    (tmp_path / "a.bvh").write_text("HIERARCHY")
    for name, reason in {
        "weights.npz": r"holds the arrays weights, fps; it needs motion \+ space \+ fps or exp \+ pose",
        "narrow.npz": r"\(4, 50\) does not fit space arkit61",
        "space.npz": "did you mean 'arkit61'",
        "still.npz": "`fps` is 0; write a frame rate from 1 to 1,000",
        "slow.npz": "`fps` is 1e-09; write a frame rate from 1 to 1,000",
        "fast.npz": r"`fps` is 1000000\.0; write a frame rate from 1 to 1,000",
        "rates.npz": r"`fps` is \[25 25\]; write",
        "none.npz": "no frames",
        "nan.npz": "244 values are NaN",
        "huge.npz": "244 values are NaN or infinite",
        "text.npz": "holds <U4 values",
        "pose.npz": r"exp \(4, 50\) and pose \(3, 6\) do not fit",
        "width.npy": r"\(4, 17\) fits none of the known motion spaces",
        "flat.npy": r"\(61,\) fits none",
        "a.bvh": r"cannot be read from \.bvh; use \.npz, \.npy or \.csv",
        "missing.npz": "no such file",
    }.items():
        path = tmp_path / name
        if name != "a.bvh" and name != "missing.npz":
            assert path.is_file()
        with pytest.raises(BrokenFile, match=f"{name}: .*{reason}"):
            read_motion(path)


def test_a_named_space_settles_the_width(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 78)))
    assert read_motion(tmp_path / "a.npy", COLOCATED78).space is COLOCATED78
    with pytest.raises(BrokenFile, match=r"\(4, 78\) does not fit space flame56"):
        read_motion(tmp_path / "a.npy", FLAME56)


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (exec, ("raise SystemExit('the pickle was run')",))

    np.savez(tmp_path / "a.npz", motion=np.array([Trap()], dtype=object), space="arkit61", fps=25)
    np.save(tmp_path / "a.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    for name in ("a.npz", "a.npy"):
        with pytest.raises(BrokenFile, match="cannot be read as NumPy arrays"):
            read_motion(tmp_path / name)


@pytest.mark.parametrize("ending", ["npz", "npy", "csv"])
def test_no_damage_leads_to_another_error(tmp_path: Path, make_motion: Make, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    write_motion(make_motion(20), path)
    whole = path.read_bytes()
    generator = np.random.default_rng(0)
    for trial in range(60):
        damaged = bytearray(whole[: generator.integers(1, len(whole))] if trial % 2 else whole)
        for place in generator.integers(0, min(len(damaged), 400 if trial % 3 else len(damaged)), 6):
            damaged[place] = generator.integers(0, 256)
        path.write_bytes(damaged)
        try:
            motion = read_motion(path)
        except BrokenFile as error:
            assert str(path) in str(error)  # noqa: PT017
        else:
            assert motion.space is ARKIT61


def test_what_a_format_cannot_hold_is_refused(tmp_path: Path, make_motion: Make) -> None:
    with pytest.raises(VisavisError, match=r"\.npy holds 25 fps, the motion has 30; resample it or write \.npz"):
        write_motion(make_motion(5, fps=30), tmp_path / "a.npy")
    with pytest.raises(VisavisError, match=r"cannot be written to \.fbx; use"):
        write_motion(make_motion(5), tmp_path / "a.fbx")
    assert list(tmp_path.iterdir()) == []


def test_what_is_known_is_remembered(tmp_path: Path, make_motion: Make) -> None:
    whole = make_motion(5)
    for known in (None, frozenset({"JawOpen", "MouthClose"}), frozenset[str]()):
        write_motion(replace(whole, known=known), tmp_path / "a.npz")
        assert read_motion(tmp_path / "a.npz").known == known
    np.savez(tmp_path / "a.npz", motion=whole.values, space="arkit61", fps=25, known=np.array([1, 2]))
    with pytest.raises(BrokenFile, match="`known` is not a list of texts"):
        read_motion(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", motion=whole.values, space="arkit61", fps=25, known=np.array(["JawShut"]))
    with pytest.raises(BrokenFile, match="unknown channel of arkit61 'JawShut'"):
        read_motion(tmp_path / "a.npz")


def test_states_are_remembered(tmp_path: Path, make_motion: Make) -> None:
    told = replace(make_motion(3), state=np.array(["waiting", "being interrupted", "speaking"]))
    write_motion(told, tmp_path / "a.npz")
    again = read_motion(tmp_path / "a.npz")
    assert again.state is not None
    assert again.state.tolist() == ["waiting", "being interrupted", "speaking"]
    with np.load(tmp_path / "a.npz") as archive:
        assert archive["state"].shape == (3,)
    write_motion(make_motion(3), tmp_path / "b.npz")
    with np.load(tmp_path / "b.npz") as archive:
        assert set(archive) == {"motion", "space", "fps"}
    for wrong, reason in (
        (np.arange(3), "`state` is not a list of texts"),
        (np.array(["a\n"] * 3), "`state` is not a list of texts"),
        (np.array(["waiting"] * 2), "do not fit motion of 3 frames; give one name for each frame"),
    ):
        np.savez(tmp_path / "a.npz", motion=told.values, space="arkit61", fps=25, state=wrong)
        with pytest.raises(BrokenFile, match=reason):
            read_motion(tmp_path / "a.npz")


def test_which_frames_count_is_remembered(tmp_path: Path, make_motion: Make) -> None:
    counted = np.array([True, False, True])
    write_motion(replace(make_motion(3), counted=counted), tmp_path / "a.npz")
    again = read_motion(tmp_path / "a.npz")
    assert again.counted is not None
    assert again.counted.tolist() == counted.tolist()
    np.savez(tmp_path / "a.npz", motion=make_motion(3).values, space="arkit61", fps=25, counted=counted[:2])
    with pytest.raises(BrokenFile, match="do not fit motion of 3 frames"):
        read_motion(tmp_path / "a.npz")
