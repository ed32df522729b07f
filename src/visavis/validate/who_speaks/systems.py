"""The ways to tell who speaks that are compared. Shapes: S samples, T frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from visavis.core.clock import frames_in
from visavis.encode.activity import speech_activity
from visavis.encode.diarisation import HOP, cut, told, who_speaks
from visavis.encode.segmentation import WINDOW, SegmentationNetwork, segmented
from visavis.encode.speaker_clustering import cluster
from visavis.encode.speaker_files import load_speakers, published_segmentation, shipped_speakers
from visavis.encode.speaker_windows import Windowed, starts_of

WaysToTell = Callable[[np.ndarray], np.ndarray]
"""A recording (S,) -> who speaks, (T, 2) bool."""
OURS, SEGMENTATION, LOUDNESS = "ours", "segmentation 3.0", "loudness"
_LIKELIER = 0.5


def ways_to_tell(network: Path | None, segmentation: Path | None) -> dict[str, WaysToTell]:
    """The ways by name: the networks that ship or those of a folder, segmentation 3.0 where its weights are given, and
    loudness, which takes everybody for one person.

    Segmentation 3.0 knows no voices: who is who in its windows, one a second, is known by their overlap, found by the
    same clustering; and its post-processing is ours, too.
    """
    speakers = shipped_speakers() if network is None else load_speakers(network)
    ways: dict[str, WaysToTell] = {OURS: lambda mix: who_speaks(mix, speakers).speaking}
    if segmentation is not None:
        baseline = published_segmentation(segmentation)

        def by_segmentation(mix: np.ndarray) -> np.ndarray:
            windows = _windows(baseline, mix)
            return told(windows, cluster(windows), frames_in(len(mix)), _LIKELIER).speaking

        ways[SEGMENTATION] = by_segmentation
    ways[LOUDNESS] = lambda mix: np.stack([speech_activity(mix), np.zeros(frames_in(len(mix)), bool)], axis=1)
    return ways


def _windows(network: SegmentationNetwork, mix: np.ndarray) -> list[Windowed]:
    starts = starts_of(frames_in(len(mix)), WINDOW, HOP)
    return [Windowed(start, segmented(network, cut(mix, [start]))[0]) for start in starts]
