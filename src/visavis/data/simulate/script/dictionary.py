"""More words by class, from the dictionary of the part-of-speech tagger in hibari-tts (Apache-2.0, extra `voices`)."""

from __future__ import annotations

import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path

from visavis.core.errors import missing_extra
from visavis.data.simulate.script.grammar import Choices

_CLASSES = {"NN": "noun", "JJ": "adjective", "RB": "adverb"}
_SPELLED = re.compile(r"[a-z]{3,}")
_LEFT_OUT = re.compile(
    r"sex|rap(e|ist)$|slave|abus|bomb|cancer|cocaine|rectal|genital|gun|homicid|suicid|incest|massacre|kill(er|ing)|"
    r"prostitut|racis|semen|sperm|terror|urin|vagin|weapon|murder|genocid|tumor|corpse|torture"
)
"""Words that nobody wants to hear in a demonstration, drawn at random."""


def tagged_words() -> Choices:
    """Class -> words: nouns in the singular, adjectives and adverbs, about 6,000; no names.

    Raises `VisavisError` when hibari-tts is not installed.
    """
    found = find_spec("hibari")
    if found is None or found.origin is None:
        raise missing_extra("hibari-tts", "voices", "the wider vocabulary")
    packed = (Path(found.origin).parent / "assets" / "tagger.json.gz").read_bytes()
    tags: dict[str, str] = json.loads(gzip.decompress(packed))["tagdict"]
    words = {word: tag for word, tag in sorted(tags.items()) if _SPELLED.fullmatch(word) and not _LEFT_OUT.search(word)}
    return {name: tuple(word for word, t in words.items() if t == tag) for tag, name in _CLASSES.items()}
