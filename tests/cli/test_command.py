from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import visavis
from tests.cli.command import run
from visavis import cli
from visavis.view.formats import FORMATS

LONG = "x" * 260


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("generate", "--bogus"), "Missing value for argument 'user'. Expected 1 values; visavis generate --help says"),
        (("bogus",), "Unrecognized options: bogus; Available subcommands: demo, generate, states, convert, "),
        ((), "Expected one of {demo, generate, states, convert, "),
        (
            ("generate", "u.wav", "a.wav"),
            "Missing from visavis generate: --out F [F ...]; visavis generate --help says",
        ),
        (("convert", "m.npz", "--ou", "x"), "--out F [F ...]; Unrecognized options: --ou x; visavis convert --help"),
        (("convert", "m.npz", "--out", "m.csv", "--fps", "x"), "Error parsing --fps: no type matching {None}|FLOAT"),
        (
            ("simulate", "d", "--minutes", "1", "--split", "x"),
            "invalid choice 'x' for argument '--split'. Expected one of",
        ),
    ],
)
def test_a_command_that_makes_no_sense_is_one_line_and_status_2(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("visavis: error: ")
    assert error.count("\n") == 1
    assert said in error


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"visavis {visavis.__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", visavis.__version__)
    assert {*visavis.__all__, "__version__"} <= set(dir(visavis))


@pytest.mark.parametrize("command", ["generate", "convert"])
def test_help_names_every_ending(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    told = capsys.readouterr().out
    assert [ending for ending in FORMATS if f" {ending}" not in told] == []


def into(place: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """`visavis models` with its standard output in a file, in an encoding."""
    code = "import sys; from visavis import cli; cli.COMMANDS['say'] = lambda: print('caf\\u00e9'); "
    with open(place, "w") as out:
        return subprocess.run(
            [sys.executable, "-c", code + "sys.exit(cli.main(['say']))"],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            check=False,
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_standard_output_is_one_line() -> None:
    done = into("/dev/full")
    problem = "visavis: error: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, problem)


def test_letters_that_standard_output_cannot_hold_are_replaced(tmp_path: Path) -> None:
    done = into(str(tmp_path / "told"), "ascii")
    assert (done.returncode, done.stderr, (tmp_path / "told").read_text()) == (0, "", "caf?\n")


@pytest.mark.parametrize(
    ("redirected", "status"),
    [("--version >&-", 0), ("--version 2>&-", 0), ("bogus >&-", 2), ("bogus 2>&-", 2), ("bogus 2>/dev/full", 2)],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_streams_that_are_closed_or_full_change_no_status(redirected: str, status: int) -> None:
    line = f"{shlex.quote(sys.executable)} -c 'import sys; from visavis import cli; sys.exit(cli.main())' {redirected}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert (done.stdout == "") == (redirected != "--version 2>&-")


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


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", LONG, LONG, "--out", "a.npz"),
        ("generate", "user.wav", "agent.wav", "--model", LONG, "--out", "a.npz"),
        ("generate", "user.wav", "agent.wav", "--model", "model", "--out", f"{LONG}.npz"),
        ("convert", "motion.npz", "--out", "a.glb", "--head", f"{LONG}.glb"),
        ("check", LONG),
        ("evaluate", "model", "--data", LONG),
        ("compare", LONG),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_name_that_is_too_long_is_one_line(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.match("visavis: error: .*(File name too long|is not a folder|no such file)", error)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has neither signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_leaves_nothing_half_written(tmp_path: Path, number: int) -> None:
    """It has written half of a file when the signal comes; neither the file nor a temporary one is left."""
    code = f"""
import signal, sys, time
from visavis import cli
from visavis.core.files import written_whole

def wait():
    \"\"\"Wait.\"\"\"
    with written_whole({str(tmp_path / "film.mp4")!r}) as temporary:
        temporary.write_text("half")
        print("here", flush=True)
        time.sleep(60)

signal.signal({int(number)}, signal.SIG_DFL)
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
