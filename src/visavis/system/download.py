"""Files from the network or a disk, checked before they are used: whole and as their SHA-256 says, or not at all.

A file lies in the cache under its checksum; what has come of an interrupted download is gone on with.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from visavis.core.errors import VisavisError

Progress = Callable[[int, int], None]
"""Told how many bytes of how many have come; 0 of all where the server does not say."""
CACHE = "VISAVIS_CACHE"
"""The variable that names another folder for downloads than ~/.cache/visavis."""
_TRIES = 4
_PATIENCE_S = 30
_PIECE = 1 << 20
_PARTIAL = 206
_UNSATISFIABLE = 416


def cache_folder() -> Path:
    """Where downloads lie: $VISAVIS_CACHE, or visavis in $XDG_CACHE_HOME, or ~/.cache/visavis."""
    told = os.environ.get(CACHE)
    return Path(told) if told else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "visavis"


def downloaded(url: str, name: str, sha256: str, progress: Progress | None = None) -> Path:
    """The file `name` at a URL (https, http or file), from the cache where it is there already.

    Its checksum is computed each time. Raises `VisavisError` where it cannot be had, is another file than the checksum
    says, or the cache cannot be written.
    """
    folder = cache_folder() / "weights" / sha256
    whole, part = folder / name, folder / f"{name}.part"
    try:
        if whole.is_file() and checksum(whole) == sha256:
            return whole
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f"{name}.{os.getpid()}.part"
        with suppress(FileNotFoundError):
            part.replace(mine)
        try:
            _fetch(url, mine, progress)
            found = checksum(mine)
            if found != sha256:
                mine.unlink()
                raise VisavisError(
                    f"{url} is another file than asked for: its SHA-256 is {found}, not {sha256}; it was thrown away, "
                    "check the address and the checksum"
                )
            mine.replace(whole)
        finally:
            with suppress(FileNotFoundError):
                mine.replace(part)
    except OSError as error:
        raise VisavisError(
            f"cannot keep {url} in {folder}: {error.strerror or error}; make room, or name another folder in {CACHE}"
        ) from error
    return whole


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            whole.update(piece)
    return whole.hexdigest()


def _fetch(url: str, place: Path, progress: Progress | None) -> None:
    """Bring a file to its end, going on where it broke off as long as something comes."""
    failures = 0
    while failures < _TRIES:
        before = place.stat().st_size if place.exists() else 0
        try:
            _go_on(url, place, before, progress)
        except urllib.error.HTTPError as error:
            if error.code == _UNSATISFIABLE and before:  # all of it had come, or it was a part of something else
                return
            raise _no_file(url, f"the server answers {error.code} {error.reason}") from error
        except urllib.error.URLError as error:
            reason = getattr(error.reason, "strerror", None) or error.reason
            last: tuple[str, Exception] = (str(reason), error)
        except (http.client.HTTPException, ConnectionError, TimeoutError, ValueError) as error:
            last = (str(error) or type(error).__name__, error)
        else:
            return
        came = place.stat().st_size if place.exists() else 0
        failures = failures + 1 if came <= before else 0
        if failures and not before:
            break
    raise _no_file(url, last[0]) from last[1]


def _go_on(url: str, place: Path, before: int, progress: Progress | None) -> None:
    """What is still to come of a file; from its beginning where the server does not give parts."""
    headers = {"User-Agent": "visavis", "Accept-Encoding": "identity"} | (
        {"Range": f"bytes={before}-"} if before else {}
    )
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_PATIENCE_S) as answer:
        came = before if getattr(answer, "status", None) == _PARTIAL else 0
        length = int(answer.headers.get("Content-Length") or 0)
        wanted = came + length if length else 0
        with place.open("r+b" if came else "wb") as file:
            file.seek(came)
            while piece := answer.read(_PIECE):
                file.write(piece)
                came += len(piece)
                if progress is not None:
                    progress(came, max(wanted, came))
    if came < wanted:
        raise ConnectionError(f"it broke off after {came:,} of {wanted:,} bytes")


def _no_file(url: str, reason: str) -> VisavisError:
    return VisavisError(
        f"cannot fetch {url}: {reason}; check the address and the network, or download it elsewhere and name the file"
    )
