"""Builds the wheel, installs it into an empty environment and does there what the README says first.

python .ci/wheel_test.py [WHEEL]

Without WHEEL it is built. Needs a package index, and npm's registry for the page inside the wheel (without it the page
is not tested); nothing else of the machine: the environment sees no PYTHONPATH, no checkout and no other environment.
Prints how much is installed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
INSIDE = (
    "visavis/py.typed",
    "visavis/assets/player/player.js",
    "visavis/assets/demo/user.flac",
    "visavis/assets/speakers/segmentation.safetensors",
    "visavis/assets/models/timar-small/model.safetensors",
    "visavis/assets/models/arig-small/speech.safetensors",
    "/licenses/LICENSE",
    "/licenses/THIRD_PARTY_NOTICES.md",
)
PAGE = "visavis/assets/page/index.html"
MOST_MB = 90
PATIENCE_S = 180


def main() -> None:
    """Runs it all; ends with an error where anything is not as it should be."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        wheel = Path(sys.argv[1]).resolve() if sys.argv[1:] else built(folder)
        has_page = look_inside(wheel)
        venv.create(folder / "empty", with_pip=True)
        install(folder, str(wheel))
        tell_size(folder)
        demo_and_generate(folder)
        refuses(folder, ["serve", "--port", "0"], "pip install 'visavis[serve]'")
        refuses(folder, ["page", "page"], "pip install 'visavis[export]'")
        install(folder, f"{wheel}[serve]")
        serve(folder, has_page)
    print(f"the wheel works in an empty environment; {time.monotonic() - began:.0f} s")


def built(folder: Path) -> Path:
    """The wheel of this checkout."""
    run([sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--quiet", "-w", str(folder)], folder)
    (wheel,) = folder.glob("visavis-*.whl")
    return wheel


def look_inside(wheel: Path) -> bool:
    """Everything that ships is inside, and nothing that does not. Whether the live page is, which npm alone gives."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [one for one in INSIDE if not any(name.endswith(one) for name in names)]
    strange = [name for name in names if not name.startswith("visavis") or "node_modules" in name]
    size = wheel.stat().st_size / 1e6
    require(not missing, f"{wheel.name} lacks {missing}")
    require(not strange, f"{wheel.name} holds {strange[:5]}")
    require(size <= MOST_MB, f"{wheel.name} has {size:.1f} MB, more than {MOST_MB}")
    has_page = any(name.endswith(PAGE) for name in names)
    print(f"{wheel.name}: {size:.1f} MB, {'with' if has_page else 'WITHOUT'} the live page")
    return has_page


def install(folder: Path, what: str) -> None:
    """Installs into the empty environment, at the versions that the tests ran with."""
    pins = str(ROOT / "constraints.txt")
    run([python(folder), "-m", "pip", "install", "--quiet", "-c", pins, what], folder)


def tell_size(folder: Path) -> None:
    """Prints how much a bare install takes, with torch and without."""
    (packages,) = (folder / "empty").glob("lib/python*/site-packages")
    sizes: dict[str, int] = {}
    for path in packages.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            top = path.relative_to(packages).parts[0].partition("-")[0]
            sizes[top] = sizes.get(top, 0) + path.stat().st_size
    whole = sum(size for name, size in sizes.items() if name not in ("pip", "setuptools")) / 1e6
    heavy = sum(size for name, size in sizes.items() if name in ("torch", "torchgen", "functorch", "nvidia")) / 1e6
    print(f"a bare install: {whole:.0f} MB, without torch {whole - heavy:.0f} MB")


def demo_and_generate(folder: Path) -> None:
    """The demonstration makes what it can and names the rest; two voices become motion, a page and a head."""
    done = run([command(folder), "demo", "--out", "demo"], folder)
    made = {path.name for path in (folder / "demo").iterdir()}
    require(made == {"agent.npz", "agent.csv", "conversation.html"}, f"the demonstration made {made}")
    for left in ("conversation.mp4", "conversation.png"):
        named = any(left in line and "visavis[view]" in line for line in done.stderr.splitlines())
        require(named, f"the demonstration did not name {left}: {done.stderr}")
    (shipped,) = (folder / "empty").glob("lib/python*/site-packages/visavis/assets/demo")
    voices = [str(shipped / f"{name}.flac") for name in ("user", "agent")]
    files = ["agent.npz", "agent.csv", "agent.bvh"]
    run([command(folder), "generate", *voices, "--model", "arig-small", "--out", *files], folder)
    for name in files:
        require((folder / name).stat().st_size > 10_000, f"{name} is empty")


def refuses(folder: Path, arguments: list[str], told: str) -> None:
    """What needs an extra says so in one line, with status 2."""
    done = subprocess.run(
        [command(folder), *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    fits = done.returncode == 2 and told in done.stderr and done.stderr.count("\n") == 1
    require(fits, f"visavis {arguments[0]} ended with {done.returncode}: {done.stderr}")


def serve(folder: Path, has_page: bool) -> None:
    """The live server says that it is well, and gives its page where the wheel has one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [command(folder), "serve", "--port", str(port)], cwd=folder, env=environment(), stderr=log
        )
    try:
        told = json.loads(fetched(server, f"http://127.0.0.1:{port}/health", folder))
        require(told == {"status": "ok", "conversations": 0}, f"the server's health is {told}")
        if has_page:
            require("<html" in fetched(server, f"http://127.0.0.1:{port}/", folder), "the server gave no page")
    finally:
        server.terminate()
        server.wait(timeout=30)


def fetched(server: subprocess.Popen[bytes], address: str, folder: Path) -> str:
    """What a server says at an address, as soon as it does."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return str(answer.read().decode())
        except OSError as error:
            ended = server.poll() is not None or time.monotonic() > until
            require(not ended, f"{address}: {error}; {(folder / 'server.log').read_text()}")
            time.sleep(0.3)


def run(line: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program in the empty environment; ends the test with what it said where it fails."""
    done = subprocess.run(line, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{' '.join(line)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def environment() -> dict[str, str]:
    """The machine's variables without those that lead into a checkout or another environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def python(folder: Path) -> str:
    """The interpreter of the empty environment."""
    return str(folder / "empty" / "bin" / "python")


def command(folder: Path) -> str:
    """The command of the empty environment."""
    return str(folder / "empty" / "bin" / "visavis")


def require(holds: bool, problem: str) -> None:
    """Ends the test with a problem unless it holds."""
    if not holds:
        sys.exit(f"wheel test: {problem}")


if __name__ == "__main__":
    main()
