"""What is given out: one version everywhere, a container whose lines hold, a site that leaves no page out."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest

from visavis import cli

ROOT = Path(__file__).parents[1]
DOCKER = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = [
    line.partition(" ")[::2]
    for line in re.sub(r"^#.*\n", "", DOCKER, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    if line.strip()
]


def project() -> dict[str, object]:
    tomllib = pytest.importorskip("tomllib", reason="comes with Python 3.11")
    told: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return told


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "site" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_the_version_is_the_same_everywhere() -> None:
    version = project()["version"]
    cited = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    dated = re.search(r"^date-released: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    changed = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert dated is not None
    assert cited[1] == version
    assert f"{version} ({dated[1]})" in changed
    assert f"{str(version).rpartition('.')[0]}.x" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_the_notices_go_into_the_wheel() -> None:
    assert project()["license-files"] == ["LICENSE", "THIRD_PARTY_NOTICES.md"]


def test_the_container_copies_what_is_there_and_all_that_the_build_reads() -> None:
    copied = [
        word for step, rest in STEPS if step == "COPY" and "--from" not in rest for word in shlex.split(rest)[:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    told = project()
    needed = {"pyproject.toml", "MANIFEST.in", "src", "page", "player", str(told["readme"])}
    needed |= set(map(str, told["license-files"]))  # type: ignore[call-overload]
    assert needed <= set(copied)
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert not needed & set(left_out)


def test_the_container_runs_the_server_without_rights_and_the_command_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [step for step, _ in STEPS]
    told = dict(STEPS)
    assert told["USER"] == "visavis"
    assert names.index("USER") > max(place for place, name in enumerate(names) if name == "RUN")
    line = json.loads(told["ENTRYPOINT"]) + json.loads(told["CMD"])
    assert line[:2] == ["visavis", "serve"]
    seen: list[tuple[str, int]] = []

    def told_to_serve(*, host: str, port: int, **_: object) -> None:
        seen.append((host, port))

    monkeypatch.setitem(cli.COMMANDS, "serve", functools.wraps(cli.COMMANDS["serve"])(told_to_serve))
    assert cli.main(line[1:]) == 0
    assert seen == [("0.0.0.0", int(told["EXPOSE"]))]
    assert f"127.0.0.1:{told['EXPOSE']}/health" in told["HEALTHCHECK"]


def test_the_container_has_the_torch_of_the_constraints_and_a_python_that_is_told_of() -> None:
    pinned = re.search(r"^torch==.*$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    assert any(step == "RUN" and pinned[0] in rest for step, rest in STEPS)
    unset = dict(rest.partition("=")[::2] for step, rest in STEPS if step == "ARG")
    images = {rest.split()[0] for step, rest in STEPS if step == "FROM"}
    assert images == {"python:${PYTHON}-slim"}
    told = project()
    assert f"Programming Language :: Python :: {unset['PYTHON']}" in told["classifiers"]  # type: ignore[operator]
    assert set(unset["EXTRAS"].split(",")) <= set(told["optional-dependencies"])  # type: ignore[call-overload]


def test_the_site_lists_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tomllib", reason="comes with Python 3.11")
    contents = loaded("conf", monkeypatch).CONTENTS
    listed = set(re.findall(r"^(?:docs/)?[\w/]+$", contents, re.MULTILINE))
    pages = {path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages | {"CONTRIBUTING", "CHANGELOG", "SECURITY", "THIRD_PARTY_NOTICES"} <= listed
    assert listed - pages <= {
        "docs/commands", "docs/api/index", "CONTRIBUTING", "CHANGELOG", "SECURITY", "THIRD_PARTY_NOTICES",
        "src/visavis/assets/demo/README", "src/visavis/assets/speakers/README",
    }  # fmt: skip


def test_the_site_tells_every_command_by_its_own_help(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.setenv(name, "")
    text = loaded("build", monkeypatch).commands()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(cli.COMMANDS)
    assert "\x1b" not in text
    for option in ("--user-motion", "--weights", "--split", "--init-from", "--measure"):
        assert option in text


def test_the_reference_has_every_package_and_every_module(monkeypatch: pytest.MonkeyPatch) -> None:
    build = loaded("build", monkeypatch)
    packages = {path.parent.name for path in (ROOT / "src" / "visavis").glob("*/__init__.py")}
    assert set(build.PACKAGES) == packages - {"cli"}
    assert ".. automodule:: visavis.system.shipped" in build.api("system")
    assert ".. automodule:: visavis.wire.server.run" in build.api("wire")
    assert "automodule:: visavis.system.bench.report" in build.api("system")


def test_docstrings_are_shown_as_they_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    conf = loaded("conf", monkeypatch)
    lines = ["A `name` of *two* a_ b|c.", "- no list", "", "    indented `as` is", "      more", "", "After `it`."]
    conf._as_written(None, "", "", None, None, lines)
    assert lines == [
        r"A ``name``\  of \*two\* a\_ b\|c.", r"\- no list", "",
        ".. code-block:: text", "", "        indented `as` is", "          more", "",
        r"After ``it``\ .", "",
    ]  # fmt: skip
