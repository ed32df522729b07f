"""Who takes part: espeak-ng voices and the loudness and colour of their recordings; `ood` shares none with the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from visavis.data.simulate.recording import Recording
from visavis.data.simulate.text import GRAMMAR, Script
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.voice import Voice

Split = Literal["train", "test", "ood"]

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


@dataclass(frozen=True)
class Speaker:
    """Who takes part: a voice, what it says, and how it is recorded; `size` as in `Request`."""

    voice: Voice
    recording: Recording
    script: Script = GRAMMAR
    size: float = 1.0


def draw_speaker(rng: np.random.Generator, split: Split) -> Speaker:
    """A random speaker of the split's population."""
    accents, variants = (OOD_ACCENTS, OOD_VARIANTS) if split == "ood" else (ACCENTS, VARIANTS)
    peak = float(rng.uniform(-20, -3))
    voice = EspeakVoice(
        name=f"{rng.choice(accents)}+{rng.choice(variants)}",
        rate=int(rng.integers(150, 196)),
        pitch=int(rng.integers(35, 66)),
        range=int(rng.integers(35, 76)),
    )
    recording = Recording(
        peak_db=peak,
        noise_db=min(float(rng.uniform(-60, -45)), peak - 32),
        tilt_db=float(rng.uniform(-1.5, 1.0)),
        bump_hz=float(rng.uniform(300, 4000)),
        bump_db=float(rng.normal(0, 2)),
        bleed_db=float(rng.uniform(-44, -38)) if rng.random() < 0.5 else -np.inf,
    )
    return Speaker(voice, recording)
