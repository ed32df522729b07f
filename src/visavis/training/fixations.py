"""Fits how far the eyes of a room's people look past one another, so that eyes meet as often as people's do.

`python -m visavis.training.fixations RUN --data DIR --out MODEL` draws the beginnings of some of DIR/train, with eyes
that rest, and moves each angle past the partner to that which is as rare in the true motion, up to where looks aside
begin. What counts is the look of whoever of the two looks farther past the other, so that both look at each other as
often as people do. A network that draws ten seconds at once leaves many looks between the partner and what is beside;
people look at either. Looks aside stay as they are: heads go with them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from visavis.core.clock import FPS, samples_in
from visavis.core.errors import VisavisError
from visavis.data.folder import Clip, read_side_motion
from visavis.data.sound import read_sound
from visavis.models.talking_together.eyes import RestingEyes
from visavis.models.talking_together.fixations import REST_RAD, Aims
from visavis.models.talking_together.rollout import Rollout
from visavis.system.factory import make_rollout
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.system import System
from visavis.training.afterwards import fit_parser, run_fit

TALKS = 20
"""How many are drawn; people are seen in all."""
_FRAMES = 60 * FPS
_PEOPLE_RAD = np.deg2rad([1, 2, 3, 4, 6, 8, 10, 12, 14])
"""How far past the partner looks at the partner go; farther ones are aside."""
_AS_DRAWN_RAD = float(np.deg2rad(25))
"""From here on looks stay as they are drawn; between the two, what is added comes to an end."""
_LEAST_STEP_RAD = 1e-3


def fit_aims(system: System, clips: Sequence[Clip], talks: int = TALKS, rest: float = REST_RAD) -> Aims:
    """Sets in place how far the system's people look past one another, with eyes that rest until they would look `rest`
    [rad] elsewhere; returns it.

    Raises `VisavisError` for a model that does not move two people in one room, and where no recording has two voices
    and two motions that are known whole.
    """
    if not isinstance(system.rollout, Rollout):
        raise VisavisError(f"{system.config.name} does not move two people in one room; fit a run of together-small")
    eyes = RestingEyes(system.space, rest, Aims())
    requests: list[Request] = []
    true: list[np.ndarray] = []
    for clip in clips:
        sides = [read_side_motion(side, system.space) for side in clip.sides]
        motions = [motion.cut(0, _FRAMES) for motion in sides if motion is not None and motion.known is None]
        if len(motions) < 2:
            continue
        true.append(_farther(eyes, [motion.values for motion in motions]))
        sounds = [side.sound for side in clip.sides if side.sound is not None]
        if len(requests) < talks and len(sounds) == len(motions):
            first, second = (read_sound(sound)[: samples_in(_FRAMES)] for sound in sounds)
            places = np.stack([motion["translation"][0] for motion in motions])
            requests.append(Request.pair(first, second, seed=len(requests), places=places))
    if not requests:
        raise VisavisError(f"none of {len(clips)} clips has two people who are heard and seen whole; bring some")
    _set(system, Aims(), rest)
    made = [[motion.values for motion in one.samples] for one in generate_batch(system, requests)]
    aims = as_rare(np.concatenate([_farther(eyes, both) for both in made]), np.concatenate(true))
    _set(system, aims, rest)
    return aims


def as_rare(drawn: np.ndarray, people: np.ndarray) -> Aims:
    """Aims that move angles past the partner (n,) [rad], as they are `drawn`, to those that are as rare in `people`."""
    shares = [float(np.mean(people < angle)) for angle in _PEOPLE_RAD]
    knots = [0.0]
    for left, angle in zip(range(len(shares), 0, -1), np.quantile(drawn, shares), strict=True):
        highest = _AS_DRAWN_RAD - left * _LEAST_STEP_RAD
        knots.append(min(max(float(angle), knots[-1] + _LEAST_STEP_RAD), highest))
    ends = ((*knots, _AS_DRAWN_RAD), (0.0, *_PEOPLE_RAD, _AS_DRAWN_RAD))
    return Aims(*(tuple(round(float(knot), 4) for knot in row) for row in ends))


def _set(system: System, aims: Aims, rest: float) -> None:
    system.config = replace(system.config, drawing=replace(system.config.drawing, rest=rest, aims=aims))
    system.rollout = make_rollout(system.model, system.config, system.space, system.context)


def _farther(eyes: RestingEyes, both: Sequence[np.ndarray]) -> np.ndarray:
    """How far whoever of two people (T, D) looks farther past the other does so, in each frame [rad]."""
    frames = min(map(len, both))
    motion = torch.from_numpy(np.stack([values[:frames] for values in both]))[None]
    return np.asarray(eyes.past(motion).norm(dim=-1).amax(1).flatten())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command, see `run_fit`."""
    parser = fit_parser("Fit how far people in a room look past one another.")
    parser.add_argument("--talks", type=int, default=TALKS)
    parser.add_argument("--rest", type=float, default=REST_RAD)
    chosen = parser.parse_args(arguments)

    def fit(system: System, clips: Sequence[Clip]) -> str:
        aims = fit_aims(system, clips, chosen.talks, chosen.rest)
        half = len(aims.drawn) // 2
        return f"where {aims.drawn[half]:.3f} rad past the partner were drawn, {aims.people[half]:.3f} are looked"

    return run_fit(chosen, fit)


if __name__ == "__main__":
    sys.exit(main())
