"""Bounds of numbers: what the keys of a config and the options of a command may be, said where they are declared.

lr: Annotated[float, Bounds(0, 1, without_least=True)] = 1e-3
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from visavis.core.errors import VisavisError

if TYPE_CHECKING:
    import numpy as np

MOST_SEED = 2**62
LOUDEST = 10.0
"""The largest sample of sound that a model is given: 20 dB above full scale."""
FARTHEST = 100.0
"""The largest number of motion, or of a signal, that a model is given, in its space's units."""


@dataclass(frozen=True)
class Bounds:
    """The numbers from `least` to `most`, with or without these themselves; NaN is in none."""

    least: float
    most: float
    without_least: bool = False
    without_most: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number lies within."""
        above = self.least < number or (number == self.least and not self.without_least)
        return above and (number < self.most or (number == self.most and not self.without_most))

    def require(self, what: str, number: float) -> None:
        """Raises `VisavisError` for a number outside, naming `what` it is."""
        if not self.holds(number):
            raise VisavisError(f"{what} cannot be {number}; it is {self}")

    def __str__(self) -> str:
        least = f"{'above' if self.without_least else 'at least'} {self.least:,}"
        return f"{least} and {'below' if self.without_most else 'at most'} {self.most:,}"


Size = Annotated[int, Bounds(1, 65_536)]
"""Of a part of a network, or a number of frames or turns."""
Depth = Annotated[int, Bounds(1, 1024)]
"""Layers, or heads of attention."""
OptionalDepth = Annotated[int, Bounds(0, 1024)]
"""Layers; 0: none."""
OptionalSize = Annotated[int, Bounds(0, 65_536)]
"""A number of frames or turns; 0: none."""
Steps = Annotated[int, Bounds(0, 1_000_000_000)]
"""Steps of a training; 0: never."""
OneStep = Annotated[int, Bounds(1, 1_000_000_000)]
"""Steps of a training, one at least."""
Share = Annotated[float, Bounds(0, 1)]
"""A part of a whole, or a chance."""
Rate = Annotated[float, Bounds(0, 1, without_least=True)]
"""How fast something follows, a step."""
Weight = Annotated[float, Bounds(0, 1000)]
"""What a part of a loss is multiplied by."""
Deviation = Annotated[float, Bounds(0, 10)]
"""Of noise, in units of the deviation of what it is added to."""
Guidance = Annotated[float, Bounds(0, 20)]
"""1: plain."""
Gain = Annotated[float, Bounds(0, 10)]
"""How many times something is added; 0: never."""
Decibels = Annotated[float, Bounds(-200, 200)]
Seed = Annotated[int, Bounds(0, MOST_SEED)]
"""Of a training."""
SEEDS = Bounds(-MOST_SEED, MOST_SEED)
"""Of what is drawn."""


def require_within(kind: type, name: str, value: Any, what: str) -> None:
    """Raises `VisavisError` where a value of field `name` of a config class leaves its stated bounds.

    what: how the error names it. Fields without stated bounds may be anything.
    """
    bounds = bounds_of(kind, name)
    if bounds is None:
        return
    for number in value if isinstance(value, (tuple, list)) else (value,):
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            bounds.require(what, number)


def require_bounds(config: Any) -> None:
    """Raises `VisavisError` where a number of a config leaves its stated bounds."""
    for field in dataclasses.fields(config):
        require_within(type(config), field.name, getattr(config, field.name), repr(field.name))


def bounds_of(kind: type, name: str) -> Bounds | None:
    """The stated bounds of a field of a config class; of its elements, where it is a tuple."""
    return next(_stated(_annotated(kind)[name]), None)


@functools.cache
def _annotated(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _stated(hint: Any) -> Iterator[Bounds]:
    for said in getattr(hint, "__metadata__", ()):
        if isinstance(said, Bounds):
            yield said
    for inner in typing.get_args(hint):
        yield from _stated(inner)


def require_reach(what: str, values: np.ndarray, most: float, usual: str) -> None:
    """Raises `VisavisError` for numbers (...) beyond `most` on either side, with what is `usual`; NaN is not beyond."""
    farthest = max(float(values.max(initial=0)), -float(values.min(initial=0)))
    if farthest > most:
        raise VisavisError(f"{what} reaches {farthest:.4g}, at most {most:g} is taken: {usual}")
