from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.core.program import exit_status


def failing() -> None:
    raise VisavisError("this cannot be;\n  do that")


def test_what_cannot_be_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(failing) == 2
    assert capsys.readouterr() == ("", "visavis: error: this cannot be; do that\n")


def test_what_can_be_is_status_0_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[int] = []
    assert exit_status(lambda: done.append(1)) == 0
    assert done == [1]
    assert capsys.readouterr() == ("", "")


def test_faults_of_the_program_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 // 0)
