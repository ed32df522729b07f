"""Drift: whether a model that goes on for an hour still moves as it did at the beginning.

    python -m visavis.validate.drift MODEL [MODEL ...] --data DIR [--minutes 60] [--conversations 2] [--json F]

Conversations of a data folder follow one another without a restart. The last ten minutes are of the very conversations
of the first ten, so that what differs between the two is drift, or the chance of what is drawn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from visavis.core.bounds import SEEDS
from visavis.core.clock import FPS, frames_of
from visavis.core.errors import VisavisError
from visavis.core.files import require_place, write_json
from visavis.core.motion import Motion
from visavis.core.program import exit_status
from visavis.core.spaces import MotionSpace
from visavis.data.folder import list_clips
from visavis.system.shipped import load
from visavis.system.system import System
from visavis.validate.benchmark.cases import Case, FolderCases
from visavis.validate.benchmark.dataset_statistics import SelectedCases, dataset_statistics
from visavis.validate.benchmark.long_conversation import Piece, drawn_motion, long_conversation, true_motion
from visavis.validate.metrics.sliding_windows import (
    HOP_S,
    HOPS,
    Drift,
    Stretch,
    drift_of,
    stretch,
    window_scores,
    windows,
)
from visavis.validate.report.drift_report import REAL, drift_table, write_drift_page

PART_S = 600
"""How long the beginning and the end are that are compared; a third of what is shorter than half an hour."""


@dataclass(frozen=True, eq=False)
class LongTalks:
    """The conversations that everything is measured in, and the motion of people in all of the data, the reference."""

    cases: Sequence[Case]
    talks: tuple[tuple[Piece, ...], ...]
    frames: int
    part: int
    space: MotionSpace
    groups: tuple[str, ...]
    reference: Stretch

    def scored(self, motions: Sequence[Sequence[Stretch]]) -> Drift:
        """The scores of what was made of every conversation, given hop by hop."""
        tracks = [
            [window_scores(one, self.reference, self.space, self.groups) for one in windows(hops)] for hops in motions
        ]
        return drift_of(tracks, self.part // frames_of(HOP_S))


def long_talks(cases: Sequence[Case], space: MotionSpace, minutes: float, conversations: int, seed: int) -> LongTalks:
    """Conversations of so many minutes of what `cases` hold, each in an order of its own.

    Raises `VisavisError` for less than three minutes, no conversation, or no case in that space.
    """
    SEEDS.require("seed", seed)
    hop = frames_of(HOP_S)
    frames = frames_of(minutes * 60) // hop * hop
    part = min(frames_of(PART_S), frames // 3) // hop * hop
    if part < HOPS * hop:
        raise VisavisError(f"{minutes:g} minutes hold no windows of a minute at both ends; give 3 or more")
    if conversations < 1:
        raise VisavisError(f"{conversations} conversations tell nothing; give 1 or more")
    known = dataset_statistics(cases, space)
    lengths = [len(truth) for truth in known.truths]
    first, *more = [stretch(Motion(truth, space)) for truth in known.truths]
    for one in more:
        first = first + one
    return LongTalks(
        SelectedCases(cases, known.usable),
        tuple(tuple(long_conversation(lengths, frames, part, seed + row)) for row in range(conversations)),
        frames,
        part,
        space,
        known.groups,
        first,
    )


def drift(
    system: System,
    talks: LongTalks,
    seed: int = 0,
    done: Callable[[int], None] = lambda _: None,
    as_recorded: bool = False,
) -> Drift:
    """What a model does in long conversations, each a single rollout; `done` is told of frames.

    Voices are brought to one level, unless `as_recorded`.
    """
    hop = frames_of(HOP_S)
    hops: list[list[Stretch]] = [[] for _ in talks.talks]
    for made in drawn_motion(system, talks.cases, talks.talks, talks.frames, hop, seed, done, as_recorded):
        for row, motion in zip(hops, made, strict=True):
            row.append(stretch(motion))
    return talks.scored(hops)


def real_drift(talks: LongTalks) -> Drift:
    """The true motion of the same conversations: what windows differ by in people."""
    return talks.scored([_hops(true_motion(talks.cases, pieces), talks.space) for pieces in talks.talks])


def _hops(motions: Iterable[Motion], space: MotionSpace) -> list[Stretch]:
    hop, waiting, found = frames_of(HOP_S), np.zeros((0, space.width), np.float32), []
    for motion in motions:
        waiting = np.concatenate([waiting, motion.values])
        while len(waiting) >= hop:
            found.append(stretch(Motion(waiting[:hop], space)))
            waiting = waiting[hop:]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for what cannot be, told in one line."""
    parser = argparse.ArgumentParser(description="Whether models still move after an hour as they did at first.")
    parser.add_argument("models", metavar="MODEL", nargs="+", help="a model's name, run folder or checkpoint")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="conversations, both people known")
    parser.add_argument("--split", help="which part of them; unset: all")
    parser.add_argument("--minutes", type=float, default=60.0, metavar="M")
    parser.add_argument("--conversations", type=int, default=2, metavar="N", help="side by side; more tell more")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the conversations' order and the draw")
    parser.add_argument("--as-recorded", action="store_true", help="leave voices as loud as they were recorded")
    parser.add_argument("--json", type=Path, metavar="F", help="also write every window's scores here")
    parser.add_argument("--report", type=Path, metavar="F.html", help="also write a page with the measures over time")
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: _run(chosen))


def _run(chosen: argparse.Namespace) -> None:
    for place in filter(None, (chosen.json, chosen.report)):
        require_place(place)
    systems = {name: load(name) for name in chosen.models}
    spaces = {system.space.name: system.space for system in systems.values()}
    if len(spaces) > 1:
        raise VisavisError(f"models of different motion spaces ({', '.join(spaces)}) have no common reference")
    (space,) = spaces.values()
    cases = FolderCases(list_clips(chosen.data, chosen.split))
    talks = long_talks(cases, space, chosen.minutes, chosen.conversations, chosen.seed)
    found = {
        name: drift(system, talks, chosen.seed, _progress(name, talks.frames), chosen.as_recorded)
        for name, system in systems.items()
    }
    found[REAL] = real_drift(talks)
    summary = (
        f"{chosen.conversations} x {talks.frames / FPS / 60:.3g} minutes of {chosen.data.resolve().name}, seed "
        f"{chosen.seed}; first and last {talks.part / FPS / 60:.3g} minutes of the same conversations; windows of "
        f"{HOP_S * HOPS} s every {HOP_S} s; brackets: 95 % bootstrap interval over two minutes"
    )
    print(f"{summary}\n\n{drift_table(found)}")
    if chosen.json is not None:
        write_json(chosen.json, {name: {**asdict(one), "over_time": one.over_time} for name, one in found.items()})
    if chosen.report is not None:
        write_drift_page(chosen.report, summary, found)


def _progress(name: str, frames: int) -> Callable[[int], None]:
    """Tells on a terminal how far a model is."""

    def tell(done: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= frames else "\r"
            print(f"{name}: {done / FPS / 60:.1f} of {frames / FPS / 60:.1f} minutes", end=end, file=sys.stderr)

    return tell


if __name__ == "__main__":
    sys.exit(main())
