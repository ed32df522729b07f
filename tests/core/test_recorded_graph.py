import pytest
import torch

from visavis.core.recorded_graph import any_row, every_row


def test_rows_are_asked() -> None:
    some = torch.tensor([True, False])
    assert any_row(some)
    assert not every_row(some)
    assert not any_row(~some & some)
    assert every_row(~some | some)


def test_while_a_graph_is_recorded_the_general_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert any_row(torch.tensor([False]))
    assert not every_row(torch.tensor([True]))
