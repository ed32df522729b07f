from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.voices.spoken_cache import SpokenCache, cache_home
from visavis.data.simulate.voices.voice import Spoken

SPOKEN = Spoken(
    np.sin(np.arange(1000) / 7).astype(np.float32), (Word("ah", 3, 900, True),), (Phoneme("ɑ", 3, 900, 2, 0.5),)
)


def test_the_first_answer_is_the_one_that_is_kept(tmp_path: Path) -> None:
    cache = SpokenCache(tmp_path / "new")
    made = cache.get("ah", lambda: SPOKEN)
    np.testing.assert_allclose(made.sound, SPOKEN.sound, atol=1 / 32767)
    assert (made.words, made.phonemes) == (SPOKEN.words, SPOKEN.phonemes)

    def never() -> Spoken:
        raise AssertionError("spoken again")

    np.testing.assert_array_equal(cache.get("ah", never).sound, made.sound)
    with pytest.raises(AssertionError, match="spoken again"):
        cache.get("oh", never)


def test_caches_lie_where_the_user_wants(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "mine"))
    assert cache_home() == tmp_path / "mine"
    monkeypatch.delenv("VISAVIS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_home() == tmp_path / "visavis"
