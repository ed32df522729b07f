"""The natural voices: speakers made of hibari's, and people mixed of Kokoro's styles who say lines of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visavis.data.simulate.script.composed import wide_script
from visavis.data.simulate.voices.hibari import HibariVoice
from visavis.data.simulate.voices.kokoro import KokoroVoice
from visavis.data.simulate.voices.repertoire import Repertoire

STYLES = ("jf_alpha", "jf_gongitsune", "jf_tebukuro", "jm_kumo")
"""Kokoro's styles that `train` and `test` are mixed of."""

OOD_STYLE = "jf_nezumi"
"""The style that only `ood` hears."""

PEOPLE, OOD_PEOPLE = 24, 6
_LINES, _ANSWERS, _LAUGHS = 70, 14, 5
_LONGEST = 20
_SEED = 2611
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


def kokoro_person(rng: np.random.Generator, ood: bool) -> KokoroPerson:
    """One of `PEOPLE` people, or of `OOD_PEOPLE` others."""
    return _person(int(rng.integers(OOD_PEOPLE)) + PEOPLE if ood else int(rng.integers(PEOPLE)))


@lru_cache(maxsize=PEOPLE + OOD_PEOPLE)
def _person(number: int) -> KokoroPerson:
    rng = np.random.default_rng((_SEED, number))
    shares = rng.dirichlet(np.full(len(STYLES), 0.6))
    if number >= PEOPLE:
        shares = shares * float(rng.uniform(0, 0.35))
    mixed = [(style, round(float(share), 3)) for style, share in zip(STYLES, shares, strict=True)]
    rest = round(1 - sum(share for _, share in mixed), 3)
    if number >= PEOPLE:
        mixed.append((OOD_STYLE, rest))
    pitch, pace = round(float(np.exp(rng.normal(0, 0.1))), 3), round(float(rng.uniform(0.9, 1.15)), 3)
    return KokoroPerson(KokoroVoice(tuple(mixed), pitch, pace), _repertoire(rng))


def _repertoire(rng: np.random.Generator) -> Repertoire:
    script = wide_script()
    lengths = rng.uniform(2, _LONGEST, _LINES)
    return Repertoire(
        tuple(script.phrase(rng, float(length), 0.12, 0.18, 0.35) for length in lengths),
        tuple(script.backchannel(rng, float(rng.uniform(1, 3))) for _ in range(_ANSWERS)),
        tuple(script.laugh(rng) for _ in range(_LAUGHS)),
    )
