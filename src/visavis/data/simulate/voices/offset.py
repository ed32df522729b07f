"""The command that prints how late every source tells its phonemes (`phoneme_offset`).

`python -m visavis.data.simulate.voices.offset` prints it for every synthesiser that is installed, with
`--recordings DIR [--alphabet A]` for every recorded person of a folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.simulate.voices.phoneme_offset import measure_offset
from visavis.data.simulate.voices.recorded import correction, recordings_in
from visavis.data.simulate.voices.recorded_folder import RecordedFolder
from visavis.data.simulate.voices.voice import Request, Voice, speak


def print_recorded(folder: Path, alphabet: str | None) -> None:
    """Print the offset of every recorded person of a folder, and what is corrected."""
    recordings = recordings_in(RecordedFolder(folder, alphabet))
    print(recordings)
    for name in recordings.speakers:
        found = recordings.offset(name)
        if found is None:
            print(f"{name}: not measured, less than 20 s of phrases longer than a second")
            continue
        samples = correction(found)
        done = f"corrected by {1000 * samples / SAMPLE_RATE:+.0f} ms" if samples else "left as it is"
        print(f"{name}: {found.late_ms:+.0f} ms late (agreement {found.correlation:.2f}), {done}", flush=True)


def print_synthesisers() -> None:
    """Print the offset of every synthesiser, after its correction."""
    from visavis.data.simulate.text import GRAMMAR
    from visavis.data.simulate.voices.espeak import EspeakVoice
    from visavis.data.simulate.voices.flite import NAMES, FliteVoice
    from visavis.data.simulate.voices.hibari import HibariVoice
    from visavis.data.simulate.voices.kokoro import KokoroVoice
    from visavis.data.simulate.voices.natural import OOD_STYLE, STYLES

    rng = np.random.default_rng(0)
    lines = [GRAMMAR.phrase(rng, 12, 0, 0.2, 0) for _ in range(40)]
    sources: dict[str, tuple[Sequence[Voice], int]] = {
        "espeak": ((EspeakVoice("en-us+f2", 170, 50, 50), EspeakVoice("en+m3", 170, 50, 50)), 40),
        "hibari": ((HibariVoice(), HibariVoice(0.6, 0.87)), 40),
        "Kokoro": (tuple(KokoroVoice(((style, 1.0),)) for style in (*STYLES, OOD_STYLE)), 8),
        **{f"flite {name}": ((FliteVoice(name),), 40) for name in NAMES},
    }
    for name, (voices, count) in sources.items():
        try:
            found = measure_offset(speak([Request(voice, line) for voice in voices for line in lines[:count]]))
            print(f"{name}: {found.late_ms:+.0f} ms late (agreement {found.correlation:.2f})", flush=True)
        except VisavisError as error:
            print(f"{name}: {error}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for input that cannot be used, told in one line."""
    parser = argparse.ArgumentParser(description="How late phonemes are told, against the sound.")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="recorded people instead of synthesisers")
    parser.add_argument("--alphabet", help="what their labels spell phonemes in; unset: found by trying")
    chosen = parser.parse_args(arguments)
    if chosen.recordings is None:
        return exit_status(print_synthesisers)
    return exit_status(lambda: print_recorded(chosen.recordings, chosen.alphabet))


if __name__ == "__main__":
    sys.exit(main())
