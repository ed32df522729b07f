"""The command `visavis`: parse, call, print. Heavy imports happen inside the commands, so that help comes at once."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from functools import partial, wraps
from types import FrameType
from typing import Any

import tyro

from visavis.cli.analysing import states
from visavis.cli.exporting import export_onnx, page
from visavis.cli.learning import check, recordings, simulate, train
from visavis.cli.listing import models
from visavis.cli.live import live
from visavis.cli.making import convert, convert_checkpoint, demo, generate
from visavis.cli.measuring import bench, compare, evaluate, score
from visavis.cli.serving import serve
from visavis.core.config import gather_overrides
from visavis.core.errors import VisavisError

_MAKING = (demo, generate, states, convert, convert_checkpoint, live, serve, export_onnx, page)
_LEARNING = (simulate, recordings, check, train, models)
_MEASURING = (evaluate, score, compare, bench)
COMMANDS: dict[str, Callable[..., int | None]] = {
    command.__name__.replace("_", "-"): command for command in (*_MAKING, *_LEARNING, *_MEASURING)
}


_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end the command; Windows has no SIGHUP."""


_CLOSED = (errno.ENOSPC, errno.EPIPE, errno.EIO)
"""What is wrong with a standard output on a full disk, and with one that nobody reads any more."""
_FRAME = {ord(old): new for old, new in zip("╭╮╰╯│─", "     -", strict=True)}
"""The frame that the parser draws where the terminal has such letters -> the one that it draws elsewhere."""
_WHOLE_RECORD = re.compile(r"^Error parsing __tyro-dummy-inner__\S*: ")
"""How the parser begins to say that options are impossible that belong to one record."""
_HELP_INDENT = " " * 10
"""The parser sets the help of an option this far in."""


class _Stopped(BaseException):
    """The command was told to end by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status: 0, 2 after bad input, 128 and the number of a signal that ended it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started the command
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        with _ended_by_signals():
            status = _run(given)
            sys.stdout.flush()
            return status
    except OSError as error:
        if error.filename is not None:
            shown = os.fspath(error.filename)
            _tell(f"error: cannot use {shown}: {error.strerror}; check the path")
            return 2
        if error.errno not in _CLOSED:
            raise
        _leave(1)
        if error.errno == errno.EPIPE:
            return 128 + signal.SIGPIPE
        _tell(f"error: cannot write to standard output: {error.strerror}")
        return 2
    except VisavisError as error:
        _tell(f"error: {' '.join(str(error).split())}")
        return 2
    except (KeyboardInterrupt, _Stopped) as stopped:
        _tell("stopped")
        return stopped.status if isinstance(stopped, _Stopped) else 130


def _tell(text: str) -> None:
    """A line on standard error, where that takes it."""
    try:
        print(f"visavis: {text}", file=sys.stderr, flush=True)
    except OSError:
        _leave(2)


def _leave(stream: int) -> None:
    """What is still to be written to a standard stream that takes nothing goes nowhere, also when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


def _run(given: list[str]) -> int:
    """Parse and run the command; its exit status."""
    if given == ["--version"]:
        from visavis import __version__

        print(f"visavis {__version__}")
        return 0
    if given[:1] == ["train"]:
        given = gather_overrides(given)
    return _parsed(given)() or 0


def _parsed(given: list[str]) -> Callable[[], int | None]:
    """The command with its arguments. Raises `VisavisError` where they make no sense."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            parsed: Callable[[], int | None] = tyro.extras.subcommand_cli_from_dict(
                {name: _deferred(command) for name, command in COMMANDS.items()},
                prog="visavis",
                description="Two people talk; visavis moves the face of one of them, or of both.",
                args=given,
                config=(tyro.conf.FlagCreatePairsOff,),
            )
    except SystemExit as stopped:
        if not stopped.code:
            raise
        command = f"visavis {given[0]}" if given and given[0] in COMMANDS else "visavis"
        raise VisavisError(f"{_in_a_line(said.getvalue())}; {command} --help says what is possible") from None
    return parsed


def _deferred(command: Callable[..., int | None]) -> Callable[..., Any]:
    """A command that, once parsed, only waits to be run."""
    return wraps(command)(lambda *given, **named: partial(command, *given, **named))


def _in_a_line(said: str) -> str:
    """What the parser has against the arguments, without its title, the help of options, and what it tried."""
    title, _, rest = said.translate(_FRAME).partition("\n")
    sections = re.split(r"^ *-{9,} *$", rest, flags=re.MULTILINE)
    problems = []
    for section in sections:
        told = section.partition("Got errors:")[0]
        lines = [line for line in told.splitlines() if not line.startswith(_HELP_INDENT)]
        text = _WHOLE_RECORD.sub("", " ".join(" ".join(lines).split()))
        if text and not text.startswith(("For full helptext", "Argument helptext")):
            problems.append(text.rstrip("."))
    return "; ".join(problems) or title.strip(" -")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Within, signals that would end the process at once unwind it, so that half-written files are removed.

    A signal that is ignored (`nohup`) stays so; only the main thread can take signals.
    """

    def stop(number: int, _: FrameType | None) -> None:
        raise _Stopped(number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in _ENDINGS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
