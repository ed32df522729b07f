"""A voice as files for the browser: what is there, and that reading needs nothing but Python."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.core.onnx_door import open_session
from visavis.data.simulate.voices import engine
from visavis.export.voice import MANIFEST, VoiceManifest, write_voice

READ = """
import sys
sys.path.insert(0, sys.argv[1])
from hibari.g2p import G2P
from hibari.g2p.normalize import normalize
from spoken_line import Reader
print(Reader(lambda said: G2P(oov=said), normalize).read_json(sys.argv[2], "{}"))
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VoiceManifest]:
    for package in ("hibari", "onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'visavis[voices,export]'")
    folder = tmp_path_factory.mktemp("voice")
    return folder, write_voice("hibari", folder)


def test_what_stands_beside_it_is_true(written: tuple[Path, VoiceManifest]) -> None:
    folder, manifest = written
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert (told["format"], told["version"], told["name"], told["rate"]) == ("visavis-voice", 1, "hibari", 24_000)
    assert {name: (folder / name).stat().st_size for name in told["bytes"]} == told["bytes"] == manifest.bytes
    assert "Apache License" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "misaki" in (folder / "NOTICE").read_text(encoding="utf-8")


def test_its_letters_are_those_of_the_networks(written: tuple[Path, VoiceManifest]) -> None:
    folder, manifest = written
    letters = engine.pronounce("Good morning.")
    assert [0, *(manifest.letters[letter] for letter in letters), 0] == engine.letter_numbers(letters)
    words = manifest.words
    session = open_session(folder / "words.onnx", 1, "export", "export to ONNX")
    numbers = [words.read.index(letter) + 1 for letter in "grumbleflonk"]
    (told,) = session.run(None, {"chars": [numbers]})
    heard = [one for i, one in enumerate(told[0]) if one and (i == 0 or one != told[0][i - 1])]
    assert "".join(words.said[one - 1] for one in heard) in engine.pronounce("The grumbleflonk.")


def test_lines_are_read_with_the_standard_library_alone(written: tuple[Path, VoiceManifest], tmp_path: Path) -> None:
    with zipfile.ZipFile(written[0] / "reading.zip") as packed:
        packed.extractall(tmp_path)
    command = [sys.executable, "-I", "-S", "-c", READ, str(tmp_path), "Good morning, it is 7:30 here."]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout)
    assert [piece["letters"] for piece in told["pieces"]] == [engine.pronounce("Good morning, it is 7:30 here.")]


def test_an_unknown_voice_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"unknown voice of a page 'kokoro'.*hibari"):
        write_voice("kokoro", tmp_path)
