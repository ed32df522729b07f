from __future__ import annotations

import json

import pytest

from tests.small_systems import CONFIGS
from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.system.config import SystemConfig


@pytest.mark.parametrize("name", CONFIGS)
def test_a_systems_recipe_survives_json(name: str) -> None:
    config = CONFIGS[name]
    assert from_dict(SystemConfig, json.loads(json.dumps(to_dict(config)))) == config


def test_a_recipe_of_another_kind_is_refused() -> None:
    plain = to_dict(CONFIGS["timar paper"])
    plain["model"]["widht"] = 3
    with pytest.raises(VisavisError, match=r"unknown recipe key 'model\.widht'; did you mean 'model\.width'"):
        from_dict(SystemConfig, plain)
    with pytest.raises(VisavisError, match="recipe key 'name' is missing; it has no default"):
        from_dict(SystemConfig, {"space": "arkit61"})
