"""The command `visavis`: parse, call, print. Heavy imports happen inside the commands, so that help comes at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import tyro

from visavis.cli.learning import check, models, recordings, simulate, train
from visavis.cli.making import convert, convert_checkpoint, demo, generate
from visavis.cli.measuring import bench, compare, evaluate, score
from visavis.core.config import gather_overrides
from visavis.core.errors import VisavisError

_MAKING = (demo, generate, convert, convert_checkpoint)
_LEARNING = (simulate, recordings, check, train, models)
_MEASURING = (evaluate, score, compare, bench)
COMMANDS: dict[str, Callable[..., int | None]] = {
    command.__name__.replace("_", "-"): command for command in (*_MAKING, *_LEARNING, *_MEASURING)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status: 0, or 2 after bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["train"]:
            given = gather_overrides(given)
        status: int | None = tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="visavis",
            description="Two people talk; visavis moves the face of one of them.",
            args=given,
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    except VisavisError as error:
        print(f"visavis: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("visavis: stopped", file=sys.stderr)
        return 130
    return status or 0
