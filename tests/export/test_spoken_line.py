"""A line as pieces: phonemes are hibari's, sentences stay whole, long ones are cut, unknown words are told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from visavis.data.simulate.voices import engine
from visavis.export.spoken_line import Reader

PLAIN = SimpleNamespace(
    tokenize=lambda text: [SimpleNamespace(text=word, whitespace=" ", phonemes=None) for word in text.split()],
    phonemize_tokens=lambda tokens: [SimpleNamespace(**{**vars(one), "phonemes": one.text}) for one in tokens],
)
"""Reads letters as they are written."""


def plain() -> Reader:
    return Reader(lambda _: PLAIN, lambda text: text)


@pytest.fixture(scope="module")
def reader() -> Reader:
    pytest.importorskip("hibari", reason="hibari-tts is not installed: pip install 'visavis[voices]'")
    from hibari.g2p import G2P
    from hibari.g2p.normalize import normalize

    return Reader(lambda said: G2P(oov=said), normalize)


@pytest.mark.parametrize("line", ["I read it on March 3, 2024, for $9.99.", "Do you live here?", "It weighs 3 kg!"])
def test_a_sentence_is_pronounced_as_hibari_does(reader: Reader, line: str) -> None:
    (piece,) = reader.read(line, {}).pieces
    assert piece.letters == engine.pronounce(line)


def test_each_sentence_is_a_piece_with_its_words(reader: Reader) -> None:
    pieces = reader.read("Good morning, Dr. Smith! How are you", {}).pieces
    assert [piece.text for piece in pieces] == ["Good morning, Dr Smith!", "How are you"]
    assert pieces[1].letters.endswith("."), "a line without an end is said to its end"
    assert all(piece.pause_s > 0 for piece in pieces)


def test_a_word_of_no_lexicon_is_asked_for_once_and_then_said(reader: Reader) -> None:
    line = "The grumbleflonk is here, a grumbleflonk 你好."
    told = reader.read(line, {})
    assert told.unknown == ("你好", "grumbleflonk")
    again = reader.read(line, {"grumbleflonk": "ɡɹˈʌmbᵊlflˌɑŋk", "你好": ""})
    assert (again.unknown, again.unsayable) == ((), ("你好",))
    assert again.pieces[0].letters.count("ɡɹˈʌmbᵊlflˌɑŋk") == 2


def test_a_line_of_marks_has_no_pieces(reader: Reader) -> None:
    assert reader.read(" ... !", {}).pieces == ()


def test_a_long_sentence_is_cut_at_a_comma_and_a_short_rest_is_not_cut_off() -> None:
    clause = "aaaa " * 15 + "aaaa,"
    pieces = plain().read(f"{clause} {clause} {clause} bbbb.", {}).pieces
    assert [piece.letters for piece in pieces] == [clause, clause, f"{clause} bbbb."]
    assert 0 < pieces[0].pause_s < pieces[2].pause_s


def test_a_sentence_without_marks_is_cut_before_it_is_too_long_for_the_network() -> None:
    words = "word " * 200
    pieces = plain().read(words, {}).pieces
    assert max(len(piece.letters) for piece in pieces) <= 310
    assert " ".join(piece.text for piece in pieces) == words.strip()
