"""One map for many pieces of work: an engine takes a function and pieces, and gives the results as they come.

Who has work to share says so to an `Engine`, and never where it is done: in this process, in processes beside it
(`core.local_processes`), or on other machines. Results are the same for all of them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from visavis.core.errors import VisavisError

Piece = TypeVar("Piece")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """The result of piece number `index`."""

    index: int
    result: Result


class Engine(Protocol):
    """Where pieces of work are done."""

    def map(
        self, function: Callable[[Piece], Result], pieces: Iterable[Piece], *, named: Callable[[Piece], str] = str
    ) -> Iterator[Done[Result]]:
        """`function(piece)` of every piece as it is ready, with the piece's number (`in_order` puts them in order).

        Function, pieces and results can be pickled. Pieces are taken while earlier ones are worked on, only a few more
        than can be worked on at once, so that they may be made on the way. The first error ends the work: a
        `VisavisError` with the name of its piece, `WorkError` for any other exception, `WorkerLost` where no answer
        came. Work also ends where the iterator is closed or dropped.
        """
        ...


class WorkError(RuntimeError):
    """An exception that is no `VisavisError`, raised by the work on a named piece."""


class WorkerLost(VisavisError):
    """A process that worked on a named piece and ended without an answer."""


@dataclass(frozen=True)
class Failure:
    """An exception that the work on a piece raised, as text: `expected` if a `VisavisError`, else with its `trace`."""

    text: str
    expected: bool
    trace: str = ""

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """What is kept of an exception that is being handled."""
        if isinstance(error, VisavisError):
            return cls(str(error), True)
        return cls(f"{type(error).__name__}: {error}", False, traceback.format_exc())

    def error(self, name: str) -> VisavisError | WorkError:
        """The error that names the piece."""
        text = f"{name}: {self.text}"
        return VisavisError(text) if self.expected else WorkError(f"{text}\n\n{self.trace}".strip())


def attempt(function: Callable[[Any], Any], piece: Any) -> Any:
    """`function(piece)`, or a `Failure` in the place of an exception."""
    try:
        return function(piece)
    except Exception as error:
        return Failure.of(error)


def in_order(done: Iterable[Done[Result]]) -> Iterator[Result]:
    """Results in the order of their pieces; one that comes early is kept until all before it are there."""
    early: dict[int, Result] = {}
    following = 0
    for one in done:
        early[one.index] = one.result
        while following in early:
            yield early.pop(following)
            following += 1
