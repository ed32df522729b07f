from __future__ import annotations

import pytest

from visavis.training.display import Display


def test_without_a_terminal_it_prints_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(10, 100) as display:
        display.step()
        display.look(20, 0.51234, 2.0, 16)
        display.look(21, 0.4, 2.0, 16)
        display.scores(21, {"loss": 0.3})
        display.look(100, 0.25, 2.0, 16)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "step 20/100  loss 0.5123  32.0 windows/s  0:00:40 left",
        "step 21  validation: loss 0.3000",
        "step 100/100  loss 0.2500  32.0 windows/s  0:00:00 left",
    ]


def test_on_a_terminal_it_draws_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with Display(0, 4) as display:
        for _ in range(4):
            display.step()
        display.look(4, 0.5, 3.0, 8)
        display.scores(4, {"loss": 0.25})
    shown = capsys.readouterr().err
    assert "4/4" in shown
    assert "loss 0.5000" in shown
    assert "24.0 windows/s" in shown
    assert "validation: loss 0.2500" in shown


def test_silent_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(0, 4, silent=True) as display:
        display.step()
        display.look(4, 0.5, 3.0, 8)
        display.note("hello")
    assert capsys.readouterr().err == ""
