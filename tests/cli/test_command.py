from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has neither signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_leaves_nothing_half_written(tmp_path: Path, number: int) -> None:
    """It has written half of a file when the signal comes; neither the file nor a temporary one is left."""
    code = f"""
import sys, time
from visavis import cli
from visavis.core.files import written_whole

def wait():
    \"\"\"Wait.\"\"\"
    with written_whole({str(tmp_path / "film.mp4")!r}) as temporary:
        temporary.write_text("half")
        print("here", flush=True)
        time.sleep(60)

cli.COMMANDS["wait"] = wait
sys.exit(cli.main(["wait"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "here\n"
        assert len(list(tmp_path.iterdir())) == 1
        one.send_signal(number)
        _, said = one.communicate(timeout=60)
    assert (one.returncode, said) == (128 + number, "visavis: stopped\n")
    assert list(tmp_path.iterdir()) == []
