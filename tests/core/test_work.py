from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.core.work import Done, Failure, WorkError, attempt, in_order


def test_results_come_in_the_order_of_their_pieces() -> None:
    early = [Done(2, "c"), Done(0, "a"), Done(3, "d"), Done(1, "b")]
    assert list(in_order(early)) == ["a", "b", "c", "d"]


def test_a_result_does_not_wait_for_later_ones() -> None:
    taken: list[int] = []

    def coming() -> object:
        for index in range(3):
            taken.append(index)
            yield Done(index, index)

    results = in_order(coming())  # type: ignore[arg-type]
    assert (next(results), taken) == (0, [0])


def test_an_error_names_its_piece_and_says_what_kind_it_is() -> None:
    def refuse(piece: int) -> None:
        raise VisavisError(f"{piece} s are too short")

    told = attempt(refuse, 3)
    assert isinstance(told, Failure)
    assert (type(told.error("clip 4")), str(told.error("clip 4"))) == (VisavisError, "clip 4: 3 s are too short")
    broken = attempt(lambda piece: 1 // piece, 0)
    assert isinstance(broken, Failure)
    assert isinstance(broken.error("a piece"), WorkError)
    with pytest.raises(WorkError, match=r"(?s)^a piece: ZeroDivisionError: .*Traceback .*lambda"):
        raise broken.error("a piece")
    assert attempt(lambda piece: 1 // piece, 1) == 1
