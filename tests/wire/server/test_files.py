from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from visavis.wire.server.files import kept, served

SCRIPT = b"let one = 1;\n" * 500


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "main.js"
    path.write_bytes(SCRIPT)
    return path


def test_a_script_comes_packed_to_those_who_take_that(script: Path) -> None:
    for accepted in ("gzip", "br, gzip;q=0.5", "GZIP , deflate"):
        answer = served(script, accepted, None)
        assert answer.encoding == "gzip"
        assert answer.content is not None
        assert gzip.decompress(answer.content) == SCRIPT
        assert len(answer.content) < len(SCRIPT) / 10
    for accepted in (None, "", "br", "identity", "gzip;q=0", "x-gzippy"):
        assert served(script, accepted, None).content is None


def test_what_is_small_or_packed_already_comes_as_it_is(tmp_path: Path) -> None:
    for name, content in (("icon.svg", b"<svg/>"), ("amber.bin", bytes(5000))):
        (tmp_path / name).write_bytes(content)
        assert served(tmp_path / name, "gzip", None).content is None


def test_what_the_browser_has_is_not_sent_again_until_it_changes(script: Path) -> None:
    first = served(script, "gzip", None)
    assert served(script, "gzip", first.tag).unchanged
    assert served(script, "gzip", f'"other", W/{first.tag}').unchanged
    assert not served(script, None, first.tag).unchanged, "that was the packed one"
    script.write_bytes(b"let two = 2;\n" * 500)
    os.utime(script, ns=(1, 1))
    again = served(script, "gzip", first.tag)
    assert not again.unchanged
    assert again.content is not None
    assert b"two" in gzip.decompress(again.content)


def test_only_what_has_its_hash_in_its_name_is_kept_for_good() -> None:
    assert "immutable" in kept("assets/index-XA2CaMlF.js")
    assert kept("heads/amber.bin") == kept("") == "no-cache"
