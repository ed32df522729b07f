"""A worker of `run.simulate`: reads numbers of conversations from stdin, writes them, answers one JSON line each."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import cast

from visavis.core.errors import VisavisError
from visavis.data.simulate.store import write_scene
from visavis.data.simulate.voices.cast import Split


def main() -> None:
    """Serve until stdin ends; the arguments are folder, seed and split. The parent answers an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, seed, split = Path(sys.argv[1]), int(sys.argv[2]), cast(Split, sys.argv[3])
    for line in sys.stdin:
        try:
            answer: dict[str, int | str] = {"frames": write_scene(folder, seed, split, int(line))}
        except VisavisError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
