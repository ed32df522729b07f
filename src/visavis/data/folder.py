"""Data folders: `DIR/{train,test,ood,natural,people}/NAME_speaker{1,2}.{wav,npz}`, or such files in one flat folder.

A clip may also have `NAME_events.json` (what happened) and `NAME_speakerK_oracle.npz` (the simulator's own
conditional mean). Motion is DualTalk's or ours, see `motion_files`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.clock import FPS
from visavis.core.config import from_dict
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError, unknown
from visavis.core.files import parsed_json
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.broken import BrokenFile, read_arrays
from visavis.data.motion_files import read_motion
from visavis.data.sound import read_sound

SPLITS = ("train", "test", "ood", "natural", "people")
HELD_OUT = SPLITS[1:]
"""The splits that no training sees: voices of the kind learned from, other voices, other synthesisers, real people."""
_FILE = re.compile(r"(?P<name>.+)_(?P<part>speaker[12]\.wav|speaker[12]\.npz|speaker[12]_oracle\.npz|events\.json)")


@dataclass(frozen=True)
class Side:
    """The files of one speaker (`number` 1 or 2) of a clip; None where there is no such file."""

    number: int
    sound: Path | None
    motion: Path | None
    oracle: Path | None


@dataclass(frozen=True)
class Clip:
    """The files of one recorded conversation; `split` is one of `SPLITS`, or "" in a flat folder."""

    name: str
    split: str
    folder: Path
    sides: tuple[Side, Side]
    events: Path | None

    @property
    def complete(self) -> bool:
        """Whether both voices and at least one speaker's motion are there."""
        return all(side.sound for side in self.sides) and any(side.motion for side in self.sides)

    def side(self, number: int) -> Side:
        """The files of speaker 1 or 2."""
        if number not in (1, 2):
            raise VisavisError(f"a clip has speakers 1 and 2; {number} was asked for")
        return self.sides[number - 1]


def list_clips(root: str | os.PathLike[str], split: str | None = None) -> list[Clip]:
    """The complete clips of a data folder, sorted by split and name; of one split when it is given.

    Raises `VisavisError` where there is no such folder or split, or no complete clip in it.
    """
    place = Path(root)
    found = scan_folder(place)
    present = sorted({clip.split for clip in found} - {""})
    if split is not None and split not in present:
        if present:
            raise unknown(f"split of {place}", split, present)
        raise VisavisError(f"{place} is a flat folder without the split {split!r}; put the files into {place / split}")
    complete = [clip for clip in found if clip.complete and split in (None, clip.split)]
    if not complete:
        raise VisavisError(
            f"{place}: no clip has both voices and a motion (NAME_speaker1.wav, NAME_speaker2.wav, "
            f"NAME_speaker1.npz, ...); run: visavis check {place}"
        )
    return complete


def scan_folder(root: str | os.PathLike[str]) -> list[Clip]:
    """All clips of a data folder, complete or not, sorted by split and name; raises where there is no folder."""
    place = Path(root)
    if not place.is_dir():
        raise VisavisError(f"{place} is not a folder; give a data folder, or make one with: visavis simulate {place}")
    folders = [("", place), *((split, place / split) for split in SPLITS)]
    clips = [clip for split, folder in folders if folder.is_dir() for clip in _clips_of(folder, split)]
    return sorted(clips, key=lambda clip: (clip.split, clip.name))


def read_clip(clip: Clip) -> Conversation:
    """The conversation of a clip with speaker 1 as agent and speaker 2 as user, trimmed to the common length.

    Motion is at 25 fps (other rates are resampled); what has no file is None. `.swapped()` is the other role.
    Raises `VisavisError` naming the file that cannot be used.
    """
    agent, user = (_read_person(side) for side in clip.sides)
    return Conversation(clip.name, user=user, agent=agent, events=read_events(clip)).trimmed()


def read_events(clip: Clip, kind: str | None = None) -> tuple[Event, ...]:
    """The logged events of a clip, of one kind when it is given (quicker); none where it has no log.

    Raises `BrokenFile` for a damaged log.
    """
    if clip.events is None:
        return ()
    try:
        items = parsed_json(clip.events.read_text(encoding="utf-8"))
        return tuple(from_dict(Event, item) for item in items if kind is None or item["kind"] == kind)
    except VisavisError as error:
        raise BrokenFile.because(clip.events, error) from error
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFile(clip.events, "is not a JSON list of events", "write or copy it again") from error


def read_oracle(clip: Clip, number: int) -> np.ndarray | None:
    """The simulator's conditional mean (T, D) float32 of a speaker's motion at 25 fps; None where there is none."""
    path = clip.side(number).oracle
    if path is None:
        return None
    mean = read_arrays(path, [("mean",)])["mean"]
    if mean.ndim != 2 or mean.dtype.kind not in "iuf" or not np.isfinite(mean).all():
        raise BrokenFile(path, "`mean` is not a finite array (T, D)", "simulate the clip again")
    return mean.astype(np.float32, copy=False)


def read_side_motion(side: Side, space: MotionSpace | None = None) -> Motion | None:
    """A speaker's motion at 25 fps, None where there is none; raises where it is not in `space`."""
    return None if side.motion is None else read_motion(side.motion, space).resample(FPS)


def _read_person(side: Side) -> Person:
    return Person(
        speech=None if side.sound is None else read_sound(side.sound),
        motion=None if side.motion is None else read_motion(side.motion).resample(FPS),
        number=side.number,
    )


def _clips_of(folder: Path, split: str) -> list[Clip]:
    files: dict[str, dict[str, Path]] = {}
    for path in folder.iterdir():
        found = _FILE.fullmatch(path.name)
        if found and not path.name.startswith("."):
            files.setdefault(found["name"], {})[found["part"]] = path
    return [
        Clip(name, split, folder, (_side(parts, 1), _side(parts, 2)), parts.get("events.json"))
        for name, parts in files.items()
    ]


def _side(parts: dict[str, Path], number: int) -> Side:
    who = f"speaker{number}"
    return Side(number, parts.get(f"{who}.wav"), parts.get(f"{who}.npz"), parts.get(f"{who}_oracle.npz"))
