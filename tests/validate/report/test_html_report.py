from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.validate.made_up import estimate, evaluation, report, worst
from visavis.core.errors import VisavisError
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import LOUDNESS, MEAN_FACE, MODEL
from visavis.validate.benchmark.published_scores import COLUMNS, TABLE_1, TABLE_2
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.charts import Curve, Point
from visavis.validate.report.html_report import page, write_report
from visavis.validate.report.report_data import Measured, Origin, Report

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Checks that every tag is closed where it must be and gathers tables, links, headings and words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[tuple[str, ...]]] = []
        self.targets: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.ids: set[str] = set()
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.targets |= {name for name in ("src", "srcset", "data", "action") if name in known}
        self.links += [known["href"] or ""] if "href" in known else []
        self.ids |= {known["id"] or ""} if "id" in known else set()
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(())
        elif tag in {"td", "th"}:
            self._cell = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in {"td", "th"} and self._cell is not None:
            self.tables[-1][-1] += ("".join(self._cell),)
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def read(made: Report) -> Reader:
    reader = Reader()
    reader.feed(page(made))
    reader.close()
    assert reader.open == []
    return reader


def full(*, dualtalk: bool = True) -> Report:
    measured = [
        Measured("timar-base", split, turns, evaluation(9.0), reproduces="timar")
        for split in ("test", "ood")
        for turns in (0, 1, 3, 7)
    ]
    measured[3] = replace(measured[3], worst=(worst("fd_exp", 12.0), worst("fd_exp", 30.0), worst("sid_exp", 1.0)))
    curve = Curve("FD exp, user motion", "share of frames corrupted", {"hold": (Point(0, 1), Point(0.5, 2, 1.8, 2.2))})
    return replace(report(*measured, dualtalk=dualtalk), curves=(curve,))


