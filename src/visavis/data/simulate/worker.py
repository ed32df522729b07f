"""A worker of `run.simulate`: reads numbers of conversations from stdin, writes them, answers one JSON line each."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from visavis.core.errors import VisavisError
from visavis.data.simulate.simulation import Simulation
from visavis.data.simulate.store import write_scene


def main() -> None:
    """Serve until stdin ends; the arguments are the folder and the simulation. The parent answers an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, simulation = Path(sys.argv[1]), Simulation.from_text(sys.argv[2])
    for line in sys.stdin:
        try:
            answer: dict[str, int | str] = {"frames": write_scene(folder, simulation, int(line))}
        except VisavisError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
