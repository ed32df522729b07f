"""Lines that voices read aloud which training never heard, with phonemes: what lips are measured on without a partner.

`python -m visavis.data.recordings.read_aloud DIR` writes DIR/VOICE/VOICE_00.wav and .lab for flite's four voices, for
the Kokoro style kept out of training (extra `voices`), and for two of espeak-ng's that it heard. `visavis recordings`
makes clips of a folder (alphabet ipa).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.program import exit_status
from visavis.data.simulate.script.composed import composed_script
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.flite import NAMES, FliteVoice
from visavis.data.simulate.voices.kokoro import KokoroVoice
from visavis.data.simulate.voices.natural import OOD_STYLE
from visavis.data.simulate.voices.voice import Request, Spoken, Voice, speak

VOICES: Mapping[str, Voice] = {
    **{f"flite_{name}": FliteVoice(name) for name in NAMES},
    "kokoro_ood": KokoroVoice(((OOD_STYLE, 1.0),)),
    "espeak_f2": EspeakVoice("en-us+f2", 170, 50, 50),
    "espeak_m3": EspeakVoice("en+m3", 170, 50, 50),
}
LINES = 15
_BEFORE_S, _AFTER_S = 0.5, 0.5
_SYLLABLES = (8.0, 22.0)


def read_aloud(folder: Path, names: Sequence[str], lines: int = LINES, seed: int = 0) -> list[Path]:
    """Write the same lines in every named voice of `VOICES`; the sounds written.

    Raises `VisavisError` for a voice whose program or library is missing, and for an unknown one.
    """
    if strange := sorted(set(names) - set(VOICES)):
        raise VisavisError(f"no voice {', '.join(strange)}; there are {', '.join(VOICES)}")
    rng = np.random.default_rng(seed)
    script = composed_script()
    wordings = [script.phrase(rng, float(rng.uniform(*_SYLLABLES)), 0.1, 0.2, 0.3) for _ in range(lines)]
    made: list[Path] = []
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, spoken in enumerate(speak([Request(VOICES[name], wording) for wording in wordings])):
            made.append(_write(spoken, folder / name / f"{name}_{number:02d}.wav"))
    return made


def _write(spoken: Spoken, path: Path) -> Path:
    sound = np.pad(spoken.sound, (round(_BEFORE_S * SAMPLE_RATE), round(_AFTER_S * SAMPLE_RATE)))
    loudest = max(float(np.abs(sound).max()), 1e-6)
    said, rows = 0.0, ["#"]
    for phoneme in spoken.phonemes:
        start, end = (_BEFORE_S + sample / SAMPLE_RATE for sample in (phoneme.start, phoneme.end))
        if start > said + 1e-4:
            rows.append(f"{start:.5f} 125 pau")
        rows.append(f"{end:.5f} 125 {phoneme.name}")
        said = end
    rows.append(f"{len(sound) / SAMPLE_RATE:.5f} 125 pau")
    with written_whole(path) as place:
        soundfile.write(place, 0.7 * sound / loudest, SAMPLE_RATE, subtype="PCM_16", format="WAV")
    with written_whole(path.with_suffix(".lab")) as place:
        place.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for what cannot be, told in one line."""
    parser = argparse.ArgumentParser(description="Lines read aloud by voices that training never heard.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--voices", nargs="+", metavar="V", default=list(VOICES), help=f"of {', '.join(VOICES)}")
    parser.add_argument("--lines", type=int, default=LINES, metavar="N", help="of each voice, the same in all")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)

    def run() -> None:
        made = read_aloud(chosen.folder, chosen.voices, chosen.lines, chosen.seed)
        print(f"{len(made)} lines in {chosen.folder}")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
