from __future__ import annotations

import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from visavis.core.errors import VisavisError
from visavis.view.render import cores
from visavis.view.render.cores import unthreaded_products
from visavis.view.render.stage import Stage


def threads() -> list[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_products_have_one_thread_within_and_as_many_as_before_after() -> None:
    before = threads()
    with unthreaded_products():
        assert set(threads()) <= {1}
    assert threads() == before


def test_a_picture_is_drawn_so(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage([None], size=(64, 64))
    seen: list[int] = []
    figure = stage.actors[0].figure
    monkeypatch.setattr(stage.actors[0], "figure", lambda *given: seen.extend(threads()) or figure(*given))
    stage.draw(0)
    assert set(seen) <= {1}


def test_a_missing_threadpoolctl_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(VisavisError, match=r"needs threadpoolctl; install it with: pip install 'visavis\[view\]'"):
        cores._pools.__wrapped__()
