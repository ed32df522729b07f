from __future__ import annotations

import pytest

from visavis.system import DEFAULT_MODEL
from visavis.wire.server import preference


@pytest.mark.parametrize(
    ("ships", "chosen"),
    [
        (["timar-small"], "timar-small"),
        (["timar-small", "timar-small-200ms"], "timar-small-200ms"),
        (["arig-small", "timar-small", "timar-small-200ms"], "arig-small"),
        ([], DEFAULT_MODEL),
    ],
)
def test_the_one_that_reacts_soonest_of_those_that_ship(
    ships: list[str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preference, "live_models", lambda: ships)
    assert preference.preferred_model() == chosen
