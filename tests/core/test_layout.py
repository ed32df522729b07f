from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.layout import Layout, Place, read_layout


def test_two_people_sit_face_to_face_where_nothing_else_is_said() -> None:
    layout = Layout.default()
    first, second = layout.translations
    assert np.linalg.norm(second - first) == pytest.approx(1.2)
    for place, towards in ((layout.first, second - first), (layout.second, first - second)):
        faced = np.array([math.sin(place.facing_rad), 0, math.cos(place.facing_rad)])
        np.testing.assert_allclose(faced, towards / np.linalg.norm(towards), atol=1e-6)
    np.testing.assert_allclose((first + second) / 2 * [1, 0, 1], 0, atol=1e-7)
    assert layout.translations.dtype == np.float32


def test_exchanged_people_exchange_their_places() -> None:
    layout = Layout(Place((0.1, 1.6, -0.4), 0.2), Place((0.0, 1.2, 0.5), 3.0))
    np.testing.assert_array_equal(layout.swapped().translations, layout.translations[::-1])
    assert layout.swapped().swapped() == layout


def test_a_layout_comes_back_from_its_file(tmp_path: Path) -> None:
    layout = Layout(Place((0.25, 1.5, -0.5), math.radians(30)), Place((-0.5, 1.25, 1), math.radians(-170)))
    path = tmp_path / "layout.json"
    path.write_text(json.dumps(layout.to_dict()))
    read = read_layout(path)
    np.testing.assert_array_equal(read.translations, layout.translations)
    assert read.first.facing_rad == pytest.approx(layout.first.facing_rad)
    assert layout.to_dict()["second"]["facing_deg"] == pytest.approx(-170)


SIDE = {"position": [0, 1.2, 0.6], "facing_deg": 180}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([1], "a layout cannot be"),
        ({"first": SIDE}, "a layout lacks 'second'"),
        ({"first": SIDE, "seccond": SIDE}, "unknown key of a layout 'seccond'; did you mean 'second'"),
        ({"first": SIDE, "second": {"position": [0, 1], "facing_deg": 0}}, "three numbers"),
        ({"first": SIDE, "second": {"position": [0, "near", 1], "facing_deg": 0}}, "position of 'second' cannot be"),
        ({"first": SIDE, "second": {"position": [0, 1, 1], "facing_deg": True}}, "facing_deg of 'second' cannot be"),
        ({"first": SIDE, "second": {"position": [0, 1, math.nan], "facing_deg": 0}}, "finite"),
        ({"first": SIDE, "second": {"position": [0, 1, 1], "facing_deg": math.inf}}, "finite"),
        ({"first": SIDE, "second": SIDE}, "0.00 m apart"),
        ({"first": SIDE, "second": {"position": [0, 1.2, 0.35], "facing_deg": 0}}, "0.25 m apart"),
        (
            {"first": {"position": [0, 1, -6], "facing_deg": 0}, "second": {"position": [0, 1, 6], "facing_deg": 0}},
            "12",
        ),
        ({"first": SIDE, "second": {"position": [0, 1, 40], "facing_deg": 0}}, "40.0 m from the origin"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(data: object, said: str) -> None:
    with pytest.raises(VisavisError, match=said):
        Layout.from_dict(data)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    with pytest.raises(VisavisError, match=r"layout\.json: No such file"):
        read_layout(path)
    path.write_text("{")
    with pytest.raises(VisavisError, match=r"layout\.json is not JSON"):
        read_layout(path)
    path.write_text('{"first": 1, "second": 2}')
    with pytest.raises(VisavisError, match=r"layout\.json: the place of 'first' cannot be 1"):
        read_layout(path)
