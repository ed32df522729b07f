"""Live Link Face CSV captures: one row a frame, `Timecode`, `BlendShapeCount` and the channels of arkit61.

A timecode is `HH:MM:SS:FF.fff`; FF counts to the timecode's own base (the app counts to 60 even when it records
at 30 fps). Weights lie in [0, 1], head and eye rotations are in radians.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, LEAST_FPS, MOST_FPS
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile, require_file, shown

_TIMECODE = re.compile(r"([01]?\d|2[0-3]):([0-5]?\d):([0-5]?\d)[:;](\d{1,4}(?:\.\d{1,20})?)")
_BASES = np.array([24, 25, 30, 48, 50, 60, 120, 1000], dtype=np.float64)
_RATES = np.array([24, 25, 30, 48, 50, 60, 120, 24000 / 1001, 30000 / 1001, 60000 / 1001])
_WRITTEN_BASE = 60
_DAY_S = 24 * 60 * 60
_ROTATIONS = frozenset(ARKIT61.channels[i] for rotation in ARKIT61.rotations for i in rotation.channels)
_OPTIONAL = _ROTATIONS | {"TongueOut"}


def read_livelink(path: str | os.PathLike[str]) -> Motion:
    """The motion of a Live Link Face CSV in arkit61, one frame a row, at the rate its timecodes tell.

    Columns are found by name, whatever their order and capitals. Columns that older versions of the app
    leave out (TongueOut, head and eye rotations) are 0; rows without values (no face seen) hold the last frame.
    Timecodes that never reach the next second are taken to count to 60; a single row counts as 25 fps.

    Raises `BrokenFile` where columns are missing or there twice, where a row cannot be read or its timecode runs
    backwards, naming the line, and where the timecodes stand still or tell no frame rate from 1 to 1,000 fps.
    """
    rows = _rows(path)
    if len(rows) < 2:
        raise BrokenFile(path, "holds no frames", "capture it again")
    header = {name.strip().casefold(): column for column, name in enumerate(rows[0])}
    if "timecode" not in header:
        raise BrokenFile(path, "has no column Timecode", "use a CSV saved by Live Link Face")
    missing = [c for c in ARKIT61.channels if c.casefold() not in header and c not in _OPTIONAL]
    if missing:
        raise BrokenFile(path, f"lacks {len(missing)} columns, the first is {missing[0]}", "capture all ARKit shapes")
    _require_single(path, rows[0])
    texts = [row[header["timecode"]] for row in rows[1:]]
    stamps = np.array([_stamp(path, line, text) for line, text in enumerate(texts, 2)])
    _require_forward(path, stamps, texts)
    if len(stamps) > 1 and (stamps == stamps[0]).all():
        raise BrokenFile(path, f"its timecodes stand still at {shown(texts[0])}", "capture it again")
    rate = _rate(stamps)
    if not LEAST_FPS <= rate <= MOST_FPS:
        possible = f"possible are {LEAST_FPS} to {MOST_FPS:,}"
        raise BrokenFile(path, f"its timecodes tell {rate:g} frames a second, {possible}", "repair them")
    return Motion(_values(path, rows, header), ARKIT61, rate)


def write_livelink(motion: Motion, path: str | os.PathLike[str]) -> None:
    """Write motion in arkit61 as a Live Link Face CSV at its own rate; values keep 10 decimals.

    Raises `VisavisError` for motion of another space.
    """
    if motion.space.name != ARKIT61.name:
        raise VisavisError(f"{path}: a Live Link Face CSV holds arkit61, not {motion.space.name}; write .npz instead")
    row_format = ",".join(["%s", str(motion.space.width), *["%.10f"] * motion.space.width])
    lines = [",".join(["Timecode", "BlendShapeCount", *motion.space.channels])]
    for frame, values in enumerate(motion.values.tolist()):
        lines.append(row_format % (_timecode(frame / motion.fps), *values))
    with written_whole(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rows(path: str | os.PathLike[str]) -> list[list[str]]:
    try:
        with require_file(path).open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BrokenFile(path, "is not a text table", "use a CSV saved by Live Link Face") from error
    for line, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise BrokenFile(path, f"line {line} has {len(row)} of {len(rows[0])} fields", "repair or remove the line")
    return rows


def _require_single(path: str | os.PathLike[str], header: list[str]) -> None:
    read = {name.casefold(): name for name in ("Timecode", *ARKIT61.channels)}
    counts = Counter(name.strip().casefold() for name in header)
    twice = [name for folded, name in read.items() if counts[folded] > 1]
    if twice:
        raise BrokenFile(path, f"has {counts[twice[0].casefold()]} columns {twice[0]}", "keep the right one")


def _require_forward(path: str | os.PathLike[str], stamps: np.ndarray, texts: list[str]) -> None:
    """Refuses steps back. A day's clock passes midnight: what looks like a step of more than half a day is one back."""
    seconds, counts = np.diff(stamps[:, 0]) % _DAY_S, np.diff(stamps[:, 1])
    back = np.flatnonzero((seconds > _DAY_S / 2) | ((seconds == 0) & (counts < 0)))
    if len(back):
        row = int(back[0]) + 1
        problem = f"line {row + 2}: timecode {shown(texts[row])} runs backwards, after {shown(texts[row - 1])}"
        raise BrokenFile(path, problem, "repair or cut the recording")


