from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from visavis.data.simulate.plan import Turn, plan
from visavis.data.simulate.timing import AMI


@pytest.fixture(scope="module")
def talks() -> list[list[Turn]]:
    return [plan(np.random.default_rng(seed), AMI, 80.0) for seed in range(150)]


def test_the_floor_changes_with_every_move_but_a_pause(talks: list[list[Turn]]) -> None:
    for turns in talks:
        for before, turn in pairwise(turns):
            assert (turn.person == before.person) == (turn.move == "pause")
            assert (turn.delay_s <= 0) if turn.move == "overlap" else (0 <= turn.delay_s <= 9)
    assert {turns[0].person for turns in talks} == {1, 2}


def test_moves_are_as_frequent_as_the_statistics_say(talks: list[list[Turn]]) -> None:
    moves = [turn.move for turns in talks for turn in turns[1:]]
    assert moves.count("pause") / len(moves) == pytest.approx(AMI.pause_share, abs=0.03)
    assert moves.count("gap") / len(moves) == pytest.approx(AMI.gap_share, abs=0.03)
    inside = sum(len(turn.inside) for turns in talks for turn in turns)
    assert inside / sum(turn.length_s for turns in talks for turn in turns) == pytest.approx(AMI.inside_per_s, rel=0.1)


def test_a_talk_lasts_as_long_as_asked_and_always_moves_on(talks: list[list[Turn]]) -> None:
    for turns in talks:
        ends = np.cumsum([turn.delay_s + turn.length_s for turn in turns])
        assert ends[-1] >= 80
        assert len(ends) == 1 or ends[-2] < 80
        assert np.diff(ends, prepend=0).min() >= 0.2 - 1e-9


def test_the_same_generator_gives_the_same_plan(talks: list[list[Turn]]) -> None:
    assert plan(np.random.default_rng(7), AMI, 80.0) == talks[7]
    assert talks[7] != talks[8]
