"""How labels of recordings spell phonemes and silences: the alphabet of festvox-ru, stress marks, names of silence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SILENCES = frozenset({"", "pau", "sil", "sp", "spn", "nsn", "h#", "#", "ssil", "<eps>", "<sil>", "<p:>", "_"})
"""What labels call a stretch without speech, in lower case."""

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


def is_silence(name: str) -> bool:
    """Whether a label means silence or noise rather than a phoneme."""
    return name.strip().lower() in SILENCES


def without_stress(name: str, alphabet: str) -> str:
    """A label as its alphabet's table spells it: `AA1` is aa in arpabet, `ˈaɪ` is aɪ in ipa."""
    if alphabet == "arpabet":
        return name.strip().lower().rstrip("0123456789")
    return name.strip().strip("ˈˌ")