def _values(path: str | os.PathLike[str], rows: list[list[str]], header: dict[str, int]) -> np.ndarray:
    channels = [(i, header[c.casefold()]) for i, c in enumerate(ARKIT61.channels) if c.casefold() in header]
    values = np.zeros((len(rows) - 1, ARKIT61.width), dtype=np.float32)
    seen = np.zeros(len(values), dtype=bool)
    targets = [i for i, _ in channels]
    for frame, row in enumerate(rows[1:]):
        cells = [row[column].strip() for _, column in channels]
        seen[frame] = any(cells)
        if seen[frame]:
            try:
                with np.errstate(over="ignore"):  # too large becomes infinite, which is refused with the file's name
                    values[frame, targets] = [float(cell) for cell in cells]
            except ValueError as error:
                raise BrokenFile(path, f"line {frame + 2}: {error}", "repair or remove the line") from error
    if not seen.any():
        raise BrokenFile(path, "no row holds values (no face was seen)", "capture it again")
    last_seen = np.maximum.accumulate(np.where(seen, np.arange(len(seen)), int(np.argmax(seen))))
    return values[last_seen]


def _stamp(path: str | os.PathLike[str], line: int, text: str) -> tuple[float, float]:
    found = _TIMECODE.fullmatch(text.strip())
    if found is None:
        raise BrokenFile(
            path, f"line {line}: timecode {shown(text)!r} is not HH:MM:SS:FF.fff", "repair or remove the line"
        )
    hours, minutes, seconds, frame = found.groups()
    return (int(hours) * 60 + int(minutes)) * 60 + int(seconds), float(frame)


def _rate(stamps: np.ndarray) -> float:
    """Frames a second told by timecodes (T, 2) of whole seconds and frame counts; dropped frames do not disturb it."""
    if len(stamps) < 2:
        return FPS
    seconds = np.diff(stamps[:, 0]) % _DAY_S
    counts = np.diff(stamps[:, 1])
    within = counts[(seconds == 0) & (counts > 0)]
    base = _base(stamps[:, 1].max(), counts[seconds == 1], float(np.median(within)) if len(within) else 0.0)
    steps = seconds * base + counts
    steps = steps[steps > 0]
    if len(steps) == 0:
        return FPS
    ordinary = steps[steps < 1.75 * np.median(steps)]
    rate = base / float(ordinary.mean())
    nearest = float(_RATES[np.argmin(np.abs(_RATES - rate))])
    return nearest if abs(nearest - rate) < 0.002 * rate else rate


def _base(highest: float, rollovers: np.ndarray, step: float) -> float:
    """What FF counts to: a second holds `base` counts, so FF falls by base - step where the second changes."""
    possible = _BASES[highest < _BASES]
    if len(possible) == 0:
        return float(np.ceil(highest))
    guess = step - float(np.median(rollovers)) if len(rollovers) else float(_WRITTEN_BASE)
    return float(possible[np.argmin(np.abs(possible - guess))])


def _timecode(time_s: float) -> str:
    counts = round(time_s * _WRITTEN_BASE * 1000)
    whole, thousandths = divmod(counts, _WRITTEN_BASE * 1000)
    return (
        f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:"
        f"{thousandths // 1000:02d}.{thousandths % 1000:03d}"
    )
