from __future__ import annotations

import numpy as np
import pytest

from visavis.data.simulate import text
from visavis.data.simulate.script.composed import composed_script
from visavis.data.simulate.script.source import Script, vocalisation
from visavis.data.simulate.voices import espeak_script

SCRIPTS: list[Script] = [text.GRAMMAR, composed_script()]


@pytest.mark.parametrize("script", SCRIPTS, ids=["small", "composed"])
def test_every_laugh_and_hum_has_a_spelling_for_any_voice(script: Script) -> None:
    rng = np.random.default_rng(0)
    laughs = {script.laugh(rng).words for _ in range(60)}
    assert len(laughs) >= 5
    assert all(len(words) == 1 and vocalisation(words[0]) for words in laughs)
    marked = {word for _ in range(200) for word in script.backchannel(rng, 2).words if "[" in word or word == "mhm"}
    assert marked
    assert all(vocalisation(word) for word in marked)


def test_both_spellings_are_the_same_sound_and_words_are_none() -> None:
    for word in ("mhm", "hahaha", "hehehe", "huhuhuhu"):
        sound = vocalisation(word)
        assert sound is not None
        assert vocalisation(sound.espeak) is sound
        assert sound.spelling == word
        assert word.count("h") == sound.ipa.count("h")
    assert vocalisation("yeah") is None


def test_espeak_says_vocalisations() -> None:
    sounds = [vocalisation(word) for word in ("mhm", "mm", "hahaha", "hehe")]
    requests = [espeak_script.Request(sound.espeak, "en-us", 170, 50, 50) for sound in sounds if sound]
    heard = [
        [m.name.strip("',") for m in spoken.marks if m.kind == "phoneme"] for spoken in espeak_script.speak(requests)
    ]
    assert [names.count("h") for names in heard] == [1, 0, 3, 2]
    assert all(any(name.startswith("m") for name in names) for names in heard[:2])
