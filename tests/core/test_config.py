from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest

from visavis.core.config import from_dict, one_of, override, to_dict
from visavis.core.errors import VisavisError


@dataclass(frozen=True)
class Head:
    tag: ClassVar[str] = "head"

    width: int = 64
    rate: float = 0.1
    kind: Literal["flow", "ddpm"] = "flow"


@dataclass(frozen=True)
class Recipe:
    head: Head = field(default_factory=Head)
    name: str = "tiny"
    ema: float | None = 0.999
    skip: bool = True
    turns: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Wave:
    tag: ClassVar[str] = "wave"

    source: str = "hub"
    layers: int = 1


@dataclass(frozen=True)
class Either:
    part: Head | Wave = field(default_factory=Head)


def test_a_config_survives_json() -> None:
    recipe = Recipe(head=Head(width=8, kind="ddpm"), ema=None, turns=(3,))
    assert from_dict(Recipe, json.loads(json.dumps(to_dict(recipe)))) == recipe


def test_overrides_are_read_as_their_fields_type() -> None:
    changed = override(
        Recipe(), {"head.width": "32", "head.rate": "1e-3", "head.kind": "ddpm", "ema": "none", "skip": "false"}
    )
    assert changed == Recipe(head=Head(32, 1e-3, "ddpm"), ema=None, skip=False)
    assert override(Recipe(ema=None), {"ema": "0.5"}).ema == 0.5


def test_an_unknown_key_meets_its_nearest() -> None:
    with pytest.raises(VisavisError, match=r"unknown recipe key 'head\.widht'; did you mean 'head\.width'\?"):
        override(Recipe(), {"head.widht": "32"})
    with pytest.raises(VisavisError, match=r"unknown recipe key 'hed'; did you mean 'head'\?"):
        override(Recipe(), {"hed.width": "32"})
    with pytest.raises(VisavisError, match=r"unknown recipe key 'head\.widht'; did you mean 'head\.width'\?"):
        from_dict(Recipe, {"head": {"widht": 32}})


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("head.width", "3.5", "'head.width' cannot be '3.5'; it is int"),
        ("head.kind", "gan", "'head.kind' cannot be 'gan'; it is 'flow' or 'ddpm'"),
        ("ema", "much", "'ema' cannot be 'much'; it is float or none"),
        ("skip", "1", "'skip' cannot be '1'; it is bool"),
        ("head", "flow", "is a section; its keys are: head.width, head.rate, head.kind"),
        ("name.first", "x", "'name.first': name has no keys of its own"),
    ],
)
def test_values_that_do_not_fit_are_refused(key: str, text: str, reason: str) -> None:
    with pytest.raises(VisavisError) as caught:
        override(Recipe(), {key: text})
    assert reason in str(caught.value)


@pytest.mark.parametrize("data", [{"head": {"width": True}}, {"head": {"width": 1.5}}, {"skip": 1}, {"name": None}])
def test_plain_data_of_another_type_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(VisavisError, match="cannot be"):
        from_dict(Recipe, data)


def test_a_key_without_a_default_must_be_there() -> None:
    @dataclass(frozen=True)
    class Named:
        name: str
        head: Head = field(default_factory=Head)

    assert from_dict(Named, {"name": "tiny"}) == Named("tiny")
    with pytest.raises(VisavisError, match=r"recipe key 'system\.name' is missing; it has no default"):
        from_dict(Named, {"head": {}}, "system.")


KNOWN: list[type] = [Wave]


@dataclass(frozen=True)
class Open:
    part: Any = field(default_factory=Wave, metadata=one_of(lambda: KNOWN))


@pytest.mark.parametrize("config", [Either(Head(width=3)), Either(Wave("here")), Open(Wave("there"))])
def test_a_section_that_may_be_several_records_is_saved_and_read_with_its_tag(config: Any) -> None:
    plain = json.loads(json.dumps(to_dict(config)))
    assert plain["part"]["tag"] == config.part.tag
    assert from_dict(type(config), plain) == config


def test_a_section_of_one_record_needs_no_tag() -> None:
    assert "tag" not in to_dict(Recipe())["head"]


def test_a_class_may_become_known_later() -> None:
    with pytest.raises(VisavisError, match=r"unknown part\.tag 'head'; known: wave"):
        from_dict(Open, {"part": {"tag": "head"}})
    KNOWN.append(Head)
    try:
        assert from_dict(Open, {"part": {"tag": "head", "width": 2}}) == Open(Head(2))
    finally:
        KNOWN.remove(Head)


def test_a_section_that_does_not_say_what_it_is_is_refused() -> None:
    with pytest.raises(VisavisError, match=r"recipe key 'part\.tag' is missing; it is one of: head, wave"):
        from_dict(Either, {"part": {"layers": 2}})
    with pytest.raises(VisavisError, match=r"unknown part\.tag 'waves'; did you mean 'wave'"):
        from_dict(Either, {"part": {"tag": "waves"}})
    with pytest.raises(VisavisError, match=r"unknown recipe key 'part.sources'.*part.source"):
        from_dict(Either, {"part": {"tag": "wave", "layers": 2, "sources": "there"}})


def test_several_values_are_given_with_commas_between() -> None:
    @dataclass(frozen=True)
    class Several:
        betas: tuple[float, float] = (0.9, 0.95)
        names: tuple[str, ...] = ("a",)

    assert override(Several(), {"betas": "0.5, 1", "names": "jaw,lips,brows"}) == Several(
        (0.5, 1.0), ("jaw", "lips", "brows")
    )
    with pytest.raises(VisavisError, match=r"'betas' cannot be '0\.5'; it is 2 values with commas between"):
        override(Several(), {"betas": "0.5"})
    with pytest.raises(VisavisError, match="'betas' cannot be 'x'; it is float"):
        override(Several(), {"betas": "0.5,x"})
