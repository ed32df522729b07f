"""More words by class, from the dictionary of the part-of-speech tagger in hibari-tts (Apache-2.0, extra `voices`)."""

from __future__ import annotations

import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path

from visavis.core.errors import missing_extra
from visavis.data.simulate.script.grammar import Choices

_CLASSES = {"NN": "noun", "JJ": "adjective", "RB": "adverb", "NNP": "name"}
_SPELLED = {"NNP": re.compile(r"[A-Z][a-z]{2,}")}
_PLAIN = re.compile(r"[a-z]{3,}")


def tagged_words() -> Choices:
    """Class -> words: nouns (in the singular), adjectives, adverbs and names, about 8,000.

    Raises `VisavisError` when hibari-tts is not installed.
    """
    found = find_spec("hibari")
    if found is None or found.origin is None:
        raise missing_extra("hibari-tts", "voices", "the wider vocabulary")
    packed = (Path(found.origin).parent / "assets" / "tagger.json.gz").read_bytes()
    tags: dict[str, str] = json.loads(gzip.decompress(packed))["tagdict"]
    return {
        name: tuple(sorted(word for word, t in tags.items() if t == tag and _SPELLED.get(tag, _PLAIN).fullmatch(word)))
        for tag, name in _CLASSES.items()
    }
