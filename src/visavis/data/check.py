"""Checking a data folder: which files cannot be used, why, and what to do about each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from visavis.core.clock import FPS, SAMPLE_RATE, frames_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile
from visavis.data.folder import Clip, Side, read_events, read_oracle, scan_folder
from visavis.data.motion_files import read_motion
from visavis.data.sound import read_sound, require_whole_wav, sound_rate

_LONGEST_DIFFERENCE = SAMPLE_RATE // 2
T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, and what to do about it."""

    file: Path
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}; {self.remedy}"


@dataclass(frozen=True)
class CheckReport:
    """The outcome of a check: `good` of `clips` clips have no problem and last `minutes` together [min]."""

    root: Path
    clips: int
    good: int
    minutes: float
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Inspection:
    clip: Clip
    problems: list[Problem]
    samples: int
    spaces: dict[Path, str]


def check_folder(root: str | os.PathLike[str]) -> CheckReport:
    """Read every file of a data folder and report all that is wrong; a broken file does not end the check.

    Looked for: missing partners, unreadable, cut short or empty files, NaN, wrong width, a wrong sample rate,
    lengths that differ by more than half a second, a motion space unlike the rest of the folder, damaged
    event logs and oracles. Unknown motion of one speaker is allowed.

    Raises `VisavisError` only where there is no folder.
    """
    inspections = [_inspect(clip) for clip in scan_folder(root)]
    _compare_spaces(inspections)
    good = [inspection for inspection in inspections if not inspection.problems]
    problems = [problem for inspection in inspections for problem in inspection.problems]
    if not inspections:
        problems = [Problem(Path(root), "holds no clips", "name the files NAME_speaker1.wav, NAME_speaker1.npz, ...")]
    return CheckReport(
        root=Path(root),
        clips=len(inspections),
        good=len(good),
        minutes=sum(frames_in(inspection.samples) for inspection in good) / FPS / 60,
        problems=tuple(problems),
    )


def _inspect(clip: Clip) -> _Inspection:
    problems = _missing(clip)
    lengths: dict[Path, int] = {}
    spaces: dict[Path, str] = {}
    for side in clip.sides:
        sound_samples = None if side.sound is None else _try(problems, side.sound, _sound_samples)
        motion = None if side.motion is None else _try(problems, side.motion, read_motion)
        if side.sound is not None and sound_samples is not None:
            lengths[side.sound] = sound_samples
        if side.motion is not None and motion is not None:
            lengths[side.motion] = round(len(motion) * SAMPLE_RATE / motion.fps)
            spaces[side.motion] = motion.space.name
            _check_oracle(problems, clip, side, motion)
    if clip.events is not None:
        _try(problems, clip.events, lambda _: read_events(clip))
    problems += _differing(lengths)
    return _Inspection(clip, problems, min(lengths.values(), default=0), spaces)


def _try(problems: list[Problem], path: Path, read: Callable[[Path], T]) -> T | None:
    try:
        return read(path)
    except BrokenFile as error:
        problems.append(Problem(path, error.problem, error.remedy))
    except (VisavisError, OSError) as error:
        problems.append(Problem(path, str(error), "look at the file, or copy it again"))
    return None


def _sound_samples(path: Path) -> int:
    require_whole_wav(path)
    rate = sound_rate(path)
    if rate != SAMPLE_RATE:
        raise BrokenFile(path, f"is stored at {rate} Hz, not {SAMPLE_RATE} Hz", f"resample it to {SAMPLE_RATE} Hz")
    return len(read_sound(path))


def _missing(clip: Clip) -> list[Problem]:
    problems = [
        Problem(
            clip.folder / f"{clip.name}_speaker{side.number}.wav",
            f"the voice of speaker {side.number} is missing",
            "add it, or remove the clip",
        )
        for side in clip.sides
        if side.sound is None
    ]
    if not any(side.motion for side in clip.sides):
        file = clip.folder / f"{clip.name}_speaker1.npz"
        problems.append(Problem(file, "no speaker has motion", "add the motion of one speaker, or remove the clip"))
    return problems


def _differing(lengths: dict[Path, int]) -> list[Problem]:
    if not lengths or max(lengths.values()) - min(lengths.values()) <= _LONGEST_DIFFERENCE:
        return []
    shortest, longest = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
    short_s, long_s = lengths[shortest] / SAMPLE_RATE, lengths[longest] / SAMPLE_RATE
    return [
        Problem(
            shortest,
            f"lasts {short_s:.2f} s but {longest.name} lasts {long_s:.2f} s",
            "cut both to what they share",
        )
    ]


def _check_oracle(problems: list[Problem], clip: Clip, side: Side, motion: Motion) -> None:
    if side.oracle is None:
        return
    oracle = _try(problems, side.oracle, lambda _: read_oracle(clip, side.number))
    if oracle is not None and oracle.shape[1] != motion.space.width:
        problems.append(
            Problem(
                side.oracle,
                f"has {oracle.shape[1]} channels, the motion has {motion.space.width}",
                "simulate the clip again",
            )
        )


def _compare_spaces(inspections: list[_Inspection]) -> None:
    usual = Counter(name for inspection in inspections for name in inspection.spaces.values()).most_common(1)
    for inspection in inspections:
        for path, name in inspection.spaces.items():
            if name != usual[0][0]:
                inspection.problems.append(
                    Problem(
                        path, f"holds motion in {name}, most of the folder in {usual[0][0]}", "use one space a folder"
                    )
                )
