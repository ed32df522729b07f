"""Recordings with exact labels, spoken by espeak-ng, for whoever reads folders of recorded people."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.labels import Label, Labels
from visavis.data.simulate.text import GRAMMAR, Wording
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.voice import Request, Spoken, speak
from visavis.data.sound import write_sound

VOICES = tuple(EspeakVoice(f"en-us+{name}", 170, 50, 50) for name in ("f2", "m3", "belinda", "adam", "paul", "linda"))


def said(voice: EspeakVoice, count: int, seed: int = 0) -> list[Spoken]:
    """Some phrases of one voice, the first of them short."""
    rng = np.random.default_rng(seed)
    wordings = [Wording(("okay",)), *(GRAMMAR.phrase(rng, 9, 0, 0, 0) for _ in range(count - 1))]
    return speak([Request(voice, wording) for wording in wordings])


def joined(phrases: list[Spoken], pause_s: float = 0.5) -> tuple[np.ndarray, Labels]:
    """Phrases one after another between pauses, and where their words and phonemes lie."""
    pause = np.zeros(round(pause_s * SAMPLE_RATE), np.float32)
    parts, words, phonemes = [pause], [], []
    at = len(pause)
    for phrase in phrases:
        words += [Label(w.text, (at + w.start) / SAMPLE_RATE, (at + w.end) / SAMPLE_RATE) for w in phrase.words]
        phonemes += [Label(p.name, (at + p.start) / SAMPLE_RATE, (at + p.end) / SAMPLE_RATE) for p in phrase.phonemes]
        parts += [phrase.sound, pause]
        at += len(phrase.sound) + len(pause)
    return np.concatenate(parts), Labels(tuple(words), tuple(phonemes))


def lab(labels: Labels, late_s: float = 0.0) -> str:
    """Phonemes as a Festival label file."""
    lines, last = ["#"], 0.0
    for label in labels.phonemes:
        if label.start_s > last + 1e-6:
            lines.append(f"{label.start_s + late_s:.5f} 125 pau")
        lines.append(f"{label.end_s + late_s:.5f} 125 {label.name}")
        last = label.end_s
    return "\n".join(lines) + "\n"


def ctm(labels: Labels) -> str:
    """Words as a CTM file."""
    return "".join(f"one 1 {w.start_s:.5f} {w.end_s - w.start_s:.5f} {w.name}\n" for w in labels.words)


def record(folder: Path, name: str, phrases: list[Spoken], late_s: float = 0.0, words: bool = True) -> Labels:
    """Write one labelled recording of phrases; gives its labels."""
    sound, labels = joined(phrases)
    folder.mkdir(parents=True, exist_ok=True)
    write_sound(sound, folder / f"{name}.wav")
    (folder / f"{name}.lab").write_text(lab(labels, late_s), encoding="utf-8")
    if words:
        (folder / f"{name}.ctm").write_text(ctm(labels), encoding="utf-8")
    return labels
