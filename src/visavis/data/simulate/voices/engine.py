"""The one door to hibari-tts: how English is pronounced, its network, and synthesis from what that describes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import files
from pathlib import Path
from typing import Any

import numpy as np

from visavis.core.errors import missing_extra

RATE = 24_000
"""Samples a second of what is synthesised."""

_TABLES = ("lexicon_us_gold.json.gz", "lexicon_us_silver.json.gz", "tagger.json.gz")
_TEXT_TABLES = ("normalize.json", "tokenizer_exceptions.json")


@dataclass(frozen=True)
class WordNetwork:
    """The network that reads words of no lexicon: letters (1, L) int64 in, (1, T) int64 out, repeated and with zeros
    between; number n stands for letter n - 1 of `read` and of `said`. It takes `longest` letters."""

    path: Path
    read: tuple[str, ...]
    said: tuple[str, ...]
    longest: int


@lru_cache(maxsize=1)
def hibari() -> Any:
    """The package's voice. Raises `VisavisError` when it is not installed."""
    try:
        import hibari
    except ImportError:
        raise missing_extra("hibari-tts", "voices", "a natural voice") from None
    return hibari.Hibari()


def pronounce(text: str) -> str:
    """English text in misaki's letters, stress and punctuation included."""
    return str(hibari().g2p(text))


def letter_numbers(letters: str) -> list[int]:
    """The network's numbers of misaki's letters, with one of silence at either end."""
    return list(hibari().ids(letters))


def network_path() -> Path:
    """The network of the packaged voice."""
    return Path(hibari().model_path)


def synthesise(described: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Sound at `RATE` from envelopes and phases (bins, F) of harmonics, noise and rest, and F0 (F,) [Hz]."""
    hibari()
    from hibari import dsp

    return np.asarray(dsp.synth(*described, rng), dtype=np.float32)


def letter_table() -> dict[str, int]:
    """The network's number of each of misaki's letters."""
    return {str(letter): int(number) for letter, number in hibari().vocab.items()}


def pronouncing_files() -> dict[str, Path]:
    """What `pronounce` is made of, without its network: modules and tables by their paths within the package."""
    folder = _folder()
    tables = {f"assets/{name}": folder / "assets" / name for name in (*_TABLES, *_TEXT_TABLES)}
    return {f"g2p/{path.name}": path for path in sorted((folder / "g2p").glob("*.py"))} | tables


def word_network() -> WordNetwork:
    """The network of words that are in no lexicon."""
    path = _folder() / "assets" / "oov.onnx"
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return WordNetwork(path, tuple(told["in"]), tuple(told["out"]), int(told["maxlen"]))


def licence_files() -> tuple[Path, ...]:
    """The licence of the package, and whose work is in it."""
    _folder()
    return tuple(Path(str(file.locate())) for file in files("hibari-tts") or () if file.parent.name == "licenses")


def _folder() -> Path:
    return Path(hibari().model_path).parents[1]
