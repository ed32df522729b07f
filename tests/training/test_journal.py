from __future__ import annotations

import pytest
import torch

from visavis.core.errors import VisavisError
from visavis.training.journal import Journal
from visavis.training.processes import Processes


def values(loss: float, part: float = 0.0) -> dict[str, torch.Tensor]:
    return {"loss": torch.tensor(loss, requires_grad=True), "part": torch.tensor(part)}


def test_a_look_gives_means_since_the_last() -> None:
    journal, processes = Journal(0), Processes()
    for loss in (1.0, 2.0, 6.0):
        journal.add(values(loss, part=-loss))
    assert journal.look(processes) == {"loss": 3.0, "part": -3.0}
    journal.add(values(8.0))
    assert journal.look(processes) == {"loss": 8.0, "part": 0.0}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_the_first_broken_step_is_named(bad: float) -> None:
    journal, processes = Journal(100), Processes()
    journal.add(values(1.0))
    journal.look(processes)
    for loss in (1.0, 1.0, bad, bad):
        journal.add(values(loss))
    with pytest.raises(VisavisError, match=rf"broke at step 104: loss {bad}, part 0; .*optimizer\.lr"):
        journal.look(processes)


def test_losses_keep_their_names() -> None:
    journal = Journal(0)
    journal.add(values(1.0))
    with pytest.raises(VisavisError, match="gave loss, part and then loss"):
        journal.add({"loss": torch.tensor(1.0)})
