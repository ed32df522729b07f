from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.script import dictionary


@pytest.mark.skipif(find_spec("hibari") is None, reason="needs the dictionary of hibari-tts")
def test_words_of_the_dictionary_are_sorted_by_class() -> None:
    words = dictionary.tagged_words()
    assert set(words) == {"noun", "adjective", "adverb"}
    assert sum(map(len, words.values())) > 5500
    assert {"percussion", "stability"} <= set(words["noun"])
    assert "epithelial" in words["adjective"]
    assert all(re.fullmatch("[a-z]{3,}", word) for every in words.values() for word in every)
    assert not {"murder", "bomb", "suicide"} & {word for every in words.values() for word in every}
    assert list(words["noun"]) == sorted(set(words["noun"]))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "find_spec", lambda _: None)
    with pytest.raises(VisavisError, match=r"visavis\[voices\]"):
        dictionary.tagged_words()
