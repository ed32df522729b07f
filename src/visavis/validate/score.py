"""Scores of saved predictions: arrays in DualTalk's layout beside the data they were made for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from visavis.core.errors import VisavisError
from visavis.data.folder import Clip
from visavis.data.motion_files import read_motion
from visavis.validate.cases import FolderCases, survey
from visavis.validate.evaluate import Drawn, Evaluation, Progress, compare

PRINTED_UNITS: Mapping[str, float] = MappingProxyType(
    {
        **{"fd_exp": 1, "fd_jaw": 1e3, "fd_pose": 1e2, "pfd_exp": 1, "pfd_jaw": 1e3, "pfd_pose": 1e2},
        **{"mse_exp": 10, "mse_jaw": 1e3, "mse_pose": 1e2, "rpcc_exp": 1e2, "rpcc_jaw": 10, "rpcc_pose": 10},
        **{"sid_exp": 1, "sid_jaw": 1, "sid_pose": 1},
    }
)
"""What the published tables (DualTalk, TIMAR) multiply each metric by before printing it."""


def score_predictions(
    predictions: str | os.PathLike[str],
    clips: Sequence[Clip],
    *,
    frames_per_turn: int = 1,
    progress: Progress | None = None,
) -> Evaluation:
    """Score `NAME_speakerK.npy` (T, D) or `.npz` of a folder against the true motion of speaker K of clip NAME.

    DualTalk's arrays are (T, 56): exp, jaw, neck. Roles without a prediction are left out; everything is trimmed
    to the shorter.
    `frames_per_turn`: how many frames were generated together, to look for seams; 1 = unknown.
    Raises `VisavisError` where no clip has a prediction, or one is shorter than 95 % of its clip or in another space.
    """
    place = Path(predictions)
    if not place.is_dir():
        raise VisavisError(f"{place} is not a folder; give the folder that holds NAME_speakerK.npy files")
    files = {
        (number, side.number): path
        for number, clip in enumerate(clips)
        for side in clip.sides
        if side.motion
        for path in (place / f"{clip.name}_speaker{side.number}{ending}" for ending in (".npy", ".npz"))
        if path.is_file()
    }
    if not files:
        raise VisavisError(
            f"{place}: no prediction fits the data; expected names such as {clips[0].name}_speaker1.npy"
            if clips
            else "there are no clips to score predictions against"
        )
    cases = FolderCases(clips, list(files))
    space = cases[0].truth.space
    known = survey(cases, space)
    drawn: list[Drawn] = []
    for case, path in zip(cases, files.values(), strict=True):
        motion = read_motion(path, space)
        if len(motion) < 0.95 * len(case.truth):
            raise VisavisError(f"{path}: {len(motion)} frames predicted of {len(case.truth)}; predict the whole clip")
        drawn.append(Drawn((motion.cut(0, len(case.truth)),)))
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        if progress is not None:
            progress(count, len(cases))

    return compare(cases, drawn, known, known.mean, frames_per_turn, (), done)
