from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.files import read_json, require_place, write_json, written_whole


def test_the_file_appears_only_when_the_block_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "motion.npz"
    with written_whole(target) as path:
        assert path.parent == target.parent
        assert path.suffix == ".npz"
        path.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_an_ending_in_capitals_is_written_as_well(tmp_path: Path) -> None:
    """Writers that complete a name, as numpy does, know endings in small letters only."""
    with written_whole(tmp_path / "T.NPZ") as path:
        np.savez(path, values=np.arange(3))
    assert [path.name for path in tmp_path.iterdir()] == ["T.NPZ"]


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    first, second = (tmp_path / f"{'x' * 249}{number}.npz" for number in (1, 2))
    with written_whole(first) as one, written_whole(second) as two:
        one.write_text("1")
        two.write_text("2")
    assert (first.read_text(), second.read_text()) == ("1", "2")
    assert sorted(tmp_path.iterdir()) == [first, second]
    for name in ("y" * 260 + ".npz", "\u53e3" * 100 + ".npz"):
        with pytest.raises(VisavisError, match="File name too long; choose another place"):
            require_place(tmp_path / name)
        with (
            pytest.raises(VisavisError, match="File name too long; choose another place"),
            written_whole(tmp_path / name) as path,
        ):
            path.write_text("")
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_a_failure_keeps_the_older_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "motion.npz"
    target.write_text("older")

    def fail() -> None:
        with written_whole(target) as path:
            path.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert target.read_text() == "older"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_a_clear_error(tmp_path: Path) -> None:
    target = tmp_path / "motion.npz"

    def fill() -> None:
        with written_whole(target) as path:
            path.write_text("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(VisavisError, match=r"cannot write .*motion\.npz: No space left on device"):
        fill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_truly_full_device_is_a_clear_error(tmp_path: Path) -> None:
    def fill() -> None:
        with written_whole(tmp_path / "motion.npz") as path:
            path.symlink_to("/dev/full")
            path.write_bytes(b"x" * 100_000)

    with pytest.raises(VisavisError, match="No space left on device"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    def write() -> None:
        with written_whole(tmp_path / "file" / "motion.npz"):
            pytest.fail("there is nowhere to write to")

    with pytest.raises(VisavisError, match="cannot write"):
        write()


def test_others_may_read_the_file_as_far_as_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with written_whole(tmp_path / "f.txt") as path:
            path.touch(mode=0o600)
    finally:
        os.umask(before)
    assert (tmp_path / "f.txt").stat().st_mode & 0o777 == 0o640


def test_json_is_readable_and_ends_with_a_line(tmp_path: Path) -> None:
    write_json(tmp_path / "deep" / "scores.json", {"a": [1, 2.5], "b": None})
    text = (tmp_path / "deep" / "scores.json").read_text()
    assert text.endswith("}\n")
    assert text.count("\n") > 3
    assert json.loads(text) == {"a": [1, 2.5], "b": None}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read"),
        ("{", "is not JSON"),
        ("[]", "not hold a record"),
        ('{"a":' * 50_000, "is not JSON: it is nested too deeply"),
    ],
)
def test_unreadable_file_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "a.json").write_text(text)
    with pytest.raises(VisavisError, match=said):
        read_json(tmp_path / "a.json")


def test_places_that_cannot_be_written_are_found_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(VisavisError, match="is a folder"):
        require_place(tmp_path / "folder.npz")
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="is not a folder"):
        require_place(tmp_path / "file" / "agent.npz")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    with pytest.raises(VisavisError, match="may not be written to; choose another place"):
        require_place(tmp_path / "new" / "agent.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.npz"]
