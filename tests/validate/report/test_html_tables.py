from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.validate.made_up import estimate, evaluation
from visavis.validate.benchmark.case_scores import MODEL
from visavis.validate.benchmark.published_scores import COLUMNS, TABLE_2
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.html_tables import (
    Block,
    all_metrics_table,
    difference_row,
    heading,
    measured_row,
    number,
    printed_table,
    published_row,
    rows_table,
)


def lines(table: str) -> list[list[str]]:
    """The words of every cell, line by line."""
    return [["".join(cell.itertext()) for cell in line] for line in ElementTree.fromstring(table).iter("tr")]


def test_every_published_number_is_printed_as_published() -> None:
    table = lines(printed_table("Table 2", [Block("n = 7", tuple(map(published_row, TABLE_2)))]))
    for row, line in zip(TABLE_2, table[3:], strict=True):
        assert line[0] == f"{row.method}published DualTalk's data"
        assert line[1:] == [f"{row.scores[name]:.2f}" for name in COLUMNS]


def test_heads_name_the_columns_in_their_printed_units() -> None:
    head = lines(printed_table("Table 1", []))
    assert head[0][1:] == ["FD ↓", "P-FD ↓", "MSE ↓", "SID ↑", "rPCC ↓"]
    assert head[1][:3] == ["exp", "jaw\u00d710³", "pose\u00d710²"]
    assert (heading("rpcc_exp"), heading("sid_jaw"), heading("seam_speed")) == (
        "rPCC exp \u00d710²",
        "SID jaw",
        "seam_speed",
    )


def test_measured_numbers_are_printed_in_the_same_units_with_their_intervals() -> None:
    row = measured_row("ours", "the moon", {"fd_jaw": Estimate(1.57e-3, 1.5e-3, 1.7e-3, 9), "mse_exp": estimate(0.0)})
    line = lines(printed_table("Table 1", [Block("", (row,))]))[-1]
    cells = dict(zip(COLUMNS, line[1:], strict=True))
    assert line[0] == "oursmeasured here the moon"
    assert cells["fd_jaw"].startswith("1.571.50")
    assert cells["fd_jaw"].endswith("1.70")
    assert cells["mse_exp"] == "0"
    assert cells["fd_exp"] == "-"


def test_differences_are_per_cent_of_the_printed_number() -> None:
    scores = {"fd_exp": estimate(TABLE_2[0].raw("fd_exp") * 1.1), "fd_jaw": estimate(TABLE_2[0].raw("fd_jaw") * 0.98)}
    assert difference_row(TABLE_2[0], scores).cells == {"fd_exp": "+10.0%", "fd_jaw": "-2.0%"}


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("fd_exp", 8.974, "8.97"),
        ("fd_jaw", 1.571e-3, "1.57"),
        ("fd_exp", 0.01234, "0.012"),
        ("fd_pose", 9.94e-8, "9.9e-6"),
        ("sid_exp", -1.44e-6, "0"),
        ("var_exp", 1.23e-4, "1.2e-4"),
        ("mse_exp", -1e-9, "0"),
        ("head_speed_ratio", 0.98765, "0.988"),
        ("lip_lag_ms", 0.0, "0"),
    ],
)
def test_numbers_are_short(metric: str, value: float, text: str) -> None:
    assert number(metric, value) == text


def test_blocks_without_rows_and_tables_without_metrics_are_left_out() -> None:
    assert "empty" not in printed_table("Table 1", [Block("empty", ())])
    assert all_metrics_table("nothing", {MODEL: {"fd_exp": estimate(1)}}) == ""


def test_all_other_metrics_stand_once_with_a_cell_for_every_row() -> None:
    rows = {MODEL: evaluation().rows[MODEL], "real <motion>": {"react_f1_nod": estimate(1.0)}, "bare": {}}
    table = lines(all_metrics_table("the rest", rows))
    assert table[0] == ["metric", MODEL, "real <motion>"]
    assert [line[0] for line in table[1:]] == ["react_f1_nod", "seam_speed"]
    assert table[2][2] == "-"


def test_rows_without_any_of_the_metrics_are_left_out() -> None:
    rows = {"<model>": {"lip_closure": estimate(0.5), "seam": estimate(2)}, "bare": {"seam": estimate(1)}, "none": {}}
    assert lines(rows_table("lips", rows, ["lip_closure", "lip_lag"])) == [
        ["", "lip_closure", "lip_lag"],
        ["<model>", "0.50.45\u2009…\u20090.55", "-"],
    ]
    assert rows_table("lips", rows, ["lip_lag"]) == ""
