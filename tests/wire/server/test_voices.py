from __future__ import annotations

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.wire.server.voices import VoiceBox, installed_voices, phrases


def test_a_text_is_spoken_in_phrases_with_pauses_between() -> None:
    told = phrases("Hello there, Zoë: it’s 3.5 degrees! Are you cold?")
    assert [" ".join(wording.words) for wording, _ in told] == [
        *("Hello there", "Zoe", "it's 3.5 degrees", "Are you cold")
    ]
    assert [(wording.happy, wording.question) for wording, _ in told] == [
        *((False, False), (False, False), (True, False), (False, True))
    ]
    pauses = [pause for _, pause in told]
    assert 0 < pauses[0] < pauses[1] < pauses[2] == pauses[3]
    long = phrases("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen")
    assert [len(wording.words) for wording, _ in long] == [14, 1]
    assert [pause > 0 for _, pause in long] == [False, True]


def test_a_text_without_words_is_refused() -> None:
    for text in ("", "  ", "?!", "...", "\n"):
        with pytest.raises(VisavisError, match="without words"):
            phrases(text)


def test_a_line_is_spoken_by_the_voice_that_is_asked_for() -> None:
    installed = installed_voices()
    if "espeak" not in installed:
        pytest.skip("needs espeakng-loader (extra simulate)")
    box = VoiceBox(installed)
    try:
        lines = box.say("Hello there. Good morning!", "espeak")
        assert [line.text for line in lines] == ["Hello there", "Good morning"]
        sound = lines[0]._sound.result(120)
        assert 0.4 < len(sound) / 16_000 < 2.5
        spoken = sound[: -round(0.3 * 16_000)]
        assert np.sqrt(np.mean(spoken**2)) == pytest.approx(0.09, rel=0.2)
        assert np.abs(sound).max() < 1
        assert not sound[-3200:].any(), "a pause after it"
        with pytest.raises(VisavisError, match="tenor"):
            box.say("hello", "tenor")
    finally:
        box.close()


def test_where_no_voice_is_installed_it_says_what_to_install() -> None:
    box = VoiceBox(())
    with pytest.raises(VisavisError, match="voices"):
        box.say("hello", "hibari")
    box.close()
