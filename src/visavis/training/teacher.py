"""What a trained model expects of the people it is shown, written down for another to learn from.

`python -m visavis.training.teacher MODEL --data DIR --out TAUGHT` writes MODEL's mean motion of every speaker of
DIR/train, and `visavis train RECIPE --data DIR --teacher TAUGHT` learns from it. Where a mean is learned from motion
that happened, one of many that could have, most of the error is what nobody can foresee; a teacher's mean has none of
it, and what is expected of a teacher's mean, knowing less than the teacher, is what is expected of the motion (Hinton,
Vinyals and Dean, arXiv 1503.02531).

Shapes: T frames, D motion channels.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.folder import Clip, read_clip
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.shipped import load
from visavis.system.system import System
from visavis.training.run import clips_to_learn_from
from visavis.training.taught import mean_file

_AT_ONCE = 32
"""Speakers whose mean is made together."""


def teach(teacher: System, clips: Sequence[Clip], out: Path) -> int:
    """Writes OUT/NAME_speakerK.npy (T, D) float16, the mean that the teacher expects of each speaker whose motion is
    known; what is there already stays. Returns how many there are.

    Raises `VisavisError` for a teacher without a mean, and clips that cannot be read.
    """
    if not teacher.rollout.predicts_mean:
        raise VisavisError(f"{teacher.config.name} expects no mean; teach with a model that has a mean head")
    out.mkdir(parents=True, exist_ok=True)
    sides = [(clip, side.number) for clip in clips for side in clip.sides if side.motion is not None]
    missing = [(clip, number) for clip, number in sides if not mean_file(out, clip, number).is_file()]
    missing.sort(key=lambda one: one[0].side(one[1]).sound.stat().st_size)  # type: ignore[union-attr]
    for first in range(0, len(missing), _AT_ONCE):
        these = missing[first : first + _AT_ONCE]
        for (clip, number), made in zip(these, generate_batch(teacher, [_request(*one) for one in these]), strict=True):
            assert made.mean is not None
            np.save(mean_file(out, clip, number), made.mean.values.astype(np.float16))
        print(f"{first + len(these)} of {len(missing)}", file=sys.stderr)
    return len(sides)


def _request(clip: Clip, number: int) -> Request:
    talk = read_clip(clip)
    talk = talk if talk.agent.number == number else talk.swapped()
    user, agent = talk.user, talk.agent
    assert user.speech is not None
    assert agent.speech is not None
    return Request.dyad(user.speech, agent.speech, user.motion, seed=0, mean=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for what cannot be, told in one line."""
    parser = argparse.ArgumentParser(description="Write down what a model expects of a data folder's speakers.")
    parser.add_argument("model", metavar="MODEL", help="a run, a model folder or a shipped model")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="TAUGHT")
    chosen = parser.parse_args(arguments)

    def run() -> None:
        written = teach(load(chosen.model), clips_to_learn_from(chosen.data), chosen.out)
        print(f"{chosen.out}: what {chosen.model} expects of {written} speakers")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
