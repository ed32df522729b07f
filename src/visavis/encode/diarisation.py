"""Who of two people speaks when in one mixed recording of any length: heard in windows, people told again by voice.

Shapes: S samples at 16 kHz, T frames (25 a second).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from visavis.core.clock import FPS, frames_in, samples_in
from visavis.encode.activity import runs
from visavis.encode.segmentation import WINDOW, segmented
from visavis.encode.speaker_clustering import SHORTEST_S, Clusters, cluster
from visavis.encode.speaker_files import Speakers, shipped_speakers
from visavis.encode.speaker_windows import Windowed, alone, put_together, starts_of
from visavis.encode.speakers import PEOPLE, voice_of

HOP = FPS
"""Frames after which the next window begins."""
_AT_ONCE = 8
_SPEAKING = 0.4
"""The chance from which somebody is taken to speak."""
_LONGEST_HOLE, _SHORTEST_BURST = round(0.2 * FPS), round(SHORTEST_S * FPS)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class WhoSpeaks:
    """Who speaks when: the `chance` (T, 2) float32 that each of two people speaks, and what follows, `speaking` (T, 2)
    bool, the same person in the same column throughout, who speaks first in the first.

    `voices`: how many people were heard. `notes`: what to tell somebody who believes that there were two.
    """

    chance: np.ndarray
    speaking: np.ndarray
    voices: int
    notes: tuple[str, ...] = ()


def speakers_in(mix: np.ndarray) -> np.ndarray:
    """Who of two people speaks in each frame of a recording of both (S,): (T, 2) float32, 1 where somebody does.

    The same person is in the same column throughout; the first is who speaks first. Of one voice the second column is
    0, of silence both, of three voices the two that speak longest are told (`who_speaks` says so).
    """
    return who_speaks(mix).speaking.astype(np.float32)


def who_speaks(mix: np.ndarray, speakers: Speakers | None = None, progress: Progress | None = None) -> WhoSpeaks:
    """Who speaks when in a recording (S,), by the networks that ship or others; `progress(done, windows)`.

    A frame is judged by all windows of 10 s that hold it, so that it looks up to 10 s ahead; who is who is known at the
    end. Memory is that of a few windows beside 18 numbers a frame.
    """
    speakers = shipped_speakers() if speakers is None else speakers
    mix = np.asarray(mix, np.float32)
    windows = heard_windows(speakers, mix, progress)
    return told(windows, cluster(windows), frames_in(len(mix)))


def heard_windows(speakers: Speakers, mix: np.ndarray, progress: Progress | None = None) -> list[Windowed]:
    """What the networks hear in each window of a recording (S,)."""
    starts, found = starts_of(frames_in(len(mix)), WINDOW, HOP), list[Windowed]()
    for first in range(0, len(starts), _AT_ONCE):
        some = starts[first : first + _AT_ONCE]
        sound = cut(mix, some)
        activity = segmented(speakers.segmentation, sound)
        with torch.inference_mode():
            heard = speakers.voices(speakers.voices.spectra(torch.from_numpy(sound)))
            voices = voice_of(heard.voices, torch.from_numpy(np.stack([alone(one) for one in activity])).float())
        found += [Windowed(*one) for one in zip(some, activity, voices.numpy(), strict=True)]
        if progress is not None:
            progress(len(found), len(starts))
    return found


def cut(mix: np.ndarray, starts: Sequence[int]) -> np.ndarray:
    """The sound of windows that begin at these frames, silent after the recording's last whole frame: (B, samples)."""
    sound, stop = np.zeros((len(starts), samples_in(WINDOW)), np.float32), samples_in(frames_in(len(mix)))
    for row, start in zip(sound, starts, strict=True):
        part = mix[samples_in(start) : min(samples_in(start + WINDOW), stop)]
        row[: len(part)] = part
    return sound


def told(windows: Sequence[Windowed], clusters: Clusters, frames: int, least: float = _SPEAKING) -> WhoSpeaks:
    """What windows say of a recording of so many frames, once it is known who is who in them; from the chance `least`
    on somebody speaks."""
    voices = clusters.voices
    known = by_elimination(windows, clusters.people) if voices == PEOPLE else clusters.people
    kept = [[name if name < min(voices, PEOPLE) else -1 for name in names] for names in known]
    chance = put_together(windows, kept, PEOPLE, frames).astype(np.float32)
    speaking = np.stack([_smoothed(column > least) for column in chance.T], axis=1)
    began = [int(np.argmax(column)) if column.any() else frames for column in speaking.T]
    order = np.argsort(began, kind="stable")
    return WhoSpeaks(chance[:, order], speaking[:, order], voices, _notes(voices, clusters))


def by_elimination(windows: Sequence[Windowed], people: Sequence[Sequence[int]]) -> list[list[int]]:
    """Who the people of windows are where there are two in all: beside one who is known, who speaks too little to be
    told by voice (a backchannel) is the other."""
    named = [list(names) for names in people]
    for window, names in zip(windows, named, strict=True):
        unknown = [local for local, name in enumerate(names) if name < 0]
        missing = {0, 1} - set(names)
        if len(missing) == 1 and unknown:
            names[max(unknown, key=lambda local: float(window.activity[:, local].sum()))] = missing.pop()
    return named


def _notes(voices: int, clusters: Clusters) -> tuple[str, ...]:
    if voices > PEOPLE:
        others = ", ".join(f"{seconds:.0f} s" for seconds in clusters.seconds[PEOPLE:voices])
        return (f"{voices} voices are heard; the two that speak longest are kept, the others ({others}) are left out",)
    if voices < PEOPLE:
        what = "one voice is" if voices else "no voice is"
        return (f"{what} heard, not two; " + ("the second person listens" if voices else "both listen"),)
    return ()


def _smoothed(speaking: np.ndarray) -> np.ndarray:
    """(T,) bool without short holes, and then without short bursts."""
    smooth = speaking.copy()
    for start, stop in runs(~smooth):
        if stop - start < _LONGEST_HOLE and start > 0 and stop < len(smooth):
            smooth[start:stop] = True
    for start, stop in runs(smooth):
        if stop - start < _SHORTEST_BURST:
            smooth[start:stop] = False
    return smooth
