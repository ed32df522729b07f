"""A natural voice for a page without a server: its networks, and what turns text into phonemes, as files.

voice.json         what follows, and the letters of the networks
description.onnx   hibari's network: letters to spectra and F0
synthesis.onnx     spectra, F0 and noise to sound (`synthesis_graph`)
words.onnx         words of no lexicon to letters
reading.zip        hibari's text to phonemes with its lexicon, and `spoken_line`, for Pyodide
LICENSE, NOTICE    of hibari
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from visavis.core.errors import unknown
from visavis.core.files import written_whole
from visavis.core.onnx_door import onnx_package
from visavis.data.simulate.voices import engine
from visavis.export import spoken_line
from visavis.export.recorded_network import without_origins
from visavis.export.synthesis_graph import BINS, INPUTS, SynthesisGraph
from visavis.export.write import EXTRA, PURPOSE, record

VOICES = ("hibari",)
MANIFEST = "voice.json"
_PACKAGE = "hibari"
_FRAMES, _MOST_FRAMES = 8, 1 << 16
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Words:
    """The letters of `words.onnx`, see `engine.WordNetwork`."""

    read: tuple[str, ...]
    said: tuple[str, ...]
    longest: int


@dataclass(frozen=True)
class VoiceManifest:
    """voice.json. `letters`: the number of each of misaki's letters; `bytes`: of the files to be fetched, by name."""

    name: str
    rate: int
    bins: int
    letters: dict[str, int]
    words: Words
    bytes: dict[str, int]
    made_with: str
    format: str = "visavis-voice"
    version: int = 1


def require_voice(name: str) -> None:
    """Raise `VisavisError` for a name of no voice, and where hibari-tts is missing."""
    if name not in VOICES:
        raise unknown("voice of a page", name, VOICES)
    engine.hibari()


def write_voice(name: str, folder: Path) -> VoiceManifest:
    """Write a voice into a folder. Raises `VisavisError` like `require_voice`, where the extra `export` is missing, and
    for a place that cannot be written."""
    require_voice(name)
    network = engine.word_network()
    for source, target in ((engine.network_path(), "description.onnx"), (network.path, "words.onnx")):
        _copy(source, folder / target)
    for source in engine.licence_files():
        _copy(source, folder / source.name)
    with written_whole(folder / "synthesis.onnx") as temporary:
        onnx_package(EXTRA, PURPOSE).save(recorded_synthesis(), temporary)
    with written_whole(folder / "reading.zip") as temporary:
        _pack(temporary)
    files = ("description.onnx", "synthesis.onnx", "words.onnx", "reading.zip")
    manifest = VoiceManifest(
        name=name,
        rate=engine.RATE,
        bins=BINS,
        letters=engine.letter_table(),
        words=Words(network.read, network.said, network.longest),
        bytes={file: (folder / file).stat().st_size for file in files},
        made_with=f"visavis {version('visavis')}, hibari-tts {version('hibari-tts')}",
    )
    with written_whole(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(asdict(manifest), ensure_ascii=False), encoding="utf-8")
    return manifest


def recorded_synthesis() -> Any:
    """The onnx.ModelProto of `SynthesisGraph`, for any number of frames from 3 on."""
    frames = torch.export.Dim("frames", min=3, max=_MOST_FRAMES)
    places = {name: {1 if name == "f0" else 2: frames} for name in INPUTS}
    model = record(SynthesisGraph(), _described(_FRAMES), INPUTS, ("sound",), places)
    without_origins(model)
    return model


def _described(frames: int) -> tuple[torch.Tensor, ...]:
    spectra = (torch.zeros(1, BINS, frames) for _ in range(5))
    return (*spectra, torch.zeros(1, frames), torch.zeros(1, BINS, frames, 2))


def _copy(source: Path, target: Path) -> None:
    with written_whole(target) as temporary:
        shutil.copyfile(source, temporary)


def _pack(target: Path) -> None:
    files = {f"{_PACKAGE}/{name}": path.read_bytes() for name, path in engine.pronouncing_files().items()}
    files[f"{_PACKAGE}/__init__.py"] = b""
    files["spoken_line.py"] = Path(spoken_line.__file__).read_bytes()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content, zipfile.ZIP_DEFLATED)