def rows_of(table: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [row for row in table if len(row) == len(COLUMNS) + 1]


def test_table_1_has_every_published_cell_and_ours_beside_it() -> None:
    tables = read(full()).tables
    for table, split in zip(tables[:2], ("test", "ood"), strict=True):
        rows = rows_of(table)
        published = [row for row in rows if "published DualTalk" in row[0]]
        expected = [row for row in TABLE_1 if row.split == split]
        assert [row[1:] for row in published] == [tuple(f"{one.scores[c]:.2f}" for c in COLUMNS) for one in expected]
        ours = [row for row in rows if row[0] == "timar-basemeasured here DualTalk"]
        assert len(ours) == 4
        assert all(cell.startswith("9.008.10") for row in ours for cell in row[1:])
    ablations = [row[0] for row in rows_of(tables[2])]
    assert ablations[:4] == [f"{row.method}published DualTalk's data" for row in TABLE_2]


def test_rows_of_the_same_weights_show_their_difference_only_on_the_same_data() -> None:
    found = [row for row in read(full()).tables[0] if row[0] == "difference from published TIMAR"]
    fd_exp = [row.scores["fd_exp"] for row in TABLE_1 if (row.split, row.method) == ("test", "TIMAR")]
    assert [row[1] for row in found] == [f"{9.0 / published - 1:+.1%}" for published in fd_exp]
    assert "difference" not in " ".join(read(full(dualtalk=False)).words)


def test_other_data_are_said_to_be_other_data() -> None:
    words = " ".join(read(full(dualtalk=False)).words)
    assert "Not the same data." in words
    assert "rows measured here on simulated, seed 7" in words
    assert "Not the same data." not in " ".join(read(full()).words)
    foreign = full(dualtalk=False)
    other_space = replace(foreign, data=replace(foreign.data, space="arkit61"))
    assert "arkit61, has other units" in " ".join(read(other_space).words)


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    write_report(tmp_path / "deep" / "report.html", full())
    text = (tmp_path / "deep" / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"(?:https?:)?//\w|@import|url\(|<script|<link", text) == []
    reader = read(full())
    assert reader.targets == set()
    assert {link.removeprefix("#") for link in reader.links} == reader.ids
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert len(text) < 400_000


def test_every_section_is_there_and_says_how_it_was_made() -> None:
    words = " ".join(read(full()).words)
    for expected in ("mean face", "real motion of another clip", "timar-base, predicted mean", "react_f1_nod"):
        assert expected in words
    for expected in ("visavis evaluate timar-base --report report.html", "0.1.0", "2025-11-20", "0, 3", "12.5 minutes"):
        assert expected in words
    charts = page(full())
    assert charts.count("<figure>") == 2 * len(COLUMNS) + 3 + 1


def test_worst_clips_stand_with_the_worst_of_each_metric_first() -> None:
    captions = re.findall(r"<figcaption>([^<]*, the median is[^<]*)", page(full()))
    assert [caption.split(",")[0] for caption in captions] == ["FD exp: 30.00", "FD exp: 12.00", "SID exp: 1.00"]
    less_varied = Measured("m", "test", 7, evaluation(), worst=(worst("sid_exp", 2.0), worst("sid_exp", 0.5)))
    captions = re.findall(r"<figcaption>(SID exp: [\d.]+)", page(report(less_varied)))
    assert captions == ["SID exp: 0.50", "SID exp: 2.00"]


def test_names_with_signs_are_shown_as_they_are() -> None:
    name = "<b>a & \"b\"</b> 'c'"
    measured = Measured(name, f"{name}-split", None, evaluation(), worst=(worst("fd_exp", 2.0, name),))
    origin = Origin(f"visavis evaluate {name}", name, name, {name: name})
    made = Report(name, replace(report().data, name=name), (measured,), origin)
    reader = read(replace(made, curves=(Curve(name, name, {name: (Point(0, 1),)}),)))
    words = " ".join(reader.words)
    assert "&amp;" not in words
    assert "&lt;" not in words
    assert words.count(name) > 10
    assert "<b>" not in page(made)


def test_several_models_are_told_apart_clip_by_clip() -> None:
    made = page(report(Measured("one", "test", 7, evaluation()), Measured("two", "test", 7, evaluation())))
    assert ">one, n = 7</text>" in made
    assert ">two, n = 7</text>" in made
    assert ">model, n = 7</text>" in page(report(Measured("one", "test", 7, evaluation())))


def test_what_is_missing_is_left_out() -> None:
    nothing = read(report())
    assert len(rows_of(nothing.tables[0])) == len(rows_of(nothing.tables[1])) == len(TABLE_1) // 2
    headings = " ".join(nothing.words)
    assert "Clip by clip" not in headings
    assert "Robustness" not in headings
    bare = Measured("timar-base", "", None, Evaluation({}, 0, 0.0, (), problems=("talk9: broken <file>",)))
    reader = read(report(bare))
    ours = next(row for row in rows_of(reader.tables[0]) if row[0].startswith("timar-base"))
    assert ours[1:] == ("-",) * len(COLUMNS)
    assert "talk9: broken <file>" in reader.words


def test_lips_are_told_by_source() -> None:
    def lips(jaw: float, **more: float) -> dict[str, Estimate]:
        return {name: estimate(value) for name, value in {**more, "lip_jaw_correlation": jaw, "fd_exp": 1.0}.items()}

    parts = {
        "anna": {MODEL: lips(0.5, lip_closure_bilabial=0.25), LOUDNESS: lips(0.75), MEAN_FACE: lips(0.1)},
        "ben & co": {MODEL: lips(0.875)},
    }
    reader = read(report(Measured("m", "people", None, replace(evaluation(), parts=parts))))
    (table,) = [table for table in reader.tables if ("lip_jaw_correlation" in table[0]) and ("fd_exp" not in table[0])]
    assert table == [
        ("", "lip_jaw_correlation", "lip_closure_bilabial"),
        ("anna: model", "0.50.45\u2009…\u20090.55", "0.250.225\u2009…\u20090.275"),
        ("anna: loudness alone", "0.750.675\u2009…\u20090.825", "-"),
        ("ben & co: model", "0.8750.787\u2009…\u20090.963", "-"),
    ]
    words = " ".join(reader.words)
    assert "Lips by source" in words
    assert "People: m, as trained" in words
    assert "Lips by source" not in " ".join(read(report(Measured("m", "people", None, evaluation()))).words)


def test_pooled_scores_stand_with_the_other_metrics() -> None:
    scored = replace(evaluation(), pooled={"model": {"pooled_fd_exp": 1.234}})
    table = read(report(Measured("m", "test", 7, scored))).tables[-1]
    assert ("pooled_fd_exp", "1.23") in table


def test_states_are_told_by_shares_and_by_what_they_are_taken_for() -> None:
    counts = ((3, 1, 0, 0, 0, 0, 0), *[(0,) * 7] * 6)
    told = {"state_accuracy": estimate(0.75), "state_recall_speaking": estimate(0.5)}
    rows = {**evaluation().rows, "live rule, logged speech": told, MODEL: {**evaluation().rows[MODEL], **told}}
    scored = replace(evaluation(), rows=rows, confusions={MODEL: counts, "live rule, logged speech": counts})
    reader = read(report(Measured("m", "test", None, scored)))
    shares = next(table for table in reader.tables if table[0] == ("", "state_accuracy", "state_recall_speaking"))
    assert [line[0] for line in shares[1:]] == [MODEL, "live rule, logged speech"]
    confusions = [table for table in reader.tables if table[0][0] == "true, told as"]
    assert len(confusions) == 2
    assert confusions[0][1][:4] == ("speaking", "75.0%", "25.0%", "0.0%")
    assert "Conversational states" not in " ".join(read(report(Measured("m", "test", None, evaluation()))).words)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match=r"report\.html"):
        write_report(tmp_path / "file" / "report.html", report())
