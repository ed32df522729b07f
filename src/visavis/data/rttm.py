"""Speaker diarisation in RTTM files: who spoke when, and as masks of a recording's frames.

Shapes: S sound samples at 16 kHz, T frames.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from visavis.core.clock import LONGEST_S, SAMPLES_PER_FRAME, frames_of
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.data.broken import shown

_AT_ONCE = 1 << 20
"""Samples of a recording whose voices are told at once."""


def read_rttm(path: str | Path) -> dict[str, dict[str, np.ndarray]]:
    """Recording -> person -> (N, 2) start and end of utterances [s], sorted.

    Raises `VisavisError` when the file is missing or a line is not RTTM.
    """
    if not Path(path).is_file():
        raise VisavisError(f"no RTTM file at {path}; give the path of a file with SPEAKER lines")
    found: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise VisavisError(f"{path} is not UTF-8 text; write it again as UTF-8") from None
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            start, length = float(fields[3]), float(fields[4])
            if not (0 <= start <= LONGEST_S and 0 <= length <= LONGEST_S):
                raise ValueError
            found[fields[1]][fields[7]].append((start, start + length))
        except (IndexError, ValueError):
            raise VisavisError(f"{path}, line {number}: not an RTTM SPEAKER line: {shown(line)!r}") from None
    return {name: {who: np.array(sorted(spans)) for who, spans in people.items()} for name, people in found.items()}


def write_rttm(path: str | Path, recording: str, people: Mapping[str, np.ndarray]) -> None:
    """Write who speaks in a recording: each person's utterances (N, 2), start and end [s], in order of time.

    `read_rttm` gives them back to a millisecond. Raises `VisavisError` for names with spaces.
    """
    odd = [name for name in (recording, *people) if not name or name.split() != [name]]
    if odd:
        raise VisavisError(f"{odd[0]!r} cannot be named in an RTTM file; use a name without spaces")
    spoken = sorted((float(start), float(stop), who) for who, spans in people.items() for start, stop in spans)
    lines = (
        f"SPEAKER {recording} 1 {start:.3f} {stop - start:.3f} <NA> <NA> {who} <NA> <NA>\n"
        for start, stop, who in spoken
    )
    with written_whole(path) as place:
        place.write_text("".join(lines), encoding="utf-8")


def read_masks(path: Path, recording: str, frames: int) -> np.ndarray:
    """Who of two people speaks in the frames of a recording, (T, 2) float32 of 0 and 1, the people sorted by name.

    A file of one recording may call it as it likes, one of several must name `recording`. Raises `VisavisError` for
    what is no RTTM, and for another number of people.
    """
    found = read_rttm(path)
    if recording not in found and len(found) != 1:
        raise VisavisError(
            f"{path} tells of {len(found)} recordings ({', '.join(sorted(found)) or 'none'}), not of {recording!r}; "
            "give the file of this recording"
        )
    people = found[recording] if recording in found else next(iter(found.values()))
    if len(people) != 2:
        raise VisavisError(f"{path} tells of {len(people)} speakers ({', '.join(sorted(people))}); two are needed")
    masks = np.zeros((frames, 2), dtype=np.float32)
    for person, name in enumerate(sorted(people)):
        for start, stop in people[name]:
            masks[frames_of(start) : frames_of(stop), person] = 1
    return masks


def voices_in(mix: np.ndarray, masks: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """What two people say in a recording (S,), from masks (T, 2): two voices (S,) whose sum it is.

    Where both speak, nobody does or nothing is known each has half of it.
    """
    if masks is None or not len(masks):
        return mix / 2, mix / 2
    speaking = masks.sum(axis=1)
    share = np.where(speaking > 0, masks[:, 0] / np.maximum(speaking, 1e-6), 0.5)
    middles = (np.arange(len(share)) + 0.5) * SAMPLES_PER_FRAME
    first = np.empty(len(mix), np.float32)
    for start in range(0, len(mix), _AT_ONCE):
        part = mix[start : start + _AT_ONCE]
        first[start : start + len(part)] = part * np.interp(start + np.arange(len(part)), middles, share)
    return first, mix - first
