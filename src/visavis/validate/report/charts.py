"""Charts as inline SVG: strips of clips, curves with intervals, tracks over time.

Colours and fonts come from the page (assets/report.css), so that charts follow light, dark and paper.
Lengths are pixels; T samples of a track.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from visavis.validate.benchmark.worst_clips import Signal

COLOURS = 8
"""The page has so many colours for series; further ones begin again."""

MOST_DOTS = 150
"""A strip with more clips shows this many of their quantiles."""


@dataclass(frozen=True)
class Strip:
    """One row of a strip chart: a value per clip, and the mean over them; `ours` stands out."""

    label: str
    values: tuple[float, ...]
    ours: bool = False


@dataclass(frozen=True)
class Point:
    """A place on a curve, with its interval where there is one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Curve:
    """Curves over one x axis: points by series, in the order of x."""

    title: str
    x_label: str
    series: Mapping[str, tuple[Point, ...]]


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` on pixels from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers within the axis, `most` or fewer."""
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-6), math.floor(self.high / step + 1e-6)
        return [number * step for number in range(first, last + 1)][:most] if last >= first else []


def axis(values: Sequence[float], start: float, stop: float, *, zero: bool = False) -> Axis:
    """An axis that holds all finite values with a little room, from 0 where `zero`."""
    known = [float(value) for value in values if math.isfinite(value)] + ([0.0] if zero else [])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high - low < 1e-12:
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if abs(low) > 1e-12 else (low, low + 1.0)
    room = 0.04 * (high - low)
    return Axis(low if zero and low == 0 else low - room, high + room, start, stop)


def strip_chart(title: str, strips: Sequence[Strip]) -> str:
    """A figure with a row of dots a strip: box = middle half, line = median, diamond = mean."""
    left, width, row = 166, 390, 19
    floor = row * len(strips) + 4
    x = axis([value for strip in strips for value in strip.values], left, width - 10, zero=True)
    parts = [_grid_x(x, 0, floor)]
    for number, strip in enumerate(strips):
        parts.append(_strip(strip, x, row * number + row / 2 + 2, left))
    return _figure(title, width, floor + 18, parts)


def curve_chart(curve: Curve) -> str:
    """A figure with a line and a marker a series, whiskers for intervals, and a legend."""
    width, height, left, floor = 420, 250, 60, 206
    points = [point for series in curve.series.values() for point in series]
    x = axis([point.x for point in points], left + 8, width - 14)
    heights = [value for p in points for value in (p.y, p.low, p.high) if value is not None]
    y = axis(heights, floor, 10)
    parts = [_grid_y(y, left, width), *_ticks_x(x, sorted({p.x for p in points}), floor)]
    parts.append(_text((left + width) / 2, height - 6, curve.x_label, "middle"))
    for number, series in enumerate(curve.series.values()):
        parts.append(f'<g class="c{number % COLOURS}">{_line(series, x, y, number)}</g>')
    legend = "".join(
        f'<li class="c{n % COLOURS}"><svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">'
        f'<path class="line" d="M0 6H22"/>{_marker(11, 6, n)}</svg>{escape(name)}</li>'
        for n, name in enumerate(curve.series)
    )
    return _figure(curve.title, width, height, parts, f'<ul class="legend">{legend}</ul>')


def track_chart(
    title: str, start_s: float, fps: float, signals: Sequence[Signal], voices: Mapping[str, Sequence[tuple[int, int]]]
) -> str:
    """A figure with target and prediction of every signal over time [s], and who speaks when below.

    `voices` are stretches of frames (first, after the last) by person, counted from the first frame shown.
    """
    width, left, tall, gap = 900, 58, 96, 22
    frames = max([len(s.target) for s in signals] + [stop for runs in voices.values() for _, stop in runs] + [2])
    x = Axis(start_s, start_s + (frames - 1) / fps, left, width - 8)
    floor = (tall + gap) * len(signals) + 17 * len(voices) + 4
    parts = [_grid_x(x, gap if signals else 0, floor, most=12)]
    for number, signal in enumerate(signals):
        parts.append(_track(signal, x, (tall + gap) * number + gap, tall, fps))
    for number, (name, runs) in enumerate(voices.items()):
        top = (tall + gap) * len(signals) + 17 * number + 6
        bars = "".join(_bar(x, start_s + first / fps, start_s + stop / fps, top) for first, stop in runs)
        parts.append(f'<g class="voice">{bars}</g>{_text(left - 6, top + 9, name, "end")}')
    parts.append(_text(width - 8, floor + 28, "seconds", "end"))
    return _figure(title, width, floor + 32, parts)


def _strip(strip: Strip, x: Axis, middle: float, left: float) -> str:
    label = _text(left - 8, middle + 4, _shortened(strip.label, 27), "end", "ours" if strip.ours else "")
    if not strip.values:
        return label + _text(left + 6, middle + 4, "no clip", "start", "faint")
    values = np.asarray(strip.values)
    low, median, high = (x.at(float(value)) for value in np.quantile(values, (0.25, 0.5, 0.75)))
    shown = np.quantile(values, np.linspace(0, 1, MOST_DOTS)) if len(values) > MOST_DOTS else values
    dots = "".join(f"M{_px(x.at(float(v)))} {middle + 9 * (n * 0.618 % 1 - 0.5):.0f}h0" for n, v in enumerate(shown))
    mean = x.at(float(values.mean()))
    return (
        f'{label}<g class="{"c0" if strip.ours else "other"}"><path class="dots" d="{dots}"/>'
        f'<rect class="box" x="{_px(low)}" y="{_px(middle - 6)}" width="{_px(max(high - low, 0.5))}" height="12"/>'
        f'<path class="median" d="M{_px(median)} {_px(middle - 6)}v12"/>{_diamond(mean, middle, 4)}</g>'
    )


def _line(series: Sequence[Point], x: Axis, y: Axis, number: int) -> str:
    path = "L".join(f"{_px(x.at(p.x))} {_px(y.at(p.y))}" for p in series)
    whiskers = "".join(
        f"M{_px(x.at(p.x))} {_px(y.at(p.low))}V{_px(y.at(p.high))}"
        for p in series
        if p.low is not None and p.high is not None
    )
    markers = "".join(_marker(x.at(p.x), y.at(p.y), number) for p in series)
    return (f'<path class="line" d="M{path}"/>' if path else "") + f'<path class="whisker" d="{whiskers}"/>{markers}'


def _marker(x: float, y: float, number: int) -> str:
    if number % 4 == 0:
        return f'<circle class="mark" cx="{_px(x)}" cy="{_px(y)}" r="3.4"/>'
    if number % 4 == 1:
        return f'<rect class="mark" x="{_px(x - 3)}" y="{_px(y - 3)}" width="6" height="6"/>'
    if number % 4 == 2:
        return f'<path class="mark" d="M{_px(x)} {_px(y - 4)}l4 7h-8z"/>'
    return _diamond(x, y, 4.2)


def _diamond(x: float, y: float, size: float) -> str:
    return f'<path class="mark" d="M{_px(x)} {_px(y - size)}l{size} {size}l-{size} {size}l-{size} -{size}z"/>'


def _track(signal: Signal, x: Axis, top: float, tall: float, fps: float) -> str:
    y = axis([*signal.target, *signal.prediction], top + tall, top)
    lines = "".join(
        f'<path class="{kind}" d="{_polyline(values, x, y, fps)}"/>'
        for kind, values in (("target", signal.target), ("prediction", signal.prediction))
    )
    unit = f" [{signal.unit}]" if signal.unit else ""
    return (
        _grid_y(y, x.start, x.stop, most=4) + _text(x.start, top - 7, f"{signal.title}{unit}", "start", "ours") + lines
    )


def _polyline(values: np.ndarray, x: Axis, y: Axis, fps: float) -> str:
    places = [f"{_px(x.at(x.low + n / fps))} {_px(y.at(float(value)))}" for n, value in enumerate(values)]
    return "M" + "L".join(places) if places else ""


def _bar(x: Axis, start: float, stop: float, top: float) -> str:
    first, last = x.at(start), min(x.at(stop), x.stop)
    return f'<rect x="{_px(first)}" y="{_px(top)}" width="{_px(last - first)}" height="11"/>'


def _grid_x(x: Axis, top: float, floor: float, most: int = 5) -> str:
    return "".join(
        f'<path class="rule" d="M{_px(x.at(value))} {_px(top)}V{_px(floor)}"/>'
        + _text(x.at(value), floor + 14, f"{value:g}", "middle")
        for value in (round(tick, 10) for tick in x.ticks(most))
    )


def _grid_y(y: Axis, left: float, right: float, most: int = 5) -> str:
    return "".join(
        f'<path class="rule" d="M{_px(left)} {_px(y.at(value))}H{_px(right)}"/>'
        + _text(left - 6, y.at(value) + 4, f"{value:g}", "end")
        for value in (round(tick, 10) for tick in y.ticks(most))
    )


def _ticks_x(x: Axis, values: Sequence[float], floor: float) -> list[str]:
    shown = values if len(values) <= 8 else x.ticks(6)
    return [_text(x.at(value), floor + 16, f"{value:g}", "middle") for value in shown]


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{_px(x)}" y="{_px(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _figure(title: str, width: float, height: float, parts: Sequence[str], below: str = "") -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {width:g} {height:g}" '
        f'style="max-width:{width:g}px" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>{below}</figure>'
    )


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
