"""Builds the documentation site into site/: python docs/site/build.py

Pages lie as they do in the repository, so that their links to one another are the same here and there. What a command
takes is told by its own parser, what a module does by its docstrings. Any warning, such as of a link to nowhere, is an
error.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
PACKAGES = {
    "core": "The words: clock, motion spaces, people and steps, what a model says of itself, errors.",
    "data": "Files to clips: recordings, motion, checks, simulated conversations.",
    "encode": "Speech encoders, voice activity, who speaks in a mix.",
    "analysis": "What motion does: nods, gaze, lips, states.",
    "layers": "Parts of networks.",
    "sampling": "Drawing: processes, solvers, guidance.",
    "models": "TIMAR, DualTalk, ARIG, Talking Together.",
    "streaming": "Live: sessions, playout, dials.",
    "system": "The whole: load, generate, save.",
    "export": "ONNX networks and the page without a server.",
    "training": "Learning, and recipes.",
    "validate": "Metrics, benchmarks, reports.",
    "view": "Faces: films, players, plots, exports.",
    "wire": "Server, agents, live outputs.",
}
COLUMNS = "100"


def main() -> int:
    """Lays out the pages and builds the site; the exit status."""
    sources = SITE / "sources"
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", sources / "docs", ignore=shutil.ignore_patterns("site", "__pycache__"))
    for page in (*ROOT.glob("*.md"), ROOT / "LICENSE", ROOT / "CITATION.cff"):
        shutil.copy(page, sources)
    for page in (path for folder in ("src", "examples") for path in (ROOT / folder).rglob("*.[mp][dy]")):
        target = sources / page.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(page, target)
    (sources / "docs" / "commands.md").write_text(commands(), encoding="utf-8")
    (sources / "docs" / "api").mkdir()
    (sources / "docs" / "api" / "index.md").write_text(api_index(), encoding="utf-8")
    for package in PACKAGES:
        (sources / "docs" / "api" / f"{package}.md").write_text(api(package), encoding="utf-8")
    html = SITE / "html"
    strict = ["-W", "--keep-going", "-q", "-b", "html", "-c", str(Path(__file__).parent)]
    status = subprocess.run([sys.executable, "-m", "sphinx", *strict, str(sources), str(html)], check=False).returncode
    if status == 0:
        shutil.copy(html / "README.html", html / "index.html")
        print(f"{html / 'index.html'}: {sum(1 for _ in html.rglob('*.html'))} pages")
    return status


def commands() -> str:
    """Every command, as `visavis COMMAND --help` tells it."""
    from visavis import cli

    parts = [
        "# Every command",
        "What `visavis COMMAND --help` says; [command.md](command.md) tells how they go together.",
    ]
    for name in cli.COMMANDS:
        parts.append(f"## {name}\n\n```text\n{_help(name)}\n```")
    return "\n\n".join(parts) + "\n"


def _help(name: str) -> str:
    from visavis import cli

    os.environ.update({"COLUMNS": COLUMNS, "NO_COLOR": "1", "TERM": "dumb"})
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        cli.main([name, "--help"])
    text = re.sub(r"\x1b\[[0-9;]*m", "", said.getvalue())
    if f"visavis {name}" not in text:
        sys.exit(f"visavis {name} --help says nothing of itself: {text[:200]}")
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def api_index() -> str:
    """The page that leads to the packages."""
    names = "\n".join(PACKAGES)
    told = "\n".join(f"- [{name}]({name}.md): {what}" for name, what in PACKAGES.items())
    return (
        "# API reference\n\nMost work needs `visavis.load`, `System.generate` ([system](system.md)) and `Session` "
        "([streaming](streaming.md)). Packages in the order of their imports; [architecture](../architecture.md) tells "
        f"what each is for.\n\n{told}\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    )


def api(package: str) -> str:
    """A page of every public module of a package."""
    folder = ROOT / "src" / "visavis" / package
    modules = sorted(
        path for path in folder.rglob("*.py") if not any(part.startswith("_") for part in path.relative_to(ROOT).parts)
    )
    parts = [f"# {package}", PACKAGES[package]]
    for path in modules:
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        parts.append(f"## {name.removeprefix('visavis.')}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
