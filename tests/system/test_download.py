from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.file_server import FileServer, serving
from visavis.core.errors import VisavisError
from visavis.system.download import cache_folder, checksum, downloaded

CONTENT = bytes(range(256)) * 5000
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as told:
        told.files["/w.pth"] = CONTENT
        yield told


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def test_a_file_comes_once_and_lies_in_the_cache(server: FileServer, cache: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = downloaded(f"{server.address}/w.pth", "w.pth", SHA, lambda done, total: seen.append((done, total)))
    assert path == cache / "weights" / SHA / "w.pth"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert downloaded(f"{server.address}/w.pth", "w.pth", SHA) == path
    assert server.asked == [("/w.pth", None)]
    assert left(cache) == ["w.pth"]


def test_a_file_on_this_disk_is_checked_likewise(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(CONTENT)
    assert checksum(downloaded((tmp_path / "w.pth").as_uri(), "w.pth", SHA)) == SHA
    with pytest.raises(VisavisError, match=r"cannot fetch file:.*no\.pth: .*No such file.*; check the address"):
        downloaded((tmp_path / "no.pth").as_uri(), "no.pth", SHA)


def test_another_file_than_its_checksum_says_is_never_used(server: FileServer, cache: Path) -> None:
    server.files["/w.pth"] = CONTENT[:-1] + b"x"
    other = hashlib.sha256(server.files["/w.pth"]).hexdigest()
    with pytest.raises(VisavisError, match=f"another file than asked for: its SHA-256 is {other}, not {SHA}"):
        downloaded(f"{server.address}/w.pth", "w.pth", SHA)
    assert left(cache) == []


def test_what_was_changed_in_the_cache_is_fetched_again(server: FileServer) -> None:
    path = downloaded(f"{server.address}/w.pth", "w.pth", SHA)
    path.write_bytes(b"changed")
    assert downloaded(f"{server.address}/w.pth", "w.pth", SHA).read_bytes() == CONTENT


@pytest.mark.parametrize("gives_parts", [True, False])
def test_what_breaks_off_goes_on_where_it_was(server: FileServer, gives_parts: bool) -> None:
    server.breaks_after, server.gives_parts = [400_000, 500_000], gives_parts
    assert downloaded(f"{server.address}/w.pth", "w.pth", SHA).read_bytes() == CONTENT
    starts = [None, "bytes=400000-", "bytes=900000-" if gives_parts else "bytes=500000-"]
    assert [wanted for _, wanted in server.asked] == starts


def test_what_was_stopped_goes_on_another_time(server: FileServer, cache: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        downloaded(f"{server.address}/w.pth", "w.pth", SHA, stop)
    assert left(cache) == ["w.pth.part"]
    came = (cache / "weights" / SHA / "w.pth.part").stat().st_size
    assert downloaded(f"{server.address}/w.pth", "w.pth", SHA).read_bytes() == CONTENT
    assert server.asked[1] == ("/w.pth", f"bytes={came}-")


def test_rests_of_another_file_end_in_an_error_and_the_next_try_begins_anew(server: FileServer, cache: Path) -> None:
    place = cache / "weights" / SHA
    place.mkdir(parents=True)
    (place / "w.pth.part").write_bytes(b"x" * (len(CONTENT) + 5))
    with pytest.raises(VisavisError, match="another file than asked for"):
        downloaded(f"{server.address}/w.pth", "w.pth", SHA)
    assert downloaded(f"{server.address}/w.pth", "w.pth", SHA).read_bytes() == CONTENT


def test_a_server_that_keeps_hanging_up_is_given_up(server: FileServer) -> None:
    server.breaks_after = [100, *[0] * 20]
    with pytest.raises(VisavisError, match=r"cannot fetch .*: it broke off after 100 of 1,280,000 bytes; check"):
        downloaded(f"{server.address}/w.pth", "w.pth", SHA)
    assert len(server.asked) <= 6


def test_what_is_not_there_or_not_to_be_reached_is_told(server: FileServer) -> None:
    with pytest.raises(VisavisError, match=r"cannot fetch .*/no: the server answers 404 Not Found; check the address"):
        downloaded(f"{server.address}/no", "no", SHA)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(VisavisError, match=r"cannot fetch .*: Connection refused; check the address"):
            downloaded(f"http://127.0.0.1:{port}/w", "w", SHA)
    with pytest.raises(VisavisError, match=r"cannot fetch http://no\.invalid/w: .*; check the address and the network"):
        downloaded("http://no.invalid/w", "w", SHA)


def test_a_cache_that_cannot_be_written_is_told(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "file"))
    with pytest.raises(VisavisError, match="Not a directory; make room, or name another folder in VISAVIS_CACHE"):
        downloaded(f"{server.address}/w.pth", "w.pth", SHA)


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VISAVIS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "visavis"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "visavis"
