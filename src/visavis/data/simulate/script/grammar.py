"""A grammar of conversation over classes of words, read from two text files, and phrases grown from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from visavis.data.simulate.english import past, plural, progressive, third_person, with_articles

_FOLDER = Path(__file__).parents[3] / "assets" / "words"
_SLOT = re.compile(r"<[a-z]+(?:\+[a-z]+)?>")
_VERBS = ("verb", "act")

Choices = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Grammar:
    """`rules`: name -> alternatives, texts with slots such as `<noun+s>`; `words`: slot without brackets -> words."""

    rules: Choices
    words: Choices

    def grown(self, rng: np.random.Generator, rule: str) -> list[str]:
        """The words of a random phrase of a rule."""
        return with_articles(self._filled(rng, self._one_of(rng, self.rules[rule])).split())

    def wider(self, words: Choices) -> Grammar:
        """The same grammar with more words in its classes; `words` is class -> base forms, as in the words file."""
        more = inflected(
            {name: tuple(w for w in new if w not in self.words.get(name, ())) for name, new in words.items()}
        )
        every = {slot: tuple(dict.fromkeys((*known, *more.get(slot, ())))) for slot, known in self.words.items()}
        return replace(self, words=every)

    def vocabulary(self) -> frozenset[str]:
        """Every single word, in lower case, that phrases can hold."""
        texts = [
            *(_SLOT.sub(" ", text) for alternatives in self.rules.values() for text in alternatives),
            *(word for words in self.words.values() for word in words),
        ]
        return frozenset(word for text in texts for word in text.lower().split())

    def _filled(self, rng: np.random.Generator, text: str) -> str:
        def fill(slot: re.Match[str]) -> str:
            name = slot[0][1:-1]
            if name in self.words:
                return self._one_of(rng, self.words[name])
            return self._filled(rng, self._one_of(rng, self.rules[name]))

        return _SLOT.sub(fill, text)

    def _one_of(self, rng: np.random.Generator, choices: tuple[str, ...]) -> str:
        return choices[int(rng.random() * len(choices))]


def conversation_grammar() -> Grammar:
    """The grammar and the words that come with the package."""
    return Grammar(_read_rules(_FOLDER / "grammar.txt"), inflected(_read_words(_FOLDER / "words.txt")))


def inflected(classes: Choices) -> Choices:
    """Slots and their words: nouns with `noun+s`, verbs with `verb+s`, `verb+ed`, `verb+en`, `verb+ing`, the rest bare.

    A word may bring irregular forms, as in `child/children` and `go/went/gone`; hyphens become spaces.
    """
    slots: dict[str, tuple[str, ...]] = {}
    for name, words in classes.items():
        forms = [word.replace("-", " ").split("/") for word in words]
        slots[name] = tuple(form[0] for form in forms)
        if name in ("noun", "human"):
            slots[f"{name}+s"] = tuple(form[1] if len(form) > 1 else plural(form[0]) for form in forms)
        elif name in _VERBS:
            slots[f"{name}+s"] = tuple(_headed(form[0], third_person) for form in forms)
            slots[f"{name}+ed"] = tuple(form[1] if len(form) > 1 else past(form[0]) for form in forms)
            slots[f"{name}+en"] = tuple(form[-1] if len(form) > 1 else past(form[0]) for form in forms)
            slots[f"{name}+ing"] = tuple(_headed(form[0], progressive) for form in forms)
    return slots


def _headed(verb: str, inflect: Callable[[str], str]) -> str:
    """The first word inflected: gives away."""
    head, _, rest = verb.partition(" ")
    return f"{inflect(head)} {rest}".strip()


def _read_words(path: Path) -> Choices:
    classes: dict[str, list[str]] = {}
    words: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.fullmatch(r"# [a-z]+", line):
            words = classes.setdefault(line[2:], [])
        elif not line.startswith("#"):
            words += line.split()
    return {name: tuple(words) for name, words in classes.items()}


def _read_rules(path: Path) -> Choices:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {
        name: tuple(text.strip() for text in body.split("|")) for name, _, body in (x.partition(": ") for x in lines)
    }
