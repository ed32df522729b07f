from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest

from visavis.core.bounds import Bounds, bounds_of, require_bounds, require_reach
from visavis.core.config import from_dict, override, to_dict
from visavis.core.errors import VisavisError
from visavis.training.recipes import RECIPES, recipe_named


@dataclass(frozen=True)
class Part:
    tag: ClassVar[str] = "part"

    pair: tuple[Annotated[float, Bounds(0, 1, without_most=True)], ...] = (0.5, 0.9)
    least: Annotated[float, Bounds(0, 2, without_least=True)] | None = None


@dataclass(frozen=True)
class Other:
    tag: ClassVar[str] = "other"


@dataclass(frozen=True)
class Whole:
    part: Part = dataclasses.field(default_factory=Part)
    free: float = 0.0
    either: Part | Other = dataclasses.field(default_factory=Part)

    def __post_init__(self) -> None:
        require_bounds(self)


def test_bounds_hold_what_lies_between_and_never_nan() -> None:
    closed, opened = Bounds(0, 1), Bounds(0, 1, without_least=True, without_most=True)
    assert [closed.holds(number) for number in (-0.1, 0, 0.5, 1, 1.1, math.nan, math.inf)] == [
        False, True, True, True, False, False, False
    ]  # fmt: skip
    assert [opened.holds(number) for number in (0, 0.5, 1, math.nan)] == [False, True, False, False]
    assert str(Bounds(1, 65_536)) == "at least 1 and at most 65,536"
    assert str(opened) == "above 0 and below 1"
    assert Bounds(0, math.inf).holds(math.inf)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"part": {"pair": [0.5, 1.0]}}, "recipe key 'part.pair' cannot be 1.0; it is at least 0 and below 1"),
        ({"part": {"pair": [math.nan]}}, "'part.pair' cannot be nan"),
        ({"part": {"least": 0}}, "'part.least' cannot be 0.0; it is above 0 and at most 2"),
        ({"part": {"least": 10**400}}, "'part.least' is too large a number"),
        ({"part": {"pair": [0.5, "x"]}}, "'part.pair' cannot be 'x'"),
        ({"part": {"pair": [0.5, True]}}, "'part.pair' cannot be True"),
        ({"part": 3}, "'part' cannot be 3"),
        ({"either": {"tag": ["part"]}}, "unknown either.tag \"['part']\""),
        (None, "cannot be None; it is a section with keys"),
    ],
)
def test_what_is_read_stays_within_its_bounds(data: Any, told: str) -> None:
    with pytest.raises(VisavisError) as caught:
        from_dict(Whole, data)
    assert told in str(caught.value)


def test_what_is_set_stays_within_its_bounds() -> None:
    for key, text in (("part.pair", "0.1,1"), ("part.least", "nan"), ("part.least", "-inf")):
        with pytest.raises(VisavisError, match=f"recipe key '{key}' cannot be"):
            override(Whole(), {key: text})
    with pytest.raises(VisavisError, match="'pair' cannot be"):
        require_bounds(Part(pair=(2.0,)))
    assert override(Whole(), {"part.least": "2"}).part.least == 2


def numbers(config: Any, where: str = "") -> Iterator[tuple[Any, str, str]]:
    """Every number of a recipe of ours: its section, its name there, its path."""
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        path = f"{where}{field.name}"
        if dataclasses.is_dataclass(value):
            yield from numbers(value, f"{path}.")
        elif type(config).__module__.startswith("visavis."):
            first = value[0] if isinstance(value, tuple) and value else value
            if (isinstance(first, (int, float)) and not isinstance(first, bool)) or "float" in str(field.type):
                yield config, field.name, path


@pytest.mark.parametrize("name", RECIPES)
def test_every_number_of_a_recipe_has_stated_bounds(name: str) -> None:
    recipe = recipe_named(name)
    unbounded = [path for config, key, path in numbers(recipe) if bounds_of(type(config), key) is None]
    assert unbounded == []
    assert from_dict(type(recipe), to_dict(recipe)) == recipe


@pytest.mark.parametrize("name", ["timar-small-lips", "dualtalk-tiny", "timar-large"])
def test_a_recipe_refuses_nan_and_absurd_numbers_however_they_come(name: str) -> None:
    recipe = recipe_named(name)
    for config, key, path in numbers(recipe):
        value = getattr(config, key)
        absurd = (
            10**20 if isinstance(value, int) or (isinstance(value, tuple) and isinstance(value[0], int)) else math.nan
        )
        given = (absurd,) * len(value) if isinstance(value, tuple) else absurd
        with pytest.raises(VisavisError, match=f"recipe key '{path}' cannot be"):
            override(recipe, {path: ",".join(map(str, given)) if isinstance(given, tuple) else str(given)})
        with pytest.raises(VisavisError, match=f"'{key}' cannot be"):
            dataclasses.replace(config, **{key: given})


@pytest.mark.parametrize("values", [[0.5, -11.0], [11.0, 0.5]])
def test_numbers_beyond_a_reach_are_told_with_what_is_usual(values: list[float]) -> None:
    require_reach("sound", np.array(values), 11.0, "it is in [-1, 1]")
    require_reach("sound", np.zeros((0, 3)), 11.0, "it is in [-1, 1]")
    with pytest.raises(VisavisError, match=r"sound reaches 11, at most 10 is taken: it is in \[-1, 1\]"):
        require_reach("sound", np.array(values), 10.0, "it is in [-1, 1]")
