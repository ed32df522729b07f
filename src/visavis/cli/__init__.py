"""The command `visavis`: parse, call, print. Heavy imports happen inside the commands, so that help comes at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import tyro

from visavis.cli.learning import check, models, recordings, simulate, train
from visavis.cli.making import convert, convert_checkpoint, demo, generate
from visavis.cli.measuring import bench, compare, evaluate, score
from visavis.core.config import gather_overrides
from visavis.core.errors import VisavisError

_MAKING = (demo, generate, convert, convert_checkpoint)
_LEARNING = (simulate, recordings, check, train, models)
_MEASURING = (evaluate, score, compare, bench)
COMMANDS: dict[str, Callable[..., int | None]] = {
    command.__name__.replace("_", "-"): command for command in (*_MAKING, *_LEARNING, *_MEASURING)
}


_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end the command; Windows has no SIGHUP."""


class _Stopped(BaseException):
    """The command was told to end by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status: 0, 2 after bad input, 128 and the number of a signal that ended it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with _ended_by_signals():
            return _run(given)
    except VisavisError as error:
        print(f"visavis: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, _Stopped) as stopped:
        print("visavis: stopped", file=sys.stderr)
        return stopped.status if isinstance(stopped, _Stopped) else 130


def _run(given: list[str]) -> int:
    """Parse and run the command; its exit status."""
    if given[:1] == ["train"]:
        given = gather_overrides(given)
    status: int | None = tyro.extras.subcommand_cli_from_dict(
        COMMANDS,
        prog="visavis",
        description="Two people talk; visavis moves the face of one of them.",
        args=given,
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    return status or 0


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
