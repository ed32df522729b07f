import re
from xml.etree import ElementTree

import numpy as np
import pytest

from visavis.validate.benchmark.worst_clips import Signal
from visavis.validate.report.charts import (
    MOST_DOTS,
    Axis,
    Curve,
    Point,
    Strip,
    axis,
    curve_chart,
    strip_chart,
    track_chart,
)


def drawing(figure: str) -> ElementTree.Element:
    """The figure's tree; raises where it is not well formed."""
    return ElementTree.fromstring(figure)


def texts(figure: str) -> list[str]:
    return [element.text or "" for element in drawing(figure).iter("text")]


def test_an_axis_maps_its_ends_to_its_pixels_and_has_round_ticks() -> None:
    made = Axis(-1.0, 3.0, 100.0, 200.0)
    assert [made.at(value) for value in (-1, 1, 3)] == [100, 150, 200]
    assert made.ticks(5) == [-1, 0, 1, 2, 3]
    assert Axis(0.0, 0.031, 0, 1).ticks(4) == pytest.approx([0, 0.01, 0.02, 0.03])


@pytest.mark.parametrize("values", [[], [0.0], [5.0, 5.0], [float("nan"), 2.0], [-3.0, 1e-15], [1e9, -1e9]])
def test_an_axis_holds_whatever_there_is(values: list[float]) -> None:
    made = axis(values, 0, 100)
    assert made.low < made.high
    assert all(0 <= made.at(value) <= 100 for value in values if value == value)
    assert 0 < len(made.ticks()) <= 5


def test_a_strip_shows_median_mean_and_every_clip() -> None:
    figure = strip_chart("FD exp", [Strip("ours", (0.0, 1.0, 2.0, 9.0), True), Strip("none", ())])
    assert texts(figure)[-1] == "no clip"
    dots = re.search(r'class="dots" d="([^"]*)"', figure)
    assert dots
    assert dots[1].count("M") == 4
    x = [float(place) for place in re.findall(r"M([\d.]+) ", dots[1])]
    middle = float(re.findall(r'class="median" d="M([\d.]+)', figure)[0])
    mean = float(re.findall(r'class="mark" d="M([\d.]+)', figure)[0])
    assert middle == pytest.approx(x[0] + 1.5 / 9 * (x[3] - x[0]), abs=0.1)
    assert mean == pytest.approx(x[0] + 3 / 9 * (x[3] - x[0]), abs=0.1)


def test_many_clips_become_as_many_quantiles_as_can_be_seen() -> None:
    values = tuple(float(value) for value in np.random.default_rng(0).exponential(size=5000))
    figure = strip_chart("FD exp", [Strip("ours", values)])
    assert figure.count("h0") == MOST_DOTS
    assert len(figure) < 10_000


def test_long_labels_are_shortened_and_signs_escaped() -> None:
    figure = strip_chart("a < b & c", [Strip("a model with a name that nobody can read <here>", (1.0,))])
    assert 'aria-label="a &lt; b &amp; c"' in figure
    assert texts(figure)[-1].endswith("…")


def test_curves_have_a_line_a_marker_a_point_and_a_legend() -> None:
    rising = tuple(Point(x, 2 * x, 2 * x - 0.1, 2 * x + 0.1) for x in (0.0, 0.5, 1.0))
    figure = curve_chart(Curve("FD", "share", {"hold": rising, "noise <10 dB>": rising[:1]}))
    assert texts(figure).count("0.5") >= 1
    assert "share" in texts(figure)
    tree = drawing(figure)
    assert ["".join(item.itertext()) for item in tree.iter("li")] == ["hold", "noise <10 dB>"]
    svg = tree.find("svg")
    assert svg is not None
    assert sum(element.get("class") == "mark" for element in svg.iter()) == 4
    line = next(element for element in svg.iter("path") if element.get("class") == "line")
    heights = [float(place.split()[1]) for place in (line.get("d") or "")[1:].split("L")]
    assert heights == sorted(heights, reverse=True)
    whisker = next(element for element in svg.iter("path") if element.get("class") == "whisker")
    assert (whisker.get("d") or "").count("V") == 3


def test_a_curve_without_points_is_an_empty_chart() -> None:
    assert drawing(curve_chart(Curve("FD", "share", {"hold": ()}))).find("svg") is not None
    assert drawing(curve_chart(Curve("FD", "share", {}))).find("svg") is not None


def test_tracks_show_both_lines_and_who_speaks() -> None:
    wave = np.sin(np.arange(101) / 7)
    figure = track_chart("clip", 12.0, 25, [Signal("Jaw", "rad", wave, 0.5 * wave)], {"agent": [(0, 25), (50, 100)]})
    tree = drawing(figure)
    kinds = [element.get("class") for element in tree.iter("path")]
    assert kinds.count("target") == kinds.count("prediction") == 1
    bars = [float(bar.get("width") or 0) for bar in tree.iter("rect")]
    assert bars[1] == pytest.approx(2 * bars[0], abs=0.2)
    assert {"12", "16", "Jaw [rad]", "agent"} <= set(texts(figure))


def test_tracks_of_nothing_are_drawn_too() -> None:
    drawing(track_chart("clip", 0.0, 25, [], {}))
    drawing(track_chart("clip", 0.0, 25, [Signal("Jaw", "", np.zeros(0), np.zeros(0))], {"agent": []}))
