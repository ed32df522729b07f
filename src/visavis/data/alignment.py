"""Forced alignment: a recording and its words in, words and phonemes with their times out; the door to pocketsphinx.

The acoustic model and the pronouncing dictionary are those of US English that come with the package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, missing_extra
from visavis.data.labels import Label, Labels

if TYPE_CHECKING:
    from pocketsphinx import Decoder

FRAME_S = 0.01
"""The grid that times lie on [s]."""
EARLY_S = 0.006
"""How much earlier than the sound the aligner puts a boundary, in the median; put right here. See docs/data.md."""

_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*'?")
_APOSTROPHES = {0x2019: "'", 0x2018: "'"}
_BEAM = 1e-80
_FILLERS = ("<", "[", "+")
_LEVEL = 0.1
_DITHER = 3.0
_SHORTEST_S = 0.1


def align(sound: np.ndarray, text: str) -> Labels:
    """Words (lower case) and ARPAbet phonemes (lower case) of `text` in `sound` (S,) at 16 kHz, silences left out.

    Punctuation is ignored. Raises `VisavisError` without pocketsphinx, for words that its dictionary does not know
    (all of them are named), and where the words cannot be found in the sound.
    """
    words = _WORD.findall(text.lower().translate(_APOSTROPHES))
    if not words:
        raise VisavisError(f"{text!r} holds no words; give what is said in the recording")
    seconds = len(sound) / SAMPLE_RATE
    decoder = _decoder()
    strange = [word for word in dict.fromkeys(words) if decoder.lookup_word(word) is None]
    if strange:
        raise VisavisError(
            f"not in the pronouncing dictionary: {', '.join(strange)}; spell them as words of US English, or label "
            f"the phonemes yourself"
        )
    if seconds < _SHORTEST_S:
        raise VisavisError(f"a sound of {seconds:.2f} s is too short to hold {len(words)} words; give all of it")
    pcm = _pcm(sound)
    try:
        decoder.set_align_text(" ".join(words))
        _decode(decoder, pcm)
        if decoder.hyp() is None:
            raise RuntimeError
        decoder.set_alignment()
        _decode(decoder, pcm)
        found = _aligned(decoder)
    except RuntimeError:
        raise _not_found(words, seconds) from None
    if len(found.words) != len(words):
        raise _not_found(words, seconds)
    return found


def _decoder() -> Decoder:
    try:
        from pocketsphinx import Decoder
    except ImportError:
        raise missing_extra("pocketsphinx", "voices", "finding words in a recording") from None
    return Decoder(lm=None, loglevel="FATAL", beam=_BEAM, pbeam=_BEAM, wbeam=_BEAM, bestpath=False)


def _decode(decoder: Decoder, pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _aligned(decoder: Decoder) -> Labels:
    """What was found, read in one pass: an entry is gone when the next one is asked for."""
    spoken: list[Label] = []
    phonemes: list[Label] = []
    for entry in decoder.get_alignment() or ():
        if not entry.name.startswith(_FILLERS):
            spoken.append(_label(re.sub(r"\(\d+\)$", "", entry.name), entry.start, entry.duration))
            phonemes += [_label(sound.name.lower(), sound.start, sound.duration) for sound in entry]
    return Labels(tuple(spoken), tuple(phonemes))


def _pcm(sound: np.ndarray) -> bytes:
    """16-bit samples at one loudness; faint noise stands in for digital silence, which the model never heard."""
    level = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    scaled = sound * (_LEVEL / max(level, 1e-5)) * 32767
    noise = np.random.default_rng(0).normal(0, _DITHER, len(sound))
    return np.asarray(np.clip(scaled + noise, -32767, 32767).astype("<i2")).tobytes()


def _label(name: str, start: int, frames: int) -> Label:
    return Label(name, start * FRAME_S + EARLY_S, (start + frames) * FRAME_S + EARLY_S)


def _not_found(words: list[str], seconds: float) -> VisavisError:
    return VisavisError(
        f"the {len(words)} words ({' '.join(words[:4])} ...) were not found in {seconds:.1f} s of sound; "
        f"give exactly what is said, in order, or cut the recording to it"
    )
