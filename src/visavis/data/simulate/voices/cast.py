"""Who takes part: voices, what they say and how they are recorded; `ood` shares no voice with `train` and `test`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from visavis.core.errors import VisavisError, unknown
from visavis.data.simulate.acoustics.chain import draw_recording
from visavis.data.simulate.recording import PlainRecording, Recording
from visavis.data.simulate.script.composed import composed_script, wide_script
from visavis.data.simulate.script.own_lines import read_lines
from visavis.data.simulate.script.source import Script
from visavis.data.simulate.text import GRAMMAR
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.flite import NAMES, FliteVoice
from visavis.data.simulate.voices.kokoro import KokoroFiles
from visavis.data.simulate.voices.natural import hibari_voice, kokoro_person
from visavis.data.simulate.voices.recorded import OOD_EVERY, RecordedPerson, people_for
from visavis.data.simulate.voices.recorded_folder import RecordedFolder
from visavis.data.simulate.voices.voice import Voice

Split = Literal["train", "test", "ood", "natural"]
"""`test`: the voices and people of `train`; `ood`: others of the same kinds; `natural`: synthesisers of tests alone."""

VoiceKind = Literal["espeak", "natural", "mixed", "recorded"]
"""`espeak`: espeak-ng alone; `natural`: hibari and Kokoro; `mixed`: all three, what the shipped models learn from.

`recorded`: the recorded people of a folder alone.
"""

SHARES: Mapping[str, Mapping[str, float]] = {
    "natural": {"hibari": 0.55, "kokoro": 0.45},
    "mixed": {"espeak": 0.34, "hibari": 0.36, "kokoro": 0.30},
}
"""How often each synthesiser speaks."""

RECORDED_SHARE = 0.4
"""How often recorded people speak beside synthesisers, which share the rest."""

ACCENTS = ("en-us", "en", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
VARIANTS: tuple[str, ...] = (
    *("Alex", "Alicia", "Andrea", "Andy", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo", "Lee", "Mario"),
    *("Michael", "Mike", "Nguyen", "Reed", "RicishayMax", "RicishayMax2", "adam", "announcer", "antonio", "aunty"),
    *("belinda", "benjamin", "boris", "ed", "edward", "f1", "f2", "f3", "f5", "grandpa", "gustave", "iven3", "iven4"),
    *("john", "kaukovalta", "klatt3", "klatt5", "linda", "m1", "m2", "m3", "m4", "m6", "m7", "marcelo", "max"),
    *("michel", "miguel", "mike2", "norbert", "paul", "quincy", "rob", "sandro", "shelby", "steph", "travis", "victor"),
)
"""Variants that sound like people; whispering, robotic and very high ones are left out."""

OOD_ACCENTS = ("en-gb-x-rp",)
OOD_VARIANTS: tuple[str, ...] = (
    *("Annie", "Mr serious", "RicishayMax3", "david", "f4", "grandma", "ian", "klatt4", "m5", "m8", "pedro", "robert"),
    *("pablo", "steph2", "zac", "edward2"),
)
"""Accents and variants heard in `ood` only."""


_SIZES = (0.9, 1.12)


@dataclass(frozen=True)
class Speaker:
    """Who takes part: a voice, what it says, and how it is recorded; `size` as in `Request`."""

    voice: Voice
    recording: Recording
    script: Script
    size: float = 1.0


@dataclass(frozen=True)
class Casting:
    """Whose voices are heard and what they say.

    `text`: a file of lines to say instead of the voices' own script; `kokoro`: another Kokoro model than the packaged;
    `recordings`: people who take part beside the synthesisers, or alone with the voices `recorded`.
    """

    voices: VoiceKind = "espeak"
    text: Path | None = None
    kokoro: KokoroFiles | None = None
    recordings: RecordedFolder | None = None

    def __post_init__(self) -> None:
        if self.voices not in get_args(VoiceKind):
            raise unknown("kind of voices", self.voices, get_args(VoiceKind))
        if self.voices == "recorded" and self.recordings is None:
            raise VisavisError("the voices 'recorded' are those of recordings; give --recordings DIR")
        if self.recordings is not None and self.text is not None:
            raise VisavisError("recorded people say what they have said; give --recordings or --text, not both")

    def recorded_people(self, split: Split) -> tuple[RecordedPerson, ...]:
        """The recorded people who take part in a split, read from their folder the first time.

        Raises what `read_speakers` raises, and `VisavisError` where nobody at all would be left to speak.
        """
        if self.recordings is None or split == "natural":
            return ()
        people = people_for(self.recordings, split == "ood")
        if not people and self.voices == "recorded":
            raise VisavisError(
                f"{self.recordings.folder} holds fewer than {OOD_EVERY} people, so that nobody is kept for the split "
                f"ood; add people, or choose other voices"
            )
        return people


ESPEAK_ALONE = Casting()
"""What needs nothing beside espeak-ng."""


def draw_speaker(rng: np.random.Generator, split: Split, casting: Casting = ESPEAK_ALONE) -> Speaker:
    """A random speaker of the split's population.

    Raises `VisavisError` when the voices need a library, a program or a file that is missing.
    """
    if split == "natural":
        name = NAMES[int(rng.integers(len(NAMES)))]
        return Speaker(FliteVoice(name), draw_recording(rng), _script(casting, composed_script))
    people = casting.recorded_people(split)
    if people and (casting.voices == "recorded" or rng.random() < RECORDED_SHARE):
        recorded = people[int(rng.integers(len(people)))]
        return Speaker(recorded.voice, draw_recording(rng), recorded.repertoire, float(rng.uniform(*_SIZES)))
    if casting.voices == "espeak":
        return _plain_espeak(rng, split, _script(casting, lambda: GRAMMAR))
    shares = SHARES[casting.voices]
    kind = str(rng.choice(list(shares), p=list(shares.values())))
    size = float(rng.uniform(*_SIZES))
    if kind == "espeak":
        plain = _plain_espeak(rng, split, _script(casting, composed_script))
        return replace(plain, recording=draw_recording(rng), size=size)
    if kind == "hibari":
        return Speaker(hibari_voice(rng, split == "ood"), draw_recording(rng), _script(casting, wide_script))
    person = kokoro_person(rng, split == "ood", casting.kokoro)
    return Speaker(person.voice, draw_recording(rng), _script(casting, lambda: person.repertoire), size)


def _script(casting: Casting, usual: Callable[[], Script]) -> Script:
    return usual() if casting.text is None else _own_lines(casting.text)


@lru_cache(maxsize=4)
def _own_lines(path: Path) -> Script:
    return read_lines(path, composed_script())


def _plain_espeak(rng: np.random.Generator, split: Split, script: Script) -> Speaker:
    accents, variants = (OOD_ACCENTS, OOD_VARIANTS) if split == "ood" else (ACCENTS, VARIANTS)
    peak = float(rng.uniform(-20, -3))
    voice = EspeakVoice(
        name=f"{rng.choice(accents)}+{rng.choice(variants)}",
        rate=int(rng.integers(150, 196)),
        pitch=int(rng.integers(35, 66)),
        range=int(rng.integers(35, 76)),
    )
    recording = PlainRecording(
        peak_db=peak,
        noise_db=min(float(rng.uniform(-60, -45)), peak - 32),
        tilt_db=float(rng.uniform(-1.5, 1.0)),
        bump_hz=float(rng.uniform(300, 4000)),
        bump_db=float(rng.normal(0, 2)),
        bleed_db=float(rng.uniform(-44, -38)) if rng.random() < 0.5 else -np.inf,
    )
    return Speaker(voice, recording, script)
