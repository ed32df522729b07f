import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.alignment import align
from visavis.data.sound import read_sound

TEXT = "My brother bought a brown pumpkin before the summer began."


@pytest.mark.skipif(shutil.which("flite") is None, reason="needs flite, whose labels are exact")
@pytest.mark.parametrize("voice", ["slt", "kal16"])
def test_boundaries_lie_where_a_synthesiser_put_them(tmp_path: Path, voice: str) -> None:
    pytest.importorskip("pocketsphinx")
    command = ["flite", "-voice", voice, "-psdur", "-t", TEXT, "-o", str(tmp_path / "a.wav")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ends = [(entry.rpartition(":")[0], float(entry.rpartition(":")[2])) for entry in said]
    starts = [(name, last) for (_, last), (name, _) in itertools.pairwise(ends) if name != "pau"]
    found = align(read_sound(tmp_path / "a.wav"), TEXT)
    assert [word.name for word in found.words] == TEXT.lower().rstrip(".").split()
    same = [name.replace("ax", "ah") for name, _ in starts] == [label.name for label in found.phonemes]
    assert same or len(starts) == len(found.phonemes)
    errors = np.array([label.start_s - start for label, (_, start) in zip(found.phonemes, starts, strict=True)])
    assert abs(np.median(errors)) <= 0.006
    assert np.median(np.abs(errors)) <= 0.012
    assert np.quantile(np.abs(errors), 0.9) <= 0.04


def test_a_real_recording(shared: Path) -> None:
    pytest.importorskip("pocketsphinx")
    sound = read_sound(shared / "data/voices/Claire_anger.wav")
    text = (
        "The beige hue on the waters of the loch impressed all, including the French queen, before she heard "
        "that symphony again, just as young Arthur wanted."
    )
    found = align(sound, text)
    assert len(found.words) == 26
    starts = [label.start_s for label in found.phonemes]
    assert starts == sorted(starts)
    assert found.end_s <= len(sound) / 16_000 + 0.02
    assert align(sound, text) == found


def test_words_that_are_no_words_are_named() -> None:
    pytest.importorskip("pocketsphinx")
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000)
    with pytest.raises(VisavisError, match=r"not in the pronouncing dictionary: xyzzy, qwertz; spell"):
        align(sound, "say Xyzzy, qwertz or xyzzy")
    with pytest.raises(VisavisError, match="holds no words"):
        align(sound, " ... ")
    with pytest.raises(VisavisError, match=r"0\.01 s is too short"):
        align(sound[:160], "hello")
    with pytest.raises(VisavisError, match=r"the 40 words .* were not found in 1\.0 s"):
        align(sound, "possibility " * 40)


def test_without_pocketsphinx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(VisavisError, match=r"pip install 'visavis\[voices\]'"):
        align(np.zeros(16_000), "hello")
