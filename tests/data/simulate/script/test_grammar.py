from __future__ import annotations

import re

import numpy as np
import pytest

from visavis.data.simulate.script.grammar import Grammar, conversation_grammar, inflected

GRAMMAR = conversation_grammar()


def test_every_slot_of_every_rule_can_be_filled() -> None:
    slots = {slot for texts in GRAMMAR.rules.values() for text in texts for slot in re.findall(r"<(.*?)>", text)}
    assert slots <= {*GRAMMAR.rules, *GRAMMAR.words}
    unused = set(GRAMMAR.words) - slots - {"verb+s", "act+s", "act+en", "human+s"}
    assert unused == set()
    texts = [text for alternatives in GRAMMAR.rules.values() for text in alternatives]
    assert all(texts)
    assert all(re.fullmatch(r"[A-Za-z' -]+", re.sub(r"<[a-z+]+>", "", text) or "x") for text in texts)


def test_words_are_inflected_by_class() -> None:
    slots = inflected(
        {"noun": ("box", "child/children"), "verb": ("give-up/gave-up/given-up", "stop"), "town": ("New-York",)}
    )
    assert slots == {
        "noun": ("box", "child"),
        "noun+s": ("boxes", "children"),
        "verb": ("give up", "stop"),
        "verb+s": ("gives up", "stops"),
        "verb+ed": ("gave up", "stopped"),
        "verb+en": ("given up", "stopped"),
        "verb+ing": ("giving up", "stopping"),
        "town": ("New York",),
    }


def test_phrases_grow_from_rules() -> None:
    grammar = Grammar({"say": ("a <noun> <end>",), "end": ("sleeps", "waits")}, {"noun": ("apple", "dog")})
    rng = np.random.default_rng(0)
    grown = {" ".join(grammar.grown(rng, "say")) for _ in range(100)}
    assert grown == {f"{noun} {end}" for noun in ("an apple", "a dog") for end in ("sleeps", "waits")}


def test_more_words_widen_classes_and_change_nothing_else() -> None:
    wide = GRAMMAR.wider({"noun": ("gizmo", "cat", "child"), "unheard-of": ("x",)})
    assert set(wide.words["noun+s"]) - set(GRAMMAR.words["noun+s"]) == {"gizmos"}
    assert wide.words["noun"].count("cat") == 1
    assert wide.rules == GRAMMAR.rules
    assert set(wide.words) == set(GRAMMAR.words)


@pytest.mark.parametrize("rule", GRAMMAR.rules)
def test_every_rule_gives_words_that_can_be_spoken(rule: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        words = GRAMMAR.grown(rng, rule)
        assert words
        assert all(re.fullmatch(r"[A-Za-z]+(?:['-][A-Za-z]+)*", word) for word in words)


def test_the_vocabulary_is_large() -> None:
    assert len(GRAMMAR.vocabulary()) > 7000
    assert {"controlled", "children", "giving", "zebras", "yawned"} <= GRAMMAR.vocabulary()
