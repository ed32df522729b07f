"""Fits how readily a model tells each conversational state, so that none of them is hardly ever found.

`python -m visavis.training.states RUN --data DIR --out MODEL` lets a model tell the states of stretches of DIR/train
and moves what it adds to each state's logit (logit adjustment, Menon et al. 2021, here fitted to frames found): as many
frames as possible shall be told right, and of the state that is found worst, too. States of few frames gain by that,
such as receiving feedback, which begins as an interruption does.

Shapes: B stretches, T frames, N = 7 states.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from visavis.analysis.state_agreement import recalls
from visavis.analysis.state_labels import state_labels
from visavis.analysis.states import STATES
from visavis.core.clock import frames_of
from visavis.core.errors import VisavisError
from visavis.data.folder import Clip
from visavis.models.arig.states import StateUnderstanding, one_after_another
from visavis.system.system import System
from visavis.training.afterwards import Stretches, fit_parser, run_fit, stretches

SECONDS = 60
_STRETCHES = 96
_WORST_COUNTS = 0.5
"""What the recall of the state that is found worst counts beside the share of all frames that are right."""
_PRICE = 0.01
"""What a move costs by its square: what gains little here gains nothing elsewhere."""
_MOVES = (1.0, 0.5, 0.25, 0.1)


def fit_states(system: System, clips: Sequence[Clip], seconds: float = SECONDS) -> tuple[np.ndarray, np.ndarray]:
    """Moves the biases of the states in place, by stretches of so many seconds; gives the share of each state's frames
    that is told right, and of all frames (8,), before and after.

    Raises `VisavisError` for a model that tells no states, and where no clip is long enough.
    """
    understanding = getattr(system.model, "understanding", None)
    if not isinstance(understanding, StateUnderstanding):
        raise VisavisError(f"{system.config.name} tells no conversational states; fit a model of kind 'arig' that does")
    frames = frames_of(seconds)
    known = stretches(system, clips, frames, _STRETCHES)
    logits = _logits(system, understanding, known)
    truth = np.stack([state_labels(clip, frames)[number - 1] for clip, number in known.agents])[:, : logits.shape[1]]
    by = offsets(logits, truth)
    with torch.no_grad():
        understanding.biases.add_(torch.from_numpy(by).to(understanding.biases))
    before, after = (recalls([*truth], [*told_states(logits + added)]) for added in (0 * by, by))
    return before, after


def told_states(logits: np.ndarray) -> np.ndarray:
    """The states (B, T) that are told one after another, from their logits after each state (B, T, N + 1, N), the last
    of which stands for none."""
    return one_after_another(torch.from_numpy(logits.argmax(-1))).numpy()


def offsets(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """What to add to logits (B, T, N + 1, N), see `told_states`, for true states (B, T): (N,) float32, of mean 0."""

    def worth(by: np.ndarray) -> float:
        found = recalls([*truth], [*told_states(logits + by)])
        price = _PRICE * float(np.square(by - by.mean()).sum())
        return float(found[-1] + _WORST_COUNTS * np.nanmin(found[:-1])) - price

    by: np.ndarray = np.zeros(logits.shape[-1], np.float32)
    best = worth(by)
    for size in _MOVES:
        last = None
        while last != best:
            last = best
            for move in size * np.concatenate([np.eye(len(by)), -np.eye(len(by))]).astype(np.float32):
                if (found := worth(by + move)) > best:
                    by, best = by + move, found
    return np.asarray(by - by.mean())


def _logits(system: System, understanding: StateUnderstanding, known: Stretches) -> np.ndarray:
    """The logits of every frame after each state that could have been told before it, (B, T, N + 1, N) float32."""
    seen: list[Tensor] = []

    def keep(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen.append(understanding.after_each(*given[1:]))

    hook = understanding.register_forward_pre_hook(keep)
    motion, _ = system.step(known.given, system.init_state(len(known.agents)))
    hook.remove()
    return torch.stack(seen[: motion.sample.shape[2]], dim=1).float().numpy()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command, see `run_fit`."""
    parser = fit_parser("Fit how readily a model tells each conversational state.")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="of each recording")
    chosen = parser.parse_args(arguments)

    def fit(system: System, clips: Sequence[Clip]) -> str:
        told = zip((*STATES, "all"), *fit_states(system, clips, chosen.seconds), strict=True)
        shares = [f"{name} {after:.0%} ({before:.0%})" for name, before, after in told]
        return f"frames told right, and before: {', '.join(shares)}"

    return run_fit(chosen, fit)


if __name__ == "__main__":
    sys.exit(main())
