from __future__ import annotations

from visavis.core.errors import VisavisError, listed, missing_extra, unknown


def test_an_unknown_name_meets_its_nearest_and_all_known() -> None:
    error = unknown("model", "timar-smal", ["dualtalk", "timar-small"])
    assert isinstance(error, ValueError)
    assert str(error) == "unknown model 'timar-smal'; did you mean 'timar-small'? known: dualtalk, timar-small"


def test_nothing_near_means_no_guess() -> None:
    message = str(unknown("model", "xyzzy", ["timar-small"]))
    assert "did you mean" not in message
    assert "timar-small" in message


def test_a_missing_extra_says_what_to_install() -> None:
    error = missing_extra("pyvista", "view", "rendering a film")
    assert isinstance(error, VisavisError)
    assert str(error) == "rendering a film needs pyvista; install it with: pip install 'visavis[view]'"


def test_a_long_list_ends_with_how_many_more_there_are() -> None:
    assert listed([]) == "none"
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
