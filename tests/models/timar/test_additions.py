from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.model import TimarConfig


def test_without_additions_it_is_the_papers_model() -> None:
    assert TimarConfig().additions == TimarAdditions()
    assert TimarAdditions(skip=True) != TimarAdditions()


def test_additions_that_need_each_other_say_so() -> None:
    with pytest.raises(VisavisError, match="skip_user widens the skip; it needs skip"):
        TimarAdditions(skip_user=True)
    with pytest.raises(VisavisError, match="it needs hand_over and mean_head"):
        TimarAdditions(guide=True, mean_head=True)
    with pytest.raises(VisavisError, match="turns_per_layer needs positions 'turn'"):
        TimarAdditions(turns_per_layer=2)
