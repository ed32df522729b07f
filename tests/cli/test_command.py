from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.command import run
from visavis import cli


@pytest.mark.parametrize("arguments", [("generate", "--bogus"), ("bogus",), (), ("generate", "u.wav", "a.wav")])
def test_a_command_that_makes_no_sense_ends_with_status_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert capsys.readouterr().err != ""


@pytest.mark.parametrize("command", ["", *cli.COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command.split(), "--help") == 0
    assert f"usage: visavis {command}".rstrip() in capsys.readouterr().out


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "visavis", "generate", "nobody.wav", "nobody.wav", "--out", "a.xyz"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("visavis: error: a.xyz: motion cannot be written to .xyz")
