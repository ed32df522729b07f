"""Voices by name, as people write them: `hibari pitch=0.62 formants=0.87`, `kokoro jf_alpha=0.6 jm_kumo=0.4`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from visavis.core.errors import VisavisError, unknown
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.flite import NAMES, FliteVoice
from visavis.data.simulate.voices.hibari import HibariVoice
from visavis.data.simulate.voices.kokoro import KokoroVoice
from visavis.data.simulate.voices.voice import Voice

_HIBARI: Mapping[str, float] = {
    "pitch": 1.0,
    "formants": 1.0,
    "range": 1.0,
    "pace": 1.0,
    "breath_db": 0.0,
    "seed": 0,
}
_KOKORO: Mapping[str, float] = {"pitch": 1.0, "pace": 1.0}
_ESPEAK: Mapping[str, float] = {"rate": 170, "pitch": 50, "range": 50}
_AN_ESPEAK_VOICE = "en-us+f2"


def voice_named(description: str) -> Voice:
    """The voice of a description: a synthesiser, its voice where it has several, and settings NAME=NUMBER.

    `hibari` [pitch formants range pace breath_db seed], `kokoro STYLE=SHARE ...` [pitch pace], `flite NAME`,
    `espeak NAME` [rate pitch range]; settings that are not told are usual ones. Raises `VisavisError` for a
    synthesiser, a setting or a number that is none.
    """
    kind, *rest = description.split() or [""]
    if kind not in _MAKERS:
        raise unknown("voice", kind, _MAKERS)
    return _MAKERS[kind](rest)


def _hibari(words: Sequence[str]) -> Voice:
    found = _settings("hibari", words, _HIBARI)
    return HibariVoice(
        _positive("pitch", found),
        _positive("formants", found),
        found["range"],
        _positive("pace", found),
        found["breath_db"],
        int(found["seed"]),
    )


def _kokoro(words: Sequence[str]) -> Voice:
    settings = [word for word in words if word.partition("=")[0] in _KOKORO]
    shares = {name: _number(name, value) for word in words if word not in settings for name, _, value in [_pair(word)]}
    if not shares or min(shares.values()) <= 0:
        raise VisavisError("a kokoro voice is a mixture of styles; give one or more as STYLE=SHARE, above 0")
    total = sum(shares.values())
    found = _settings("kokoro", settings, _KOKORO)
    styles = tuple((name, round(share / total, 3)) for name, share in shares.items())
    return KokoroVoice(styles, _positive("pitch", found), _positive("pace", found))


def _flite(words: Sequence[str]) -> Voice:
    if len(words) != 1 or words[0] not in NAMES:
        raise unknown("flite voice", " ".join(words), NAMES)
    return FliteVoice(words[0])


def _espeak(words: Sequence[str]) -> Voice:
    name, settings = (words[0], words[1:]) if words and "=" not in words[0] else (_AN_ESPEAK_VOICE, words)
    found = _settings("espeak", settings, _ESPEAK)
    return EspeakVoice(name, int(found["rate"]), int(found["pitch"]), int(found["range"]))


_MAKERS: Mapping[str, Callable[[Sequence[str]], Voice]] = {
    "hibari": _hibari,
    "kokoro": _kokoro,
    "flite": _flite,
    "espeak": _espeak,
}


def _settings(kind: str, words: Sequence[str], usual: Mapping[str, float]) -> dict[str, float]:
    found = dict(usual)
    for word in words:
        name, _, value = _pair(word)
        if name not in usual:
            raise unknown(f"setting of {kind}", name, usual)
        found[name] = _number(name, value)
    return found


def _pair(word: str) -> tuple[str, str, str]:
    parts = word.partition("=")
    if not parts[2]:
        raise VisavisError(f"{word!r} is no setting; write NAME=NUMBER")
    return parts


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise VisavisError(f"{name}={text} is no number; write one such as {name}=1.1")
    return value


def _positive(name: str, found: Mapping[str, float]) -> float:
    if found[name] <= 0:
        raise VisavisError(f"{name}={found[name]:g} is not possible; {name} is a factor above 0, 1 is the voice's own")
    return found[name]
