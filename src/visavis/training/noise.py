"""Fits the noise that a model draws from, so that what it draws moves as fast as people do.

`python -m visavis.training.noise RUN --data DIR --out MODEL` draws stretches of DIR/train, compares in each channel how
fast deviations from the mean change, drawn and true, and slows the noise by as much as they are too fast, some rounds.
Training fits the noise to what the mean leaves of true motion, which is where this starts from; but a network that maps
noise to motion makes it rougher where it bends it (a blink begins faster than any noise), and mixes channels.

Shapes: B stretches, T frames, D motion channels, L lags.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.steps import Chunk
from visavis.data.folder import Clip
from visavis.layers.correlated_noise import CorrelatedNoise
from visavis.system.factory import make_rollout
from visavis.system.system import System
from visavis.training.afterwards import fit_parser, run_fit, stretches

ROUNDS = 4
_STRETCHES, _FRAMES = 48, 12 * FPS
_MOST = 1.6
"""How far a round may slow or hasten a channel."""


def fit_noise(system: System, clips: Sequence[Clip], rounds: int = ROUNDS) -> list[float]:
    """Slows the system's noise in place; returns how much too fast its channels are in the median before each round and
    after the last.

    Raises `VisavisError` for a model that does not draw around a mean from correlated noise, and for too few clips.
    """
    noise = getattr(system.model, "noise", None)
    if not (isinstance(noise, CorrelatedNoise) and system.rollout.predicts_mean):
        raise VisavisError(
            f"{system.config.name} does not draw around a mean from correlated noise; "
            "fit a model with additions.mean_head and additions.noise_lags"
        )
    known = stretches(system, clips, _FRAMES, _STRETCHES)
    found = []
    for number in range(rounds + 1):
        drawn, mean = _drawn(system, known.given)
        wanted = change(known.motion[:, : mean.shape[1]] - mean)
        ratio = change(drawn - mean) / wanted
        moving = ratio.isfinite() & (ratio > 0)
        found.append(float(ratio[moving].median()))
        print(f"round {number}: {found[-1]:.3f} times as fast", file=sys.stderr)
        if number < rounds:
            by = torch.where(moving, ratio, torch.ones_like(ratio)).clamp(1 / _MOST, _MOST)
            noise.autocovariance.copy_(slowed(noise.autocovariance, by))
    return found


def change(deviations: Tensor) -> Tensor:
    """Root mean square of the change from frame to frame (D,) of deviations (B, T, D), in units of their own size."""
    return torch.diff(deviations, dim=1).square().mean((0, 1)).sqrt() / deviations.square().mean((0, 1)).sqrt()


def slowed(covariance: Tensor, by: Tensor) -> Tensor:
    """Autocovariances (L + 1, D) of processes that are so many times slower (D,); they stay those of processes."""
    last = len(covariance) - 1
    places = (torch.arange(last + 1, device=covariance.device)[:, None] / by).clamp_max(last)
    before = places.floor().long()
    after = (before + 1).clamp_max(last)
    return torch.lerp(covariance.gather(0, before), covariance.gather(0, after), places - before)


def _drawn(system: System, chunk: Chunk) -> tuple[Tensor, Tensor]:
    """What is drawn without gestures, and the mean that it lies around, both (B, T, D)."""
    config = replace(system.config, drawing=replace(system.config.drawing, gestures=0.0))
    plain = system.with_options()
    plain.rollout = make_rollout(system.model, config, system.space, system.context)
    motion, _ = plain.step(chunk, plain.init_state(len(chunk["agent_speech"])))
    assert motion.mean is not None
    return motion.sample[:, 0], motion.mean[:, 0]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command, see `run_fit`."""
    parser = fit_parser("Fit the noise that a model draws from to how people move.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args(arguments)

    def fit(system: System, clips: Sequence[Clip]) -> str:
        found = fit_noise(system, clips, chosen.rounds)
        return f"channels are {found[-1]:.2f} times as fast as people's in the median, {found[0]:.2f} before"

    return run_fit(chosen, fit)


if __name__ == "__main__":
    sys.exit(main())
