from pathlib import Path

import pytest

from visavis.data.broken import BrokenFile
from visavis.data.label_files import read_ctm, read_lab, read_labels
from visavis.data.labels import Label

LAB = "separator ;\nnfields 1\n#\n0.34200 125 pau\n0.39200 125 m ; a note\n0.42200 125 aa\n"
GRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 1
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "anna - words"
        xmin = 0
        xmax = 1
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 1
            text = "ma"
    item [2]:
        class = "IntervalTier"
        name = "anna - phones"
        xmin = 0
        xmax = 1
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 0.25
            text = "M"
        intervals [2]:
            xmin = 0.25
            xmax = 1
            text = "AA1"
"""
PHONEMES = (Label("pau", 0.0, 0.342), Label("m", 0.342, 0.392), Label("aa", 0.392, 0.422))


def written(place: Path, text: str) -> Path:
    place.write_text(text, encoding="utf-8")
    return place


def test_a_festival_label_begins_where_the_last_ended(tmp_path: Path) -> None:
    assert read_lab(written(tmp_path / "a.lab", LAB)) == PHONEMES


def test_endings_say_what_is_labelled(tmp_path: Path) -> None:
    phonemes = read_labels(written(tmp_path / "a.lab", LAB))
    assert (phonemes.words, phonemes.phonemes) == ((), PHONEMES)
    words = read_labels(written(tmp_path / "a.wrd", LAB))
    assert (words.words, words.phonemes) == (PHONEMES, ())
    line = "a 1 0.50 0.25 map 0.98\n"
    assert read_labels(written(tmp_path / "a.ctm", line)).words == (Label("map", 0.5, 0.75),)
    assert read_labels(written(tmp_path / "a.phones.ctm", line)).phonemes == (Label("map", 0.5, 0.75),)
    grid = read_labels(written(tmp_path / "a.TextGrid", GRID))
    assert grid.words == (Label("ma", 0, 1),)
    assert grid.phonemes == (Label("M", 0, 0.25), Label("AA1", 0.25, 1))
    with pytest.raises(BrokenFile, match=r"no label file.*use \.lab, \.TextGrid"):
        read_labels(written(tmp_path / "a.srt", LAB))


def test_a_ctm_may_hold_many_recordings(tmp_path: Path) -> None:
    text = ";; comment\nb A 1.0 0.5 two\na A 0.2 0.1 one\nb A 0.1 0.5 first\n"
    found = read_ctm(written(tmp_path / "many.ctm", text))
    assert [label.name for label in found["b"]] == ["first", "two"]
    assert read_labels(written(tmp_path / "a.ctm", text)).words == (Label("one", 0.2, pytest.approx(0.3)),)
    with pytest.raises(BrokenFile, match="holds 2 recordings, none named c"):
        read_labels(written(tmp_path / "c.ctm", text))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.lab", "0.3 125 pau\n", "no line '#'"),
        ("a.lab", "#\n", "holds no labels"),
        ("a.lab", "#\n0.3 125 pau\nx 125 m\n", "line 3: 'x' is not a time"),
        ("a.lab", "#\n0.3 125 pau\n0.2 125 m\n", r"line 3: ends at 0\.2 s, before the label before it \(0\.3 s\)"),
        ("a.lab", "#\nnan 125 pau\n", "line 2: 'nan' is not a time"),
        ("a.ctm", "a 1 0.5 map\n", "line 1: has 4 fields"),
        ("a.ctm", "\na 1 0.5 -1 map\n", "line 2: '-1' is not a time"),
        ("a.TextGrid", GRID.replace("phones", "gestures").replace("words", "notes"), "anna - notes, anna - gestures"),
    ],
)
def test_malformed_files_are_told_by_line(tmp_path: Path, name: str, text: str, problem: str) -> None:
    with pytest.raises(BrokenFile, match=problem):
        read_labels(written(tmp_path / name, text))
    (tmp_path / name).write_bytes(b"\xc3\x28\xa0")
    with pytest.raises(BrokenFile, match="UTF-8"):
        read_labels(tmp_path / name)
