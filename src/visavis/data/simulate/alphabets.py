"""How labels of recordings spell phonemes: the alphabet of festvox-ru, and stress."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SAME = ("p", "b", "m", "f", "v", "t", "d", "n", "s", "z", "k", "l", "r", "j")

FESTVOX_RU: Mapping[str, str] = MappingProxyType(
    {
        **dict(zip(_SAME, _SAME, strict=True)),
        **{"pp": "pʲ", "bb": "bʲ", "mm": "mʲ", "ff": "fʲ", "vv": "vʲ", "tt": "tʲ", "dd": "dʲ", "nn": "nʲ"},
        **{"ss": "sʲ", "zz": "zʲ", "ll": "lʲ", "kk": "kʲ", "gg": "ɡʲ", "rr": "rʲ", "hh": "xʲ"},
        **{"g": "ɡ", "h": "x", "c": "ts", "ch": "tɕ", "sch": "ɕ", "sh": "ʂ", "zh": "ʐ"},
        **{"ii": "i", "yy": "ɨ", "uu": "u", "ee": "e", "oo": "o", "aa": "a"},
        **{"a": "ʌ", "e": "e", "i": "ɪ", "y": "ɨ", "u": "u", "ae": "ə", "ay": "ə", "ur": "ʊ"},
    }
)
"""The phonemes of the Debian package festvox-ru (msu_ru): doubled consonants are palatalised, doubled vowels stressed.

ae, ay and ur are fully reduced vowels. Source: the package's msu_ru_nsh_phoneset.scm.
"""

_STRESSED_RU = frozenset(("ii", "yy", "uu", "ee", "oo", "aa"))


def without_stress(name: str, alphabet: str) -> str:
    """A label as its alphabet's table spells it: `AA1` is aa in arpabet, `ˈaɪ` is aɪ in ipa."""
    if alphabet == "arpabet":
        return name.strip().lower().rstrip("0123456789")
    return name.strip().strip("ˈˌ")


def stress_of(name: str, alphabet: str) -> int:
    """How stressed a label says that its phoneme is: 2 the main stress, 1 a side stress, 0 none, or not told.

    `AA1` of arpabet and `ˈaɪ` of ipa have 2, `AA2` and `ˌaɪ` 1; festvox-ru doubles vowels under stress.
    """
    plain = name.strip()
    if alphabet == "arpabet":
        return {"1": 2, "2": 1}.get(plain[-1:], 0)
    if alphabet == "festvox-ru":
        return 2 if plain in _STRESSED_RU else 0
    return {"ˈ": 2, "ˌ": 1}.get(plain[:1], 0)
