from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile
from visavis.data.livelink import read_livelink, write_livelink
from visavis.data.motion_files import read_motion


def save(path: Path, stamps: Iterable[str], channels: Iterable[str] = ARKIT61.channels, count: str = "") -> None:
    names = list(channels)
    rows = [[stamp, "61", *(f"{(i + 1) / 100 + t / 10}" for i in range(len(names)))] for t, stamp in enumerate(stamps)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["Timecode", count or "BlendshapeCount", *names], *rows])


def stamps(fps: float, base: int, frames: int, start: float = 0.0, digits: int = 3) -> list[str]:
    texts = []
    for t in range(frames):
        counts = round(start * base + t * base / fps, digits)
        second, rest = divmod(counts, base)
        whole = int(second) % 86400
        texts.append(f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{rest:0{3 + digits}.{digits}f}")
    return texts


def test_a_real_capture(shared: Path) -> None:
    motion = read_livelink(shared / "data/livelink/alex_rom_3.csv")
    assert motion.fps == 30
    assert motion.values.shape == (4030, 61)
    assert motion["JawOpen"][0, 0] == pytest.approx(0.0190581698)
    assert motion["LeftEyePitch"][0, 0] == pytest.approx(0.1712819338)
    resampled = motion.resample()
    assert len(resampled) == pytest.approx(4030 * 25 / 30, abs=1)


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
@pytest.mark.parametrize("frames", [1, 2, 40, 200])
def test_writing_reads_back_the_same(
    tmp_path: Path, make_motion: Callable[..., Motion], fps: float, frames: int
) -> None:
    motion = make_motion(frames, fps=fps)
    write_livelink(motion, tmp_path / "a.csv")
    again = read_livelink(tmp_path / "a.csv")
    np.testing.assert_allclose(again.values, motion.values, atol=1e-6, rtol=0)
    assert again.fps == (fps if frames > 1 else 25)


@pytest.mark.parametrize(
    ("fps", "base"), [(30, 30), (60, 60), (30, 60), (25, 25), (24, 24), (50, 50), (29.97, 30), (59.94, 60), (24, 30)]
)
@pytest.mark.parametrize("start", [0.0, 47233.31, 86399.5])
def test_the_rate_is_told_by_the_timecodes(tmp_path: Path, fps: float, base: int, start: float) -> None:
    save(tmp_path / "a.csv", stamps(fps, base, 150, start))
    assert read_livelink(tmp_path / "a.csv").fps == pytest.approx(fps, rel=2e-5)


@pytest.mark.parametrize(("fps", "base"), [(30, 30), (60, 60), (30, 60), (25, 60)])
def test_whole_frame_counts_tell_the_rate_too(tmp_path: Path, fps: float, base: int) -> None:
    save(tmp_path / "a.csv", [stamp.split(".")[0] for stamp in stamps(fps, base, 200)])
    assert read_livelink(tmp_path / "a.csv").fps == fps


def test_jitter_and_dropped_frames_do_not_disturb_the_rate(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    texts = stamps(30, 60, 400, start=1.0)
    texts = [f"{text[:-3]}{generator.integers(0, 8):03d}" for text in texts]
    kept = [text for t, text in enumerate(texts) if t not in (30, 31, 32, 120, 300) and not 200 <= t < 260]
    save(tmp_path / "a.csv", kept)
    motion = read_livelink(tmp_path / "a.csv")
    assert motion.fps == 30
    assert len(motion) == len(kept)


@pytest.mark.parametrize("count", ["BlendShapeCount", "BlendshapeCount"])
def test_columns_are_found_by_name(tmp_path: Path, count: str) -> None:
    order = np.random.default_rng(1).permutation(61)
    names = [ARKIT61.channels[i] for i in order]
    lowered = [name[0].lower() + name[1:] if k % 2 else name for k, name in enumerate(names)]
    save(tmp_path / "a.csv", stamps(60, 60, 3), lowered, count)
    motion = read_livelink(tmp_path / "a.csv")
    for column, name in enumerate(names):
        np.testing.assert_allclose(motion[name][:, 0], (column + 1) / 100 + np.arange(3) / 10, atol=1e-6)


def test_columns_of_older_versions_may_be_absent_but_shapes_may_not(tmp_path: Path) -> None:
    weights = list(ARKIT61.channels[:51])
    save(tmp_path / "old.csv", stamps(60, 60, 3), weights)
    motion = read_livelink(tmp_path / "old.csv")
    assert not motion["TongueOut"].any()
    assert not motion["pose"].any()
    assert motion["JawOpen"].all()
    save(tmp_path / "poor.csv", stamps(60, 60, 3), [name for name in weights if name != "JawOpen"])
    with pytest.raises(BrokenFile, match="lacks 1 columns, the first is JawOpen"):
        read_livelink(tmp_path / "poor.csv")


def test_rows_without_a_face_hold_the_last_frame(tmp_path: Path) -> None:
    save(tmp_path / "a.csv", stamps(60, 60, 5))
    lines = (tmp_path / "a.csv").read_text().splitlines()
    for line in (1, 3, 4):
        lines[line] = lines[line].split(",")[0] + ",0" + "," * 61
    (tmp_path / "a.csv").write_text("\n".join(lines))
    np.testing.assert_allclose(read_livelink(tmp_path / "a.csv")["EyeBlinkLeft"][:, 0], [0.11, 0.11, 0.11, 0.11, 0.41])


def test_damage_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    save(path, stamps(60, 60, 4))
    good = path.read_text()
    for text, reason in {
        good.rstrip()[:-100]: r"line 5 has \d+ of 63 fields",
        good.replace("0.01,", "abc,", 1): "line 2: could not convert",
        good.replace("00:00:00:02.000", "00:00:02"): "line 4: timecode '00:00:02' is not",
        good.replace("Timecode", "Time"): "has no column Timecode",
        good.splitlines()[0]: "holds no frames",
    }.items():
        path.write_text(text)
        with pytest.raises(BrokenFile, match=rf"a\.csv: .*{reason}"):
            read_livelink(path)
    path.write_bytes(bytes(range(256)))
    with pytest.raises(BrokenFile, match="is not a text table"):
        read_livelink(path)


@pytest.mark.parametrize("fps", [25, 60])
def test_a_clock_that_runs_backwards_is_refused(tmp_path: Path, fps: int) -> None:
    save(tmp_path / "a.csv", stamps(fps, 60, 200)[::-1])
    with pytest.raises(BrokenFile, match=r"a\.csv: line 3: timecode \S+ runs backwards, after \S+; repair or cut"):
        read_livelink(tmp_path / "a.csv")
    save(tmp_path / "b.csv", [*stamps(fps, 60, 50, start=9), *stamps(fps, 60, 50)])
    with pytest.raises(BrokenFile, match=r"line 52: timecode 00:00:00:00\.000 runs backwards"):
        read_livelink(tmp_path / "b.csv")
    save(tmp_path / "c.csv", [*stamps(fps, 60, 50, start=86390), *stamps(fps, 60, 50, start=86399.5)])
    assert read_livelink(tmp_path / "c.csv").fps == fps


@pytest.mark.parametrize("texts", [["00:00:00:00", "12:00:00:00"], ["00:00:00:0000", "00:00:00:0001", "00:00:00:2000"]])
def test_rates_that_no_face_has_are_refused(tmp_path: Path, texts: list[str]) -> None:
    save(tmp_path / "a.csv", texts)
    with pytest.raises(BrokenFile, match=r"timecodes tell \S+ frames a second, possible are 1 to 1,000; repair them"):
        read_livelink(tmp_path / "a.csv")


def test_a_clock_that_stands_still_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.csv", ["01:02:03:04.000"] * 30)
    with pytest.raises(BrokenFile, match=r"a\.csv: its timecodes stand still at 01:02:03:04\.000; capture it again"):
        read_livelink(tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["24:00:00:00", "00:60:00:00", "00:00:60:00", "99:99:99:99"])
def test_times_that_no_day_has_are_refused(tmp_path: Path, text: str) -> None:
    save(tmp_path / "a.csv", ["00:00:00:00", text])
    with pytest.raises(BrokenFile, match=rf"line 3: timecode '{text}' is not HH:MM:SS:FF"):
        read_livelink(tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["9" * 5000 + ":00:00:00", "00:00:00:" + "9" * 400, "00:00:00:01." + "0" * 400])
def test_endless_timecodes_are_none(tmp_path: Path, text: str) -> None:
    save(tmp_path / "a.csv", [text])
    with pytest.raises(BrokenFile, match=r"line 2: timecode .* is not HH:MM:SS:FF"):
        read_livelink(tmp_path / "a.csv")


@pytest.mark.parametrize("twice", ["JawOpen", "jawOpen", " JawOpen ", "Timecode", "timecode"])
def test_columns_that_are_there_twice_are_refused_by_name(tmp_path: Path, twice: str) -> None:
    save(tmp_path / "a.csv", stamps(60, 60, 3), [*ARKIT61.channels, twice])
    with pytest.raises(BrokenFile, match=rf"(?i)a\.csv: has 2 columns {twice.strip()}; keep the right"):
        read_livelink(tmp_path / "a.csv")
    save(tmp_path / "b.csv", stamps(60, 60, 3), [*ARKIT61.channels, "Note", "Note"])
    assert len(read_livelink(tmp_path / "b.csv")) == 3


def test_numbers_too_large_are_refused_with_the_file(tmp_path: Path) -> None:
    save(tmp_path / "a.csv", stamps(60, 60, 4))
    (tmp_path / "a.csv").write_text((tmp_path / "a.csv").read_text().replace("0.01,", "1e300,", 1))
    with pytest.raises(BrokenFile, match="1 values are NaN or infinite, the first in frame 0, channel EyeBlinkLeft"):
        read_motion(tmp_path / "a.csv")


def test_only_arkit_motion_can_be_written(tmp_path: Path, make_motion: Callable[..., Motion]) -> None:
    with pytest.raises(VisavisError, match="holds arkit61, not flame56"):
        write_livelink(make_motion(3, FLAME56), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []
