import json

import pytest

from tests.golden import GOLDEN
from visavis.core.errors import VisavisError
from visavis.validate.benchmark.published_scores import COLUMNS, METHODS, TABLE_1, TABLE_2, printed, raw, unit

PUBLISHED = GOLDEN.parent / "published.json"


def test_table_1_has_three_methods_for_each_history_and_split() -> None:
    methods = list(METHODS.values())[:3]
    assert [(row.split, row.turns, row.method) for row in TABLE_1] == [
        (split, turns, method) for split in ("test", "ood") for turns in (0, 1, 3, 7) for method in methods
    ]


def test_table_2_has_timar_and_its_variants_with_seven_turns() -> None:
    assert [row.method for row in TABLE_2] == list(METHODS.values())[2:]
    assert {(row.split, row.turns) for row in TABLE_2} == {("test", 7)}
    assert TABLE_2[0] in TABLE_1


def test_every_row_has_every_column_and_numbers_that_agree_with_each_other() -> None:
    assert len(COLUMNS) == 15
    for row in (*TABLE_1, *TABLE_2):
        assert tuple(row.scores) == COLUMNS
        for group in ("exp", "jaw", "pose"):
            assert 0 < row.scores[f"fd_{group}"] < row.scores[f"pfd_{group}"]
        assert row.scores["sid_exp"] > row.scores["sid_jaw"] > row.scores["sid_pose"]


@pytest.mark.parametrize("metric", COLUMNS)
def test_units_go_there_and_back(metric: str) -> None:
    assert raw(metric, printed(metric, 0.0321)) == pytest.approx(0.0321)
    assert TABLE_2[0].raw(metric) * unit(metric) == pytest.approx(TABLE_2[0].scores[metric])


def test_units_are_those_of_the_paper() -> None:
    assert [unit(metric) for metric in COLUMNS] == [1, 1e3, 1e2, 1, 1e3, 1e2, 10, 1e3, 1e2, 1, 1, 1, 1e2, 10, 10]
    assert TABLE_2[0].raw("mse_jaw") == pytest.approx(1.07e-3)


def test_a_metric_without_a_printed_unit_is_refused() -> None:
    with pytest.raises(VisavisError, match="sid_reverse_exp"):
        printed("sid_reverse_exp", 1.0)


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="needs the published numbers (beside VISAVIS_GOLDEN)")
def test_all_numbers_are_the_published_ones() -> None:
    given = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    found = {(row.split, row.turns, row.method): row.scores for row in (*TABLE_1, *TABLE_2)}
    expected = {
        (split, int(turns), METHODS[method]): {
            f"{key}_{group}": value
            for key, values in scores.items()
            for group, value in zip(("exp", "jaw", "pose"), values, strict=True)
        }
        for split in ("test", "ood")
        for turns, methods in given[split].items()
        for method, scores in methods.items()
    }
    assert found == expected
