from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.validate.simulator.bounds import GROUPS, KINDS, Bound, bounds, main, table

pytest.importorskip("espeakng_loader")


@pytest.fixture(scope="module")
def rows() -> dict[str, Bound]:
    from visavis.data.simulate.conversation import simulate_scene

    return {row.name: row for row in bounds([simulate_scene(11, "test", index) for index in range(2)], draws=24)}


def test_nothing_is_closer_than_the_truth_and_the_oracle_is_next(rows: dict[str, Bound]) -> None:
    assert set(rows["true motion"].errors.values()) == {0}
    for group in ("jaw", "pose", "gaze", "mouth", "blink"):
        assert 0 < rows["oracle"].errors[group] < rows["second draw, stranger"].errors[group]
    assert rows["oracle"].errors["mouth"] < 0.7
    assert rows["second draw, same person"].errors["jaw"] < rows["second draw, stranger"].errors["jaw"]


def test_a_second_draw_meets_most_moments_but_not_all(rows: dict[str, Bound]) -> None:
    assert min(rows["true motion"].reactions[kind].f1 for kind in KINDS) > 0.9
    for kind in ("nod", "brow raise"):
        assert rows["second draw, stranger"].reactions[kind].f1 < rows["true motion"].reactions[kind].f1
    assert 0.5 < rows["second draw, stranger"].reactions["nod"].f1 < 0.95
    met, all_ = rows["true motion"].recall["nod", "partner phrase end"]
    assert met / all_ > 0.9


def test_the_table_has_a_line_for_each_row_and_cause(rows: dict[str, Bound]) -> None:
    lines = table(list(rows.values())).splitlines()
    assert lines[0].count("|") == len(GROUPS) + len(KINDS) + 2
    assert lines[3].startswith("| oracle |")
    assert lines[3].endswith("| - | - | - |")
    assert any(line.startswith("second draw, stranger: nod (partner phrase end): ") for line in lines)


def test_bad_input_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(VisavisError, match="0 conversations"):
        bounds([])
    assert main(["tset"]) == 2
    assert "unknown split 'tset'" in capsys.readouterr().err
