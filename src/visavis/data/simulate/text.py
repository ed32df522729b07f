"""What people say: short phrases from a small grammar with a vocabulary that covers the sounds of English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.data.simulate.english import syllables

Maker = Callable[[np.random.Generator, float], tuple[str, ...]]


@dataclass(frozen=True)
class Wording:
    """The words of one phrase: `emphasis` is the index of the stressed word or -1; `happy` is said with a smile.

    Sounds that are no words are spelled `mhm`, `mm`, `hahaha`; every synthesiser has its own way to say them.
    """

    words: tuple[str, ...]
    question: bool = False
    happy: bool = False
    emphasis: int = -1


_SUBJECTS = (
    "I|we|you|they|my brother|the neighbour|our teacher|his cousin|the whole family|somebody at work|your sister|"
    "the young chef|a friend of mine|this old garage|the boy|those people|that judge|nobody|everyone in the village"
)
_VERBS = (
    "bought|found|loved|painted|carried|moved|imagined|forgot|remembered|washed|chose|fixed|noticed|borrowed|"
    "measured|showed|gave away|enjoyed|saw|heard about|brought|pushed|took|watched|changed|believed in|thought about"
)
_OBJECTS = (
    "the blue boat|a huge pepper plant|five boxes of fish|the usual television show|a cheap yellow jacket|"
    "the beautiful view|an orange umbrella|my favourite book|the weather report|a rather good joke|both of the maps|"
    "the measure of pleasure|a thick leather belt|the bumpy road|some warm apple pie|his new phone|the church choir|"
    "a fairly loud voice|the big problem|these puppies|the garden path|a smooth wooden chair|the bathroom mirror|"
    "every single paper|that funny movie|the vision of the group|my mother's recipe|a square window|the ping pong table"
)
_WHERE = (
    "near the beach|by the river|in the morning|before lunch|over the weekend|at the museum|under the bridge|"
    "with her father|after the big match|on the north side|for a couple of months|all the time|in February|"
    "up in the mountains|outside the village|during the show|without thinking|at about half past five|last Thursday"
)
_OPENERS = (
    "well|I think|so|you know|honestly|to be fair|maybe|I mean|as far as I know|of course|in my opinion|"
    "the funny thing is|and then|but|because|I suppose|actually|what I mean is|at first"
)
_QUESTIONS = (
    "do you know|have you ever thought about|what about|would you like|how did you find|did you see|who moved|"
    "why would anybody want|are you sure about|could you imagine"
)
_NEGATIVE = "no|I don't think so|not really|no way|never|that's not it"
_SHORT = (
    "that's right|good point|I agree|oh wow|maybe so|fair enough|I see|of course|exactly|sounds good|why not|"
    "very true|you bet|absolutely|that's fine|what for|how come|me too|thank you|the same here|such a shame"
)
_HAPPY_PHRASES = (
    "that's wonderful|I love it|what a beautiful surprise|that's so funny|how lovely|we had such a good time|"
    "oh that's brilliant|I was so happy about it|it's my favourite thing in the whole world|happy birthday by the way|"
    "you would have laughed so much|it was absolutely fabulous and everybody cheered"
)
_BACKCHANNELS = "mhm|mm|yeah|okay|right|uh huh|sure|yes|oh|really|wow|yeah yeah|I see|right okay|yeah sure|oh really"
_LAUGHS = ("hahaha", "hahahaha", "hehehe", "huhuhuhu", "hahahahaha")

_SUBJECT, _VERB, _OBJECT, _PLACE, _OPEN, _ASK, _NO, _BRIEF, _GLAD, _ANSWER = (
    table.split("|")
    for table in (
        *(_SUBJECTS, _VERBS, _OBJECTS, _WHERE, _OPENERS, _QUESTIONS),
        *(_NEGATIVE, _SHORT, _HAPPY_PHRASES, _BACKCHANNELS),
    )
)


class Grammar:
    """Short phrases from a small grammar with a vocabulary that covers the sounds of English."""

    def phrase(
        self, rng: np.random.Generator, wanted: float, happy: float, question: float, emphasis: float
    ) -> Wording:
        """A phrase; `happy`, `question` and `emphasis` are their probabilities."""
        kind = rng.random()
        if wanted < 3.5 and kind < 0.15:
            return Wording(tuple(str(rng.choice(_NO)).split()))
        if kind < happy:
            return _nearest(rng, wanted, _happy, happy=True)
        asks = rng.random() < question and wanted > 4
        made = _nearest(rng, wanted, _ask if asks else _say, question=asks)
        if rng.random() >= emphasis or len(made.words) < 3:
            return made
        long_words = [i for i, word in enumerate(made.words) if len(word) > 3] or [len(made.words) - 1]
        return Wording(made.words, made.question, False, int(rng.choice(long_words)))

    def backchannel(self, rng: np.random.Generator, wanted: float) -> Wording:
        """A short answer that leaves the partner the floor."""
        options = [tuple(text.split()) for text in _ANSWER]
        near = [words for words in options if abs(syllables(words) - wanted) <= 1] or options
        return Wording(near[int(rng.integers(len(near)))])

    def laugh(self, rng: np.random.Generator) -> Wording:
        """A few syllables of laughter."""
        return Wording((str(rng.choice(_LAUGHS)),))


GRAMMAR = Grammar()


def _nearest(
    rng: np.random.Generator, wanted: float, make: Maker, question: bool = False, happy: bool = False
) -> Wording:
    tries = [make(rng, wanted) for _ in range(6)]
    best = min(tries, key=lambda words: abs(syllables(words) - wanted))
    return Wording(best, question, happy)


def _pick(rng: np.random.Generator, table: list[str]) -> list[str]:
    return table[int(rng.integers(len(table)))].split()


def _say(rng: np.random.Generator, wanted: float) -> tuple[str, ...]:
    if wanted < 4:
        return tuple(_pick(rng, _BRIEF))
    words = _pick(rng, _OPEN) if rng.random() < 0.5 else []
    while True:
        words += [*_pick(rng, _SUBJECT), *_pick(rng, _VERB), *_pick(rng, _OBJECT)]
        if rng.random() < 0.6:
            words += _pick(rng, _PLACE)
        if syllables(tuple(words)) >= wanted - 5:
            return tuple(words)
        words += ["and", "then"] if rng.random() < 0.4 else ["because"]


def _ask(rng: np.random.Generator, wanted: float) -> tuple[str, ...]:
    words = [*_pick(rng, _ASK), *_pick(rng, _OBJECT)]
    if wanted > 10:
        words += _pick(rng, _PLACE)
    return tuple(words)


def _happy(rng: np.random.Generator, wanted: float) -> tuple[str, ...]:
    words = _pick(rng, _GLAD)
    while syllables(tuple(words)) < wanted - 5:
        words += ["and", *_pick(rng, _GLAD)]
    return tuple(words)
