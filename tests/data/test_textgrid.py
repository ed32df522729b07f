from pathlib import Path

import pytest

from visavis.data.broken import BrokenFile
from visavis.data.labels import Label
from visavis.data.textgrid import read_textgrid

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "TextTier"
        name = "beats"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 1.25
            mark = "3"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1.25
            text = "say ""two 2"""
        intervals [2]:
            xmin = 1.25
            xmax = 2e0
            text = "over
two lines"
        intervals [3]:
            xmin = 2
            xmax = 2.5
            text = ""
'''
SHORT = '''File type = "ooTextFile"
"TextGrid"

0
2.5
<exists>
2
"TextTier"
"beats"
0
2.5
1
1.25
"3"
"IntervalTier"
"words"
0
2.5
3
0
1.25
"say ""two 2"""
1.25
2
"over
two lines"
2
2.5
""
'''
WORDS = (Label('say "two 2"', 0, 1.25), Label("over\ntwo lines", 1.25, 2), Label("", 2, 2.5))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [LONG, SHORT], ids=["long", "short"])
def test_both_formats_say_the_same(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "a.TextGrid").write_text(text, encoding=encoding)
    assert read_textgrid(tmp_path / "a.TextGrid") == {"words": WORDS}


def test_no_tiers_are_no_error(tmp_path: Path) -> None:
    text = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 1\ntiers? <absent>\n'
    (tmp_path / "a.TextGrid").write_text(text)
    assert read_textgrid(tmp_path / "a.TextGrid") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("words\n", "ends after line 1, where a text should follow"),
        ('"ooTextFile"\n"Pitch"\n', "line 2: does not begin as a TextGrid"),
        (SHORT.replace("3", "9" * 400), "is not a number of seconds"),
        (SHORT.replace("3", "1e400"), "inf is not a number of seconds"),
        (SHORT[:-12], "ends after line"),
        (SHORT.replace('"IntervalTier"', '"PitchTier"'), "line 15: 'PitchTier' is no kind of tier"),
        (SHORT.replace("\n3\n0\n1.25\n", '\n3\n"x"\n1.25\n'), 'line 20: "x" stands where a number should'),
        (LONG.replace("xmax = 2e0", "xmax = 0.5"), r"line 3\d: an interval ends at 0\.5 s, before it begins at 1\.25"),
    ],
)
def test_what_is_astray_is_told_by_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "a.TextGrid").write_text(text)
    with pytest.raises(BrokenFile, match=problem):
        read_textgrid(tmp_path / "a.TextGrid")
