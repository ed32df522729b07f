from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate import text
from visavis.data.simulate.english import syllables
from visavis.data.simulate.script.own_lines import OwnLines, read_lines

STORY = """Once upon a time, there was a baker. Did he bake bread?
What a lovely loaf!
He sold 1,250 rolls \u2014 5% of them at the caf\u00e9 \u2026 \u201cWonderful\u201d
"""


def lines_of(tmp_path: Path, content: str) -> OwnLines:
    file = tmp_path / "lines.txt"
    file.write_text(content, encoding="utf-8")
    return read_lines(file, text.GRAMMAR)


def test_sentences_are_cut_into_phrases_at_their_punctuation(tmp_path: Path) -> None:
    said = [(" ".join(w.words), w.question, w.happy) for w in lines_of(tmp_path, STORY).phrases]
    assert said == [
        ("Once upon a time", False, False),
        ("there was a baker", False, False),
        ("Did he bake bread", True, False),
        ("What a lovely loaf", False, True),
        ("He sold one thousand two hundred and fifty rolls", False, False),
        ("five percent of them at the cafe", False, False),
        ("Wonderful", False, False),
    ]


def test_long_sentences_are_said_in_several_breaths(tmp_path: Path) -> None:
    long = (
        "we walked along the river to the old mill and then we sat on the wall because it was so warm "
        "that nobody wanted to go home"
    )
    phrases = lines_of(tmp_path, long + "?").phrases
    assert [word for w in phrases for word in w.words] == long.split()
    assert all(len(w.words) <= 14 for w in phrases)
    assert [w.question for w in phrases] == [False] * (len(phrases) - 1) + [True]
    assert all(w.words[0] in ("we", "and", "because", "that", "to") for w in phrases)
    unbroken = lines_of(tmp_path, " ".join(["word"] * 33)).phrases
    assert sum(len(w.words) for w in unbroken) == 33


def test_phrases_are_chosen_by_length_and_mood(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, STORY)
    rng = np.random.default_rng(0)
    assert all(lines.phrase(rng, 8, 1.0, 0.0, 0.0).happy for _ in range(10))
    assert all(lines.phrase(rng, 8, 0.0, 1.0, 0.0).question for _ in range(10))
    plain = [lines.phrase(rng, wanted, 0.0, 0.0, 1.0) for wanted in (2, 14) for _ in range(40)]
    assert not any(w.happy or w.question for w in plain)
    lengths = [syllables(w.words) for w in plain]
    assert np.mean(lengths[:40]) + 5 < np.mean(lengths[40:])
    assert all(0 <= w.emphasis < len(w.words) for w in plain if len(w.words) >= 3)
    again = [lines.phrase(np.random.default_rng(5), 9, 0.1, 0.2, 0.3) for _ in range(2)]
    assert again[0] == again[1]


def test_without_questions_in_the_file_phrases_are_plain(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "one thing\nand another thing\n")
    rng = np.random.default_rng(0)
    assert {lines.phrase(rng, 4, 0.5, 1.0, 0.0).question for _ in range(20)} == {False}
    assert lines.backchannel(rng, 2).words
    assert "h" in lines.laugh(rng).words[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no words"),
        (b" \n ... \n", "holds no words"),
        (b"\xff\xfeh\x00i\x00", "is not UTF-8 text"),
        (b"RIFF\x00\x00\x00", "is not text"),
        ("Hello\n\u0416\u0438\u0437\u043d\u044c\n".encode(), "line 2: an English voice cannot say .*Cyrillic"),
        ("こんにちは".encode(), "cannot say .*Hiragana.*write the words in Latin letters"),
    ],
)
def test_files_that_cannot_be_said_are_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(content)
    with pytest.raises(VisavisError, match=message) as refused:
        read_lines(file, text.GRAMMAR)
    assert "\n" not in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nothing.txt"):
        with pytest.raises(VisavisError, match="no such file"):
            read_lines(place, text.GRAMMAR)
