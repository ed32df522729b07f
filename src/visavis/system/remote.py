"""Models that do not ship, by their address and checksum.

    https://HOST/TIMAR.pth#sha256=HEX           a published checkpoint
    https://HOST/FOLDER/SHA256SUMS#sha256=HEX   a model folder: `sha256sum recipe.json *.safetensors > SHA256SUMS`
    hf:OWNER/NAME[@REVISION][/FILE]#sha256=HEX  the same from the Hugging Face hub; FILE is SHA256SUMS unless named

http: and file: are taken, too. The checksum is that of the file that is named; a SHA256SUMS holds those of the others.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from visavis.core.errors import VisavisError
from visavis.system.download import Progress, cache_folder, downloaded
from visavis.system.folder import RECIPE, SPEECH, WEIGHTS

SUMS = "SHA256SUMS"
HUB = "HF_ENDPOINT"
"""The variable that names another hub than https://huggingface.co."""
_ADDRESS = re.compile(r"(https?|file|hf):", re.IGNORECASE)
_HUB_FILE = re.compile(r"hf:(?://)?([\w.-]+/[\w.-]+)(?:@([^/\s]+))?(?:/(\S+))?", re.IGNORECASE)
_CHECKSUM = re.compile(r"sha256=([0-9a-f]{64})", re.IGNORECASE)
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](?:\./)?(\S+)")
_NAME = re.compile(r"[\w][\w.+-]*")
_NEEDED, _FILES = (RECIPE, WEIGHTS), (RECIPE, WEIGHTS, SPEECH)
_MOST_SUMS = 65_536


@dataclass(frozen=True)
class Address:
    """Where a file is, and what its SHA-256 must be."""

    url: str
    name: str
    sha256: str


def is_address(model: str) -> bool:
    """Whether a model is named by an address, not by a name or a place on this disk."""
    return _ADDRESS.match(model) is not None


def parsed(model: str) -> Address:
    """An address in its parts; raises `VisavisError` for one that lacks a part, the checksum above all."""
    place, _, fragment = model.partition("#")
    given = _CHECKSUM.fullmatch(fragment)
    if given is None:
        raise VisavisError(
            f"{model} has no checksum; write {place}#sha256= and the 64 digits that who publishes it states "
            "(sha256sum FILE prints them)"
        )
    url = _on_hub(place) if place.lower().startswith("hf:") else place
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    if not _NAME.fullmatch(name):
        raise VisavisError(f"{place} names no file; give one, such as https://HOST/TIMAR.pth or .../{SUMS}")
    return Address(url, name, given[1].lower())


def fetched(model: str, progress: Progress | None = None) -> Path:
    """The file or the model folder of an address, from the cache where it is there; every checksum is computed anew.

    `progress(bytes, of all)` follows a download. Raises `VisavisError` for an address that is none, and where something
    cannot be had or is another file than its checksum says.
    """
    address = parsed(model)
    path = downloaded(address.url, address.name, address.sha256, progress)
    if address.name != SUMS:
        return path
    sums = _sums(path, address.url)
    folder = cache_folder() / "models" / address.sha256
    for name in _FILES:
        if name not in sums:
            continue
        found = downloaded(f"{address.url.rpartition('/')[0]}/{name}", name, sums[name], progress)
        _place(found, folder / name)
    return folder


def _on_hub(place: str) -> str:
    found = _HUB_FILE.fullmatch(place)
    if found is None:
        raise VisavisError(f"{place} is no address on the hub; write hf:OWNER/NAME, hf:OWNER/NAME@REVISION or .../FILE")
    name, revision, file = found[1], found[2] or "main", found[3] or SUMS
    hub = os.environ.get(HUB, "https://huggingface.co").rstrip("/")
    return f"{hub}/{name}/resolve/{quote(revision, safe='')}/{quote(file)}"


def _sums(path: Path, url: str) -> dict[str, str]:
    """The files of a model folder and their checksums; others that the list names are left."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size <= _MOST_SUMS else ""
    lines = [_LINE.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    sums = {line[2]: line[1].lower() for line in lines if line is not None}
    missing = [name for name in _NEEDED if name not in sums]
    if None in lines or missing:
        lacking = f"lacks {' and '.join(missing)}" if missing else "has lines that are none of sha256sum's"
        raise VisavisError(f"{url} {lacking}; sha256sum {RECIPE} *.safetensors > {SUMS} makes one")
    return sums


def _place(found: Path, target: Path) -> None:
    """The same file at its place in a model folder."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            os.link(found, temporary)
        except OSError:
            temporary.symlink_to(found.resolve())
        temporary.replace(target)
        temporary.unlink(missing_ok=True)
    except OSError as error:
        raise VisavisError(f"cannot write {target}: {error.strerror or error}; make room in the cache") from error
