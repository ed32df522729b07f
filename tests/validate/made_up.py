"""Records of an evaluation that never was."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import MEAN_FACE, MODEL, MODEL_MEAN, REAL_OTHER
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.benchmark.published_scores import COLUMNS, raw
from visavis.validate.benchmark.worst_clips import Rank, Signal, WorstClip
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.report_data import DataSet, Measured, Origin, Report

CLIPS = 4


def estimate(value: float) -> Estimate:
    return Estimate(value, 0.9 * value, 1.1 * value, CLIPS)


def evaluation(level: float = 1.0, corruption: Corruption | None = None) -> Evaluation:
    """Prints `level` in all columns of Table 1 for the model, twice that for the controls."""
    sizes = {MODEL: level, MODEL_MEAN: 0.8 * level, MEAN_FACE: 2 * level, REAL_OTHER: 2 * level}
    rows = {row: {name: estimate(raw(name, size)) for name in COLUMNS} for row, size in sizes.items()}
    rows[MODEL] |= {"react_f1_nod": estimate(0.3), "seam_speed": estimate(1.25)}
    clips = {
        row: {name: tuple(raw(name, size * share) for share in (0.5, 1.0, 1.5, 1.25)) for name in COLUMNS}
        for row, size in sizes.items()
    }
    names = tuple(f"talk{number}_speaker1" for number in range(CLIPS))
    return Evaluation(
        rows, CLIPS, 12.5, (0, 3), clip_names=names, per_clip=clips, cases=(0, 1, 2, 5), corruption=corruption
    )


def worst(metric: str, value: float, clip: str = "talk2_speaker1") -> WorstClip:
    wave = np.sin(np.arange(50) / 5)
    voices: Mapping[str, tuple[tuple[int, int], ...]] = {"agent": ((0, 20),), "user": ((25, 50),)}
    return WorstClip(Rank(2, clip, metric, value, 1.0), 4.0, (Signal("Jaw opening", "rad", wave, -wave),), voices)


def report(*measured: Measured, dualtalk: bool = False) -> Report:
    data = DataSet("DualTalk" if dualtalk else "simulated, seed 7", "flame56", dualtalk)
    origin = Origin("visavis evaluate timar-base --report report.html", "0.1.0", "2025-11-20", {"StepCounter": "50"})
    return Report("How good it is", data, measured, origin)
