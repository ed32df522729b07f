from __future__ import annotations

import pytest

from tests.data.simulate.voices.phrases import BUMPY
from visavis.core.errors import VisavisError
from visavis.data.simulate.voices import engine
from visavis.data.simulate.voices.misaki import spell


def test_every_letter_of_a_spelling_has_a_number() -> None:
    pytest.importorskip("hibari", reason="the natural voice hibari is not installed")
    letters = spell(BUMPY).letters
    numbers = engine.letter_numbers(letters)
    assert len(numbers) == len(letters) + 2
    assert numbers[0] == numbers[-1] == 0


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.hibari.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "hibari", None)
    with pytest.raises(VisavisError, match=r"visavis\[voices\]"):
        engine.pronounce("hello")
    engine.hibari.cache_clear()
