from __future__ import annotations

import time

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.voices import espeak_script


def test_speaking_again_later_gives_the_same_bytes() -> None:
    requests = [
        espeak_script.Request("a breathy whisper", "en-us+victor", 170, 50, 50),
        espeak_script.Request("m", "en", 150, 40, 60),
    ]
    first = espeak_script.speak(requests)
    time.sleep(1.1)
    again = espeak_script.speak(requests)
    assert [spoken.pcm for spoken in again] == [spoken.pcm for spoken in first]
    assert [spoken.marks for spoken in again] == [spoken.marks for spoken in first]


def test_unknown_voices_are_refused() -> None:
    with pytest.raises(VisavisError, match="unknown voice 'nobody'"):
        espeak_script.speak([espeak_script.Request("hello", "nobody", 170, 50, 50)])


def test_marks_lie_in_the_sound_and_name_the_words() -> None:
    said = "purple maps amaze people"
    slow, quick = espeak_script.speak([espeak_script.Request(said, "en-us", rate, 50, 50) for rate in (130, 190)])
    for spoken in (slow, quick):
        starts = [mark.start_ms for mark in spoken.marks]
        assert starts == sorted(starts)
        assert 0 <= starts[0] <= starts[-1] <= 1000 * len(spoken.pcm) / 2 / spoken.sample_rate
        words = [said[m.position : m.position + m.length] for m in spoken.marks if m.kind == "word"]
        assert words == said.split()
        heard = [m.name.strip("',") for m in spoken.marks if m.kind == "phoneme"]
        assert heard.count("p") == 5
        assert heard.count("m") == 2
    assert 1.2 < len(slow.pcm) / len(quick.pcm) < 1.7
