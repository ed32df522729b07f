"""The one table of the kinds of models that are known; a new kind moves in by `register`."""

from __future__ import annotations

from typing import Any

from visavis.core.contract import ModelSpec
from visavis.core.errors import VisavisError, unknown
from visavis.models.arig.spec import ARIG
from visavis.models.dualtalk.spec import DUALTALK
from visavis.models.talking_together.spec import TALKING_TOGETHER
from visavis.models.timar.spec import TIMAR

_SPECS: dict[str, ModelSpec] = {}


def register(spec: ModelSpec) -> None:
    """Make a kind of model known; raises `VisavisError` where its tag is another one's."""
    if _SPECS.setdefault(spec.tag, spec) is not spec:
        raise VisavisError(f"model tag {spec.tag!r} is taken; known: {', '.join(sorted(_SPECS))}; choose another")


def known_specs() -> tuple[ModelSpec, ...]:
    """All kinds of models that are known."""
    return tuple(_SPECS.values())


def spec_of(config: Any) -> ModelSpec:
    """The kind of a model, by its config; raises `VisavisError` listing the known ones."""
    for spec in _SPECS.values():
        if type(config) is spec.config:
            return spec
    raise unknown("model", getattr(config, "tag", type(config).__name__), _SPECS)


register(TIMAR)
register(DUALTALK)
register(ARIG)
register(TALKING_TOGETHER)
