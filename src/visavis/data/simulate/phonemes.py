"""The phoneme inventory: IPA names, what the mouth does for each, and the alphabets of synthesisers and recordings.

A phoneme's name is IPA without stress marks (`p`, `tʃ`, `iː`, `aɪ`). `VISEMES` sorts the names into classes of one
mouth shape each (`mouth.SHAPES`): English, and what Russian adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from visavis.core.errors import VisavisError
from visavis.data.simulate.alphabets import FESTVOX_RU

_CLASSES: Mapping[str, str] = {
    "lips": "p b pʲ bʲ",
    "hum": "m mʲ",
    "teeth": "f v fʲ vʲ",
    "tongue": "t d n l θ ð ɾ r ɫ tʲ dʲ nʲ lʲ rʲ",
    "hiss": "s z ts sʲ zʲ",
    "hush": "ʃ ʒ tʃ dʒ tɕ ɕ ʂ ʐ",
    "throat": "k ɡ ŋ x ʔ ʲ kʲ ɡʲ xʲ",
    "glide": "w",
    "curl": "ɹ ɜː ɚ",
    "breath": "h",
    "wide": "a aː æ ɑ ɑː ɑːɹ aɪ aɪə aʊ aʊə ʌ ʌɹ",
    "back": "ɒ ɔ ɔː ɔːɹ ɔɪ o oː oːɹ",
    "round": "oʊ əʊ ʊ ʊɹ",
    "tight": "u uː ʉ",
    "spread": "i iː ɪ ᵻ ɪə iə ɪɹ eː j ɨ",
    "middle": "ɛ e eɪ ɛɹ ɛː",
    "neutral": "ə ɐ ᵊ əl",
}
VISEMES: Mapping[str, str] = {name: kind for kind, names in _CLASSES.items() for name in names.split()}
"""The class of mouth shapes of every phoneme."""

SILENCE = ""
PHONEMES: tuple[str, ...] = (SILENCE, *sorted(VISEMES))
"""Silence and all phonemes, in a fixed order: their places are the labels that a speech encoder learns."""

BILABIALS = frozenset(name for name, kind in VISEMES.items() if kind in ("lips", "hum"))
"""Phonemes for which the lips close."""

VOWELS = frozenset(
    name
    for name, kind in VISEMES.items()
    if kind in ("wide", "back", "round", "tight", "spread", "middle", "neutral") or name in ("ɜː", "ɚ")
) - {"j"}
"""Phonemes that carry a syllable."""


def _table(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


ESPEAK = {
    **_table("p=p b=b m=m m-=m f=f v=v t=t d=d n=n l=l T=θ D=ð t2=t t#=ɾ t[=t n-=n l/=l n/=n l#=l"),
    **_table("s=s z=z s#=s z/=z S=ʃ Z=ʒ tS=tʃ dZ=dʒ k=k g=ɡ N=ŋ x=x ?=ʔ ;=ʲ k#=k w=w w#=w"),
    **_table("r=ɹ r-=ɹ r/=ɹ R=ɹ R2=ɹ *=ɹ 3=ɚ 3:=ɜː h=h a=æ aI=aɪ aU=aʊ aa=æ a:=aː A=ɑ A:=ɑː A@=ɑːɹ A#=ɑ a2=æ V=ʌ"),
    **_table("aI@=aɪə aU@=aʊə aI2=aɪ aI3=aɪ VR=ʌɹ A~=ɑ 0=ɒ O=ɔ O2=ɔ QI=ɔɪ OI=ɔɪ O:=ɔː O@=ɔːɹ o@=oːɹ o:=oː o=o 0#=ɒ"),
    **_table("02=ɒ oU=oʊ oU#=oʊ U=ʊ U@=ʊɹ u=u u:=uː u#=u i=i i:=iː I=ɪ I2=ᵻ I#=ᵻ I2#=ᵻ i@=iə i@3=iə IR=ɪɹ j=j e:=eː"),
    **_table("E=ɛ eI=eɪ e=e E2=ɛ e@=ɛɹ E#=ɛ @=ə @2=ə @5=ə a#=ɐ @L=əl @-=ə V#=ɐ E:=ɐ"),
}
"""espeak-ng's mnemonics in its English voices."""

_PLAIN = "p b m f v t d n l θ ð ɾ s z ʃ ʒ k ɡ ŋ ʔ w ɹ h j æ ɑ ʌ ɒ ɔ ʊ u i ɪ ɛ ə ɐ ᵊ ᵻ a".split()  # noqa: SIM905
MISAKI = {
    **dict(zip(_PLAIN, _PLAIN, strict=True)),
    **_table("ʤ=dʒ ʧ=tʃ A=eɪ I=aɪ O=oʊ Q=əʊ W=aʊ Y=ɔɪ T=ɾ ɜ=ɜː"),
}
"""misaki's letters (hibari, Kokoro); a length mark is read by `voices.misaki`."""

ARPABET = {
    **_table("p=p b=b m=m f=f v=v t=t d=d n=n l=l th=θ dh=ð dx=ɾ s=s z=z sh=ʃ zh=ʒ ch=tʃ jh=dʒ k=k g=ɡ ng=ŋ w=w y=j"),
    **_table("r=ɹ hh=h aa=ɑ ae=æ ah=ʌ ao=ɔ aw=aʊ ax=ə axr=ɚ ay=aɪ eh=ɛ er=ɜː ey=eɪ ih=ɪ iy=i ow=oʊ oy=ɔɪ uh=ʊ uw=u"),
    **_table("el=əl em=m en=n hv=h nx=ɾ q=ʔ"),
}
"""The letters of CMU's dictionary, flite and pocketsphinx, in lower case and without stress."""

ALPHABETS: Mapping[str, Mapping[str, str]] = {
    "espeak": ESPEAK,
    "misaki": MISAKI,
    "arpabet": ARPABET,
    "festvox-ru": FESTVOX_RU,
    "ipa": {name: name for name in VISEMES},
}


def to_ipa(names: Iterable[str], alphabet: str) -> list[str]:
    """The IPA names of phonemes that are spelled in an alphabet of `ALPHABETS`.

    Raises `VisavisError` that lists the phonemes it does not know.
    """
    table = ALPHABETS[alphabet]
    given = list(names)
    strange = sorted({name for name in given if name not in table})
    if strange:
        raise VisavisError(
            f"unknown phonemes {' '.join(strange)}; the alphabet {alphabet!r} has {' '.join(sorted(table))}"
        )
    return [table[name] for name in given]
