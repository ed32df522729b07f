"""The average of two runs' weights, which often keeps what each of them learned.

`python -m visavis.training.average BEFORE AFTER --share 0.75 --out DIR` writes a model folder: three quarters of AFTER,
a quarter of BEFORE, drawn as AFTER says. It pays where AFTER went on from BEFORE (Wortsman et al., arXiv 2109.01903).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from visavis.core.bounds import Bounds
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.system.folder import save_system
from visavis.system.shipped import load_trainable
from visavis.system.system import System

_SHARES = Bounds(0, 1)


def average(before: System, after: System, share: float) -> System:
    """`after`, whose weights become (1 - share) those of `before` plus `share` of its own.

    Raises `VisavisError` where the two do not have the same weights, or hear with other encoders.
    """
    _SHARES.require("share", share)
    own, other = after.model.state_dict(), before.model.state_dict()
    if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in other.items()}:
        raise VisavisError(
            f"{before.config.name} and {after.config.name} have other weights; give two runs of one recipe"
        )
    if not _same_ears(before, after):
        raise VisavisError(
            f"{before.config.name} and {after.config.name} hear with other speech encoders; give a run and one that "
            "went on from it"
        )
    mixed = {
        name: torch.lerp(other[name], value, share) if value.is_floating_point() else value
        for name, value in own.items()
    }
    after.model.load_state_dict(mixed)
    return after


def _same_ears(before: System, after: System) -> bool:
    """Whether two systems hear with the same weights."""
    if not (isinstance(before.encoder, nn.Module) and isinstance(after.encoder, nn.Module)):
        return before.config.speech == after.config.speech
    one, other = before.encoder.state_dict(), after.encoder.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for what cannot be, told in one line."""
    parser = argparse.ArgumentParser(description="Average the weights of two runs.")
    parser.add_argument("before", metavar="BEFORE", help="a run, a model folder or a shipped model")
    parser.add_argument("after", metavar="AFTER", help="one that went on from it")
    parser.add_argument("--share", type=float, default=0.75, help="of AFTER in the average")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    chosen = parser.parse_args(arguments)

    def run() -> None:
        mixed = average(load_trainable(chosen.before), load_trainable(chosen.after), chosen.share)
        chosen.out.mkdir(parents=True, exist_ok=True)
        save_system(mixed, chosen.out)
        print(f"{chosen.out}: {1 - chosen.share:g} of {chosen.before}, {chosen.share:g} of {chosen.after}")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
