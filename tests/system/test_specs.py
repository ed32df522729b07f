from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from tests.small_systems import DUALTALK_FORM, PAPER_FORM
from visavis.core.errors import VisavisError
from visavis.models.timar.spec import TIMAR
from visavis.system.config import SystemConfig
from visavis.system.specs import known_specs, register, spec_of


@dataclass(frozen=True)
class Stranger:
    tag: ClassVar[str] = "timarr"


def test_a_config_tells_its_kind() -> None:
    assert spec_of(PAPER_FORM) is TIMAR
    assert spec_of(DUALTALK_FORM).tag == "dualtalk"
    assert {"timar", "dualtalk"} <= {spec.tag for spec in known_specs()}


def test_an_unknown_kind_meets_the_nearest_and_the_list() -> None:
    with pytest.raises(VisavisError, match=r"unknown model 'timarr'; did you mean 'timar'\? known: .*dualtalk"):
        spec_of(Stranger())


def test_a_kind_is_registered_once_under_its_tag() -> None:
    register(TIMAR)
    with pytest.raises(VisavisError, match=r"model tag 'timar' is taken; known: .*choose another"):
        register(replace(TIMAR, config=Stranger))


def test_drawing_of_another_kind_is_refused() -> None:
    drawing = SystemConfig("one", model=DUALTALK_FORM).drawing
    with pytest.raises(VisavisError, match=r"the model is of kind 'timar', drawing is 'dualtalk'; set drawing\.tag to"):
        SystemConfig("two", model=PAPER_FORM, drawing=drawing)
