"""Making test sets of real people: from folders of recordings to a split of a data folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.data.recordings.captured import facegood_lines, flame_jaw_lines
from visavis.data.recordings.labelled import labelled_lines, spoken_lines
from visavis.data.recordings.line import Line, write_line


@dataclass(frozen=True)
class Sources:
    """Where the recordings lie.

    `labelled`: folders of sounds with phoneme labels in `alphabet`; `spoken`: folders of sounds with their words;
    `facegood`: captured takes; `dualtalk`: folders of clips with FLAME motion. `every`: take every n-th of labelled
    and spoken recordings.
    """

    labelled: Sequence[Path] = ()
    alphabet: str = "arpabet"
    spoken: Sequence[Path] = ()
    facegood: Sequence[Path] = ()
    dualtalk: Sequence[Path] = ()
    every: int = 1

    def lines(self) -> Iterator[Line]:
        """All lines, source by source; nothing is read before it is asked for."""
        if self.every < 1:
            raise VisavisError(f"every {self.every}th recording cannot be taken; give 1 or more")
        yield from chain.from_iterable(labelled_lines(place, self.alphabet, self.every) for place in self.labelled)
        yield from chain.from_iterable(spoken_lines(place, self.every) for place in self.spoken)
        yield from facegood_lines(self.facegood)
        yield from chain.from_iterable(flame_jaw_lines(place) for place in self.dualtalk)


@dataclass(frozen=True)
class Made:
    """How many lines were written to which folder, and their length [min]."""

    folder: Path
    lines: int
    minutes: float


def make_recordings(folder: Path, split: str, sources: Sources) -> Made:
    """Write every line of the sources as a clip of `folder/split`; a clip of the same name is written again.

    Raises `VisavisError` where no source is given or two lines have one name.
    """
    place = folder / split
    frames: dict[str, int] = {}
    for line in sources.lines():
        if line.name in frames:
            raise VisavisError(f"two recordings are named {line.name}; rename one, or make them in two folders")
        frames[line.name] = write_line(line, place)
    if not frames:
        raise VisavisError("there is nothing to make clips of; give --labelled, --spoken, --facegood or --dualtalk")
    return Made(place, len(frames), sum(frames.values()) / FPS / 60)
