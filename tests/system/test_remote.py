from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.cli.command import run
from tests.small_systems import make
from tests.system.file_server import FileServer, serving
from visavis.core.errors import VisavisError
from visavis.system.folder import save_system
from visavis.system.remote import Address, fetched, is_address, parsed
from visavis.system.shipped import load, load_trainable

SHA = "ab" * 32


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    return tmp_path / "cache"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    """A server with a model folder at /model/, also as owner/name at the revision v1 of a hub."""
    save_system(make("timar phonetic"), tmp_path / "made")
    files = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert sorted(files) == ["model.safetensors", "recipe.json", "speech.safetensors"]
    sums = "".join(f"{sha256(content)}  {name}\n" for name, content in files.items()) + f"{SHA}  README.md\n"
    with serving() as told:
        for name, content in {**files, "SHA256SUMS": sums.encode()}.items():
            told.files[f"/model/{name}"] = told.files[f"/owner/name/resolve/v1/{name}"] = content
        yield told


def at(server: FileServer, path: str = "/model/SHA256SUMS") -> str:
    return f"{server.address}{path}#sha256={sha256(server.files[path])}"


def test_names_and_places_are_no_addresses() -> None:
    for name in ("timar-small", "runs/mine", "./hf/x", "/models/TIMAR.pth"):
        assert not is_address(name)
    for name in ("https://h/x.pth", "http://h/x", "file:///x", "hf:owner/name", "HF:owner/name"):
        assert is_address(name)


@pytest.mark.parametrize(
    ("given", "url", "name"),
    [
        ("https://h/a/TIMAR.pth", "https://h/a/TIMAR.pth", "TIMAR.pth"),
        ("https://h/a/T%20.pth?x=/y", None, None),
        ("hf:owner/name", "https://huggingface.co/owner/name/resolve/main/SHA256SUMS", "SHA256SUMS"),
        ("hf:owner/name@v1", "https://huggingface.co/owner/name/resolve/v1/SHA256SUMS", "SHA256SUMS"),
        ("hf://o/n@v1/sub/T.pth", "https://huggingface.co/o/n/resolve/v1/sub/T.pth", "T.pth"),
        ("hf:owner", None, None),
        ("https://h/", None, None),
        ("https://h/..", None, None),
    ],
)
def test_addresses_are_taken_apart(given: str, url: str | None, name: str | None) -> None:
    if url is None:
        with pytest.raises(VisavisError, match=r"names no file|is no address on the hub"):
            parsed(f"{given}#sha256={SHA}")
    else:
        assert parsed(f"{given}#sha256={SHA.upper()}") == Address(url, name, SHA)


@pytest.mark.parametrize("fragment", ["", "#", "#sha256=", "#sha256=12", f"#md5={SHA}", f"#sha256={SHA}0"])
def test_nothing_is_fetched_without_a_checksum(fragment: str) -> None:
    with pytest.raises(VisavisError, match=r"has no checksum; write https://h/x\.pth#sha256= and the 64 digits"):
        parsed(f"https://h/x.pth{fragment}")


def test_a_model_folder_loads_from_an_address_and_then_from_the_cache(server: FileServer) -> None:
    system = load_trainable(at(server))
    own = make("timar phonetic")
    assert system.config == own.config
    assert torch.equal(next(system.model.parameters()), next(own.model.parameters()))
    asked = len(server.asked)
    assert asked == 4
    assert load(at(server)).config == own.config
    assert len(server.asked) == asked


def test_the_hub_is_an_address_too(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.address + "/")
    sums = sha256(server.files["/model/SHA256SUMS"])
    assert load_trainable(f"hf:owner/name@v1#sha256={sums}").config == make("timar phonetic").config
    with pytest.raises(VisavisError, match="resolve/main/SHA256SUMS: the server answers 404"):
        load_trainable(f"hf:owner/name#sha256={'cd' * 32}")


def test_one_file_that_was_exchanged_is_refused(server: FileServer) -> None:
    place = at(server)
    server.files["/model/model.safetensors"] += b"x"
    with pytest.raises(VisavisError, match=r"model\.safetensors is another file than asked for"):
        fetched(place)


def test_a_file_that_is_no_checkpoint_is_told(server: FileServer) -> None:
    server.files["/page.pth"] = b"<html>not here</html>"
    with pytest.raises(VisavisError, match=r"page\.pth is damaged or no checkpoint"):
        load_trainable(at(server, "/page.pth"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "lacks recipe.json and model.safetensors"),
        (f"{SHA}  recipe.json\n".encode(), "lacks model.safetensors"),
        (f"{SHA}  recipe.json\n{SHA} *./model.safetensors\nhello\n".encode(), "has lines that are none of sha256sum's"),
        (b"a" * 70_000, "lacks recipe.json and model.safetensors"),
    ],
)
def test_a_list_of_checksums_that_is_none_is_told(server: FileServer, content: bytes, told: str) -> None:
    server.files["/model/SHA256SUMS"] = content
    with pytest.raises(VisavisError, match=rf"SHA256SUMS {told}; sha256sum recipe\.json"):
        fetched(at(server))


def test_files_that_a_list_names_elsewhere_are_left(server: FileServer, cache: Path) -> None:
    server.files["/model/SHA256SUMS"] += f"{SHA}  ../../evil\n".encode()
    folder = fetched(at(server))
    assert sorted(path.name for path in folder.iterdir()) == ["model.safetensors", "recipe.json", "speech.safetensors"]
    assert not list(cache.rglob("evil"))


def test_the_command_says_in_a_line_what_is_wrong(
    server: FileServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    voice = str(Path(load.__code__.co_filename).parents[1] / "assets" / "demo" / "user.flac")
    talk = ("generate", voice, voice, "--out", str(tmp_path / "a.npz"), "--user", "still")
    wrong = at(server, "/model/recipe.json")[:-64] + SHA
    for weights in (wrong, f"{server.address}/no.pth#sha256={SHA}", f"{server.address}/x.pth", "hf:x"):
        assert run(*talk, "--weights", weights) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("visavis: error: ")
        assert err.count("\n") == 1
    assert run(*talk, "--weights", at(server)) == 0
    assert (tmp_path / "a.npz").is_file()
