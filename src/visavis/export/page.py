"""The live page as files for any web server, with a model that runs in the visitor's browser.

What stands in the folder:

    index.html, assets/, heads/, ...   the page of `visavis serve`, which says in its head where its model lies
    engine/ort/                        onnxruntime-web, of the page's build
    engine/model/                      manifest.json and a network, of `export_onnx`
    engine/samples/, samples.json      recordings that the agent can say
    engine/voice/, engine/pyodide/     a voice for typed lines (`voice`), and Pyodide, which reads them
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from visavis.core.errors import VisavisError
from visavis.core.files import require_place, written_whole
from visavis.data.shipped import shipped_conversation
from visavis.data.sound import write_sound
from visavis.export.manifest import MANIFEST, network_path, read_manifest, write_manifest
from visavis.export.voice import require_voice, write_voice
from visavis.export.write import export_onnx
from visavis.system.shipped import load_trainable

BUILT = Path(__file__).parent.parent / "assets" / "page"
ENGINE = "engine"
_HEAD = "<head>"
_TELL = f'<head>\n<meta name="visavis-engine" content="{ENGINE}/">'
_TELL_VOICE = '\n<meta name="visavis-voice" content="{}">'
_READER = "pyodide"
_SERVER = "Your voice goes to this server and nowhere else."
_NOBODY = "Your voice stays in this browser."
_WORKED_ON = (
    "Sound is worked on by the server that gave you this page; pictures of your camera never leave this browser."
)
_HERE = "Sound and pictures never leave this browser."
_SAMPLE = "A talk.wav"


def write_page(
    folder: Path, model: str, precision: str, built: Path | None = None, voice: str | None = None
) -> Iterator[str]:
    """Write the page into a folder, and tell what it holds.

    model: a name or folder of a model, which is exported, or a folder of `export_onnx`. voice: of typed lines, see
    `voice.VOICES`. Raises `VisavisError` where the page is not built or without what runs models, for an unknown
    model, precision or voice, for a missing extra, and a place that cannot be written.
    """
    built = BUILT if built is None else built
    require_place(folder / "index.html")
    parts = ("ort", *([_READER] if voice else []))
    if not (built / "index.html").is_file() or not all((built / ENGINE / part).is_dir() for part in parts):
        raise VisavisError(
            "the page is not built; python page/build_page.py in the sources builds it, with Node and npm"
        )
    if voice:
        require_voice(voice)
    place = folder / ENGINE / "model"
    if (Path(model) / MANIFEST).is_file():
        manifest = read_manifest(Path(model))
        network = manifest.network(precision)
        with written_whole(place / network.file) as temporary:
            shutil.copyfile(network_path(Path(model), network), temporary)
        write_manifest(replace(manifest, networks=(network,)), place)
    else:
        manifest = export_onnx(load_trainable(model), place, (precision,))
    if voice:
        write_voice(voice, folder / ENGINE / "voice")
    _copy_page(built, folder, voice)
    write_sound(shipped_conversation().agent_speech, folder / ENGINE / "samples" / _SAMPLE)
    with written_whole(folder / ENGINE / "samples.json") as temporary:
        temporary.write_text(f'["{_SAMPLE}"]\n', encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    spoken = f" and the voice {voice}" if voice else ""
    yield f"{folder}: the live page with {manifest.model} in {precision}{spoken}, {size / 1e6:.1f} MB"
    yield f"python -m http.server --directory {folder} 8000, and open http://localhost:8000"


def _copy_page(built: Path, folder: Path, voice: str | None) -> None:
    left = None if voice else shutil.ignore_patterns(_READER)
    try:
        shutil.copytree(built, folder, dirs_exist_ok=True, ignore=left)
    except (OSError, shutil.Error) as error:
        raise VisavisError(f"cannot write the page to {folder}: {error}; choose another place or make room") from error
    text = (built / "index.html").read_text(encoding="utf-8")
    head = _TELL + (_TELL_VOICE.format(voice) if voice else "")
    for old, new in ((_HEAD, head), (_SERVER, _NOBODY), (_WORKED_ON, _HERE), ('href="/icon.svg"', 'href="icon.svg"')):
        text = text.replace(old, new)
    with written_whole(folder / "index.html") as temporary:
        temporary.write_text(text, encoding="utf-8")
