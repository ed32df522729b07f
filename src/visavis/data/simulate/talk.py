"""What a person says and when, down to the phoneme: records in samples at 16 kHz."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import SAMPLES_PER_FRAME, frames_in


@dataclass(frozen=True)
class Phoneme:
    """One sound (espeak's name without stress), in samples; `loudness` 1 = this voice's usual level."""

    name: str
    start: int
    end: int
    stress: int
    loudness: float = 1.0


@dataclass(frozen=True)
class Word:
    """One word, in samples."""

    text: str
    start: int
    end: int
    emphasis: bool = False


@dataclass(frozen=True)
class Phrase:
    """Words in one breath, in samples; it is followed by a pause."""

    start: int
    end: int
    words: tuple[Word, ...]
    phonemes: tuple[Phoneme, ...]
    question: bool = False
    happy: bool = False

    def moved(self, by: int) -> Phrase:
        """The same phrase `by` samples later."""
        words = tuple(replace(word, start=word.start + by, end=word.end + by) for word in self.words)
        sounds = tuple(replace(sound, start=sound.start + by, end=sound.end + by) for sound in self.phonemes)
        return replace(self, start=self.start + by, end=self.end + by, words=words, phonemes=sounds)


@dataclass(frozen=True)
class Utterance:
    """Phrases with short pauses between them; `kind` is `utterance`, `backchannel` or `laughter`."""

    kind: str
    phrases: tuple[Phrase, ...]

    @property
    def start(self) -> int:
        """First sample."""
        return self.phrases[0].start

    @property
    def end(self) -> int:
        """Sample after the last."""
        return self.phrases[-1].end


@dataclass(frozen=True, eq=False)
class Talk:
    """All that one person says, in time order, and the recording of it (S,) float32 at 16 kHz."""

    utterances: tuple[Utterance, ...]
    sound: np.ndarray

    @property
    def frames(self) -> int:
        """Length of the recording [frames]."""
        return frames_in(len(self.sound))

    @property
    def phrases(self) -> list[Phrase]:
        """All phrases in time order."""
        return [phrase for utterance in self.utterances for phrase in utterance.phrases]

    def speaking(self) -> np.ndarray:
        """(T,) True in frames that touch an utterance, its inner pauses included."""
        active = np.zeros(self.frames, dtype=bool)
        for utterance in self.utterances:
            active[utterance.start // SAMPLES_PER_FRAME : -(-utterance.end // SAMPLES_PER_FRAME)] = True
        return active
