"""Evaluation of saved predictions: arrays in DualTalk's layout, scored like what a model generates."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, SupportsIndex

from visavis.core.errors import VisavisError
from visavis.core.local_processes import LOCAL
from visavis.core.motion import Motion
from visavis.core.work import Engine
from visavis.data.folder import Clip
from visavis.data.motion_files import read_motion
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import MODEL, ControlSettings, GeneratedMotions
from visavis.validate.benchmark.cases import Case, FolderCases
from visavis.validate.benchmark.dataset_statistics import DatasetStatistics, dataset_statistics
from visavis.validate.benchmark.runner import GeneratedCase, Progress, StepCounter, VariantSettings, score_cases
from visavis.validate.metrics.diversity import require_extra

LEAST_SHARE = 0.95
"""A prediction covers this share of its clip or more."""

_FILE = re.compile(r"(?P<name>.+)_speaker(?P<number>[12])\.np[yz]")


def score_predictions(
    predictions: str | os.PathLike[str],
    clips: Sequence[Clip],
    *,
    frames_per_turn: int = 1,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Evaluation:
    """Score `NAME_speakerK.npy` (T, D) or `.npz` of a folder against the true motion of speaker K of clip NAME.

    DualTalk's arrays are (T, 56): exp, jaw, neck. Roles without a prediction are left out; everything is trimmed
    to the shorter.
    `frames_per_turn`: how many frames were generated together, to look for seams; 1 = unknown.
    `engine` scores; `LocalProcesses(1)`: in this process.
    Named in `Evaluation.problems`: predictions without data, those shorter than 95 % of their clip or in another space,
    broken files and clips shorter than a turn. All others are scored; raises `VisavisError` where there is none.
    """
    place = Path(predictions)
    if not place.is_dir():
        raise VisavisError(f"{place} is not a folder; give the folder that holds NAME_speakerK.npy files")
    require_extra()
    files = _files(place)
    roles = [(number, side.number) for number, clip in enumerate(clips) for side in clip.sides if side.motion]
    names = {(clips[number].name, speaker): (number, speaker) for number, speaker in roles}
    chosen = [role for key, role in names.items() if key in files]
    if not chosen:
        raise _nothing_fits(place, clips, list(files.values()))
    cases = _Predicted(FolderCases(clips, chosen), [files[clips[n].name, speaker] for n, speaker in chosen])
    dataset = dataset_statistics(cases, None, max(2, frames_per_turn))
    strays = tuple(_stray(path) for key, path in files.items() if key not in names)
    dataset = replace(dataset, problems=(*dataset.problems, *strays))
    steps = StepCounter(len(dataset.clips), progress)
    found = score_cases(
        _predicted_cases(cases, dataset),
        dataset,
        {MODEL: VariantSettings(ControlSettings(dataset.mean, frames_per_turn))},
        seeds=(),
        engine=engine,
        done=steps.done,
    )
    return found[MODEL]


class _Predicted(Sequence[Case]):
    """Cases whose predictions can be read; a prediction that does not fit is an error of its case."""

    def __init__(self, cases: Sequence[Case], files: Sequence[Path]) -> None:
        self._cases, self._files = cases, files

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        case = self._cases[index.__index__()]
        self.prediction(index.__index__(), case)
        return case

    def prediction(self, number: int, case: Case) -> Motion:
        """What was predicted of a case, no longer than it."""
        path = self._files[number]
        motion = read_motion(path, case.truth.space)
        if len(motion) < LEAST_SHARE * len(case.truth):
            raise VisavisError(f"{path}: {len(motion)} frames predicted of {len(case.truth)}; predict the whole clip")
        return motion.cut(0, len(case.truth))


def _predicted_cases(cases: _Predicted, dataset: DatasetStatistics) -> Iterator[GeneratedCase]:
    for number in dataset.usable:
        case = cases[number]
        yield GeneratedCase(case, {MODEL: GeneratedMotions((cases.prediction(number, case),))})


def _files(place: Path) -> dict[tuple[str, int], Path]:
    """Every prediction of a folder by the name of its clip and its speaker; .npz before .npy."""
    found = {path: _FILE.fullmatch(path.name) for path in sorted(place.iterdir())}
    return {(match["name"], int(match["number"])): path for path, match in found.items() if match}


def _stray(path: Path) -> str:
    return f"{path}: the data has no true motion of that name; add it, or take the prediction away"


def _nothing_fits(place: Path, clips: Sequence[Clip], files: Sequence[Path]) -> VisavisError:
    if not clips:
        return VisavisError("there are no clips to score predictions against")
    there = f" ({', '.join(path.name for path in files[:3])}{', ...' if len(files) > 3 else ''})" if files else ""
    return VisavisError(
        f"{place}: none of {len(files)} predictions{there} fits the data; "
        f"expected names such as {clips[0].name}_speaker1.npy"
    )
