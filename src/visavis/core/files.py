"""Writing files whole or not at all, and records as JSON."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from visavis.core.errors import VisavisError

_LONGEST_STEM = 100
"""Bytes; names of files have 255 at most."""


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, with its ending in small letters, renamed to `path` when the block succeeds.

    Folders above it are made. When the block fails nothing is left behind and an older file stays as it was.
    Raises `VisavisError` when the place cannot be written or the disk is full.
    """
    target = Path(path)
    temporary = target.with_name(f".{_short(target.stem)}.{os.getpid()}.tmp{target.suffix.lower()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise VisavisError(f"cannot write {target}: {reason}; choose another place or make room") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def require_place(path: Path) -> None:
    """Raise `VisavisError` if no file can be made at `path` (missing folders would be made)."""
    try:
        is_folder = path.is_dir()
        folder = next(parent for parent in path.absolute().parents if parent.exists())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VisavisError(f"cannot write {path}: {reason}; choose another place") from error
    if is_folder:
        problem = "is a folder"
    elif not folder.is_dir():
        problem = f"{folder} is not a folder"
    elif not os.access(folder, os.W_OK | os.X_OK):
        problem = f"{folder} may not be written to"
    else:
        return
    raise VisavisError(f"cannot write {path}: {problem}; choose another place")


def write_json(path: str | os.PathLike[str], data: Any) -> None:
    """Write plain data as readable JSON; raises `VisavisError` when the place cannot be written."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """The plain data of a JSON file that holds one record; raises `VisavisError` when it does not."""
    try:
        data = parsed_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VisavisError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise VisavisError(f"{path} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise VisavisError(f"{path} does not hold a record but {type(data).__name__}")
    return data


def parsed_json(text: str | bytes) -> Any:
    """The plain data of a JSON text; raises `ValueError` where it is none, or is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _short(stem: str) -> str:
    """A name that leaves room for more in a file's name, and is another one for another stem."""
    if len(os.fsencode(stem)) <= _LONGEST_STEM:
        return stem
    return f"{stem[:20]}-{hashlib.blake2b(os.fsencode(stem), digest_size=8).hexdigest()}"


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
