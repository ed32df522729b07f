"""Label files: Festival .lab, Praat .TextGrid, NIST .ctm. Times are seconds from the beginning of the sound."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from visavis.core.clock import LONGEST_S
from visavis.data.broken import BrokenFile, require_file
from visavis.data.labels import Label, Labels
from visavis.data.textgrid import read_textgrid

LABEL_ENDINGS = (".lab", ".TextGrid", ".phones.ctm", ".wrd", ".ctm")
"""Endings of label files, the first that is there counts: .lab and .phones.ctm hold phonemes, .wrd and .ctm words."""

_WORDS = ("words", "word", "ort", "ort-mau", "wrd")
_PHONEMES = ("phones", "phone", "phonemes", "phoneme", "segments", "mau", "phn")


def read_labels(path: str | os.PathLike[str]) -> Labels:
    """The words and phonemes of a label file, by its ending (`LABEL_ENDINGS`).

    Raises `BrokenFile` for a missing or empty file and a malformed line (by its number), and for other endings.
    """
    place = Path(path)
    name = place.name.lower()
    if name.endswith(".lab"):
        return Labels(phonemes=read_lab(place))
    if name.endswith(".wrd"):
        return Labels(words=read_lab(place))
    if name.endswith(".textgrid"):
        return _tiers(place)
    if name.endswith(".ctm"):
        only = _only_recording(place, read_ctm(place))
        return Labels(phonemes=only) if name.endswith(".phones.ctm") else Labels(words=only)
    raise BrokenFile(place, "is no label file that can be read", f"use {', '.join(LABEL_ENDINGS)}")


def read_lab(path: str | os.PathLike[str]) -> tuple[Label, ...]:
    """A Festival (xlabel) file: after a line `#` `END COLOUR NAME` for each label, which starts where the last ended.

    Raises `BrokenFile` naming the line that is none, or whose end lies before the one before.
    """
    lines = _lines(path)
    first = next((number for number, line in lines if line == "#"), None)
    if first is None:
        raise BrokenFile(path, "has no line '#' after its header", "give a Festival label file")
    labels: list[Label] = []
    last = 0.0
    for number, line in lines:
        if number <= first or not line:
            continue
        fields = line.split(maxsplit=2)
        end = _seconds(path, number, line, fields[0])
        if end < last:
            raise _malformed(path, number, line, f"ends at {end} s, before the label before it ({last} s)")
        labels.append(Label(fields[2].split(";")[0].strip() if len(fields) > 2 else "", last, end))
        last = end
    return _some(path, labels)


def read_ctm(path: str | os.PathLike[str]) -> dict[str, tuple[Label, ...]]:
    """A NIST CTM file by recording, in time order: lines `RECORDING CHANNEL START DURATION NAME [CONFIDENCE]`.

    Lines that begin with `;;` are comments. Raises `BrokenFile` naming the line that is none.
    """
    found: dict[str, list[Label]] = {}
    for number, line in _lines(path):
        if not line or line.startswith(";;"):
            continue
        fields = line.split()
        if len(fields) not in (5, 6):
            raise _malformed(path, number, line, f"has {len(fields)} fields, a CTM line has 5 or 6")
        start, duration = (_seconds(path, number, line, text) for text in fields[2:4])
        found.setdefault(fields[0], []).append(Label(fields[4], start, start + duration))
    if not found:
        raise BrokenFile(path, "holds no labels", "label the recording")
    return {name: tuple(sorted(labels, key=lambda label: label.start_s)) for name, labels in found.items()}


def _tiers(path: Path) -> Labels:
    tiers = read_textgrid(path)
    named = {name.strip().lower(): name for name in reversed(tiers)}

    def tier(kinds: tuple[str, ...]) -> tuple[Label, ...]:
        matching = [
            full for name, full in named.items() if any(name == kind or name.endswith(f"- {kind}") for kind in kinds)
        ]
        return tiers[matching[0]] if matching else ()

    labels = Labels(tier(_WORDS), tier(_PHONEMES))
    if not labels.words and not labels.phonemes:
        raise BrokenFile(
            path,
            f"has the tiers {', '.join(tiers) or '(none)'}, neither words nor phonemes",
            f"name the tiers {_WORDS[0]} and {_PHONEMES[0]}",
        )
    return labels


def _only_recording(path: Path, found: Mapping[str, tuple[Label, ...]]) -> tuple[Label, ...]:
    stem = path.name.split(".")[0]
    if len(found) == 1:
        return next(iter(found.values()))
    if stem in found:
        return found[stem]
    raise BrokenFile(path, f"holds {len(found)} recordings, none named {stem}", "use one file for each recording")


def _lines(path: str | os.PathLike[str]) -> list[tuple[int, str]]:
    try:
        text = require_file(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(path, "is not UTF-8 text", "write it again as UTF-8") from error
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]


def _seconds(path: str | os.PathLike[str], number: int, line: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _malformed(path, number, line, f"{text!r} is not a time in seconds") from None
    if not 0 <= value <= LONGEST_S:
        raise _malformed(path, number, line, f"{text!r} is not a time in seconds")
    return value


def _malformed(path: str | os.PathLike[str], number: int, line: str, why: str) -> BrokenFile:
    return BrokenFile(path, f"line {number}: {why}: {line!r}", "correct the line")


def _some(path: str | os.PathLike[str], labels: list[Label]) -> tuple[Label, ...]:
    if not labels:
        raise BrokenFile(path, "holds no labels", "label the recording")
    return tuple(labels)
