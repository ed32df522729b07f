"""The natural voices: speakers made of hibari's, and people mixed of Kokoro's styles who say lines of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visavis.data.simulate.script.composed import wide_script
from visavis.data.simulate.voices.hibari import HibariVoice
from visavis.data.simulate.voices.kokoro import KokoroFiles, KokoroVoice, style_names
from visavis.data.simulate.voices.repertoire import Repertoire

STYLES = ("jf_alpha", "jf_gongitsune", "jf_tebukuro", "jm_kumo")
"""The packaged Kokoro's styles that `train` and `test` are mixed of."""

OOD_STYLE = "jf_nezumi"
"""The style that only `ood` hears."""

PEOPLE, OOD_PEOPLE = 18, 4
_LINES, _ANSWERS, _LAUGHS = 50, 10, 3
_LONGEST = 20
_SEED = 2611
_MIXING = 2.4
_FORMANTS, _OOD_FORMANTS = (0.86, 1.15), ((0.80, 0.86), (1.15, 1.21))


@dataclass(frozen=True)
class KokoroPerson:
    """A voice and all that it says."""

    voice: KokoroVoice
    repertoire: Repertoire


def hibari_voice(rng: np.random.Generator, ood: bool) -> HibariVoice:
    """A random speaker; in `ood` with a shorter or longer vocal tract than any in training."""
    low, high = _OOD_FORMANTS[int(rng.integers(2))] if ood else _FORMANTS
    formants = float(rng.uniform(low, high))
    return HibariVoice(
        pitch=formants**2.8 * float(np.exp(rng.normal(0, 0.12))),
        formants=formants,
        range=float(rng.uniform(0.7, 1.35)),
        pace=float(rng.uniform(0.9, 1.15)),
        breath_db=float(rng.uniform(-3, 4)),
        seed=int(rng.integers(1 << 31)),
    )


def kokoro_person(rng: np.random.Generator, ood: bool, files: KokoroFiles | None = None) -> KokoroPerson:
    """One of `PEOPLE` people, or of `OOD_PEOPLE` others; of another model every fifth style is kept for the others."""
    return person(int(rng.integers(OOD_PEOPLE)) + PEOPLE if ood else int(rng.integers(PEOPLE)), files)


@lru_cache(maxsize=PEOPLE + OOD_PEOPLE)
def person(number: int, files: KokoroFiles | None = None) -> KokoroPerson:
    """Person `number` of all `PEOPLE` + `OOD_PEOPLE`, who always says the same lines."""
    rng = np.random.default_rng((_SEED, number))
    common, kept = _styles(files)
    shares = rng.dirichlet(np.full(len(common), _MIXING / len(common)))
    if number >= PEOPLE:
        shares = shares * float(rng.uniform(0, 0.35))
    mixed = [(style, round(float(share), 3)) for style, share in zip(common, shares, strict=True)]
    if number >= PEOPLE:
        rest = round(1 - sum(share for _, share in mixed), 3)
        mixed.append((kept[number % len(kept)], rest))
    pitch, pace = round(float(np.exp(rng.normal(0, 0.1))), 3), round(float(rng.uniform(0.9, 1.15)), 3)
    styles = tuple((style, share) for style, share in mixed if share)
    return KokoroPerson(KokoroVoice(styles, pitch, pace, files), _repertoire(rng))


def _styles(files: KokoroFiles | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The styles that people of training are mixed of, and those kept for `ood`."""
    if files is None:
        return STYLES, (OOD_STYLE,)
    names = style_names(files)
    return tuple(n for i, n in enumerate(names) if i % 5 != 4 or len(names) < 5), names[4::5] or names[-1:]


def _repertoire(rng: np.random.Generator) -> Repertoire:
    script = wide_script()
    lengths = rng.uniform(2, _LONGEST, _LINES)
    return Repertoire(
        tuple(script.phrase(rng, float(length), 0.12, 0.18, 0.35) for length in lengths),
        tuple(script.backchannel(rng, float(rng.uniform(1, 3))) for _ in range(_ANSWERS)),
        tuple(script.laugh(rng) for _ in range(_LAUGHS)),
    )
