"""A whole simulated conversation in memory, and the mean of what could have been."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.simulate import drawing
from visavis.data.simulate.actions import Action
from visavis.data.simulate.dialogue import hold_talk
from visavis.data.simulate.listener import phrase_ends, reactions
from visavis.data.simulate.mouth import articulation
from visavis.data.simulate.person import Style, draw_style
from visavis.data.simulate.posture import POSE, copied_posture, couple, reach
from visavis.data.simulate.speaker import blinks, speaking_actions
from visavis.data.simulate.talk import Talk
from visavis.data.simulate.voices.cast import ESPEAK_ALONE, Casting, Speaker, Split, draw_speaker

_SPLIT_CODE = {"train": 0, "test": 1, "ood": 2, "natural": 3}
_ORACLE_DRAWS = 64
_SHORTEST_S, _LONGEST_S = 60.0, 100.0


@dataclass(frozen=True, eq=False)
class Captured:
    """What a clip knows of its people: `channels` by name, in `frames` (T,) bool of either person."""

    channels: frozenset[str]
    frames: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Scene:
    """One simulated conversation with everything hidden: talks, styles, actions and motions (T, D) of both people.

    The motions are in `space`. `layout`: where the people are, if they are in one room. `captured` is what a clip of it
    knows; None: everything.
    """

    name: str
    split: Split
    key: tuple[int, ...]
    speakers: tuple[Speaker, Speaker]
    talks: tuple[Talk, Talk]
    speech: tuple[np.ndarray, np.ndarray]
    styles: tuple[Style, Style]
    causes: tuple[list[Action], list[Action]]
    actions: tuple[list[Action], list[Action]]
    motions: tuple[np.ndarray, np.ndarray]
    space: MotionSpace = ARKIT61
    layout: Layout | None = None
    captured: Captured | None = None

    def motion(self, person: int) -> Motion:
        """The motion of person 1 or 2."""
        values = self.motions[person - 1]
        if self.captured is None:
            return Motion(values, self.space)
        return Motion(values, self.space, known=self.captured.channels, counted=self.captured.frames[person - 1])

    def events(self) -> tuple[Event, ...]:
        """The log of both people, by onset."""
        frames = len(self.motions[0])
        found = [
            event
            for k in (0, 1)
            for event in (*spoken_events(self.talks[k], k + 1), *(a.event(k + 1, frames) for a in self.actions[k]))
        ]
        return tuple(sorted(found, key=lambda e: (e.onset, e.person, e.kind, e.label)))

    def conversation(self) -> Conversation:
        """The record; speaker 1 is the user, speaker 2 the agent."""
        people = [Person(self.talks[k].sound, self.motion(k + 1), k + 1) for k in (0, 1)]
        return Conversation(self.name, people[0], people[1], self.events())


def conversation_name(seed: int, split: Split, index: int) -> str:
    """The name under which a conversation is stored."""
    return f"{split}_{seed:03d}_{index:05d}"


def simulate_scene(seed: int, split: Split, index: int, casting: Casting = ESPEAK_ALONE) -> Scene:
    """Conversation number `index` of a split; the same arguments give the same scene."""
    key = scene_key(seed, split, index)
    rng = np.random.default_rng(key)
    speakers = (draw_speaker(rng, split, casting), draw_speaker(rng, split, casting))
    talks = hold_talk(rng, speakers, draw_length_s(rng))
    return stage(rng, conversation_name(seed, split, index), split, key, speakers, talks)


def scene_key(seed: int, split: Split, index: int) -> tuple[int, int, int]:
    """The key from which all randomness of a conversation comes."""
    return seed, _SPLIT_CODE[split], index


def draw_length_s(rng: np.random.Generator) -> float:
    """How long a conversation lasts about [s]."""
    return float(rng.uniform(_SHORTEST_S, _LONGEST_S))


def stage(
    rng: np.random.Generator,
    name: str,
    split: Split,
    key: tuple[int, ...],
    speakers: tuple[Speaker, Speaker],
    talks: tuple[Talk, Talk],
) -> Scene:
    """A talk acted out by two random people of the split's population."""
    return act(rehearsed(rng, name, split, key, speakers, talks), rng)


def rehearsed(
    rng: np.random.Generator,
    name: str,
    split: Split,
    key: tuple[int, ...],
    speakers: tuple[Speaker, Speaker],
    talks: tuple[Talk, Talk],
) -> Scene:
    """A talk of two random people of the split's population who only speak: nobody does anything else yet."""
    styles = (draw_style(rng, split), draw_style(rng, split))
    speech = (articulation(talks[0]), articulation(talks[1]))
    return Scene(name, split, key, speakers, talks, speech, styles, ([], []), ([], []), speech)


def act(scene: Scene, rng: np.random.Generator) -> Scene:
    """The same talk between the same people, acted out anew."""
    decided = decide(scene, rng)
    motions = before_eyes(decided, decided.actions, rng)
    first, second = (drawing.finish(motions[k], decided.actions[k]) for k in (0, 1))
    return replace(decided, motions=(first, second))


def decide(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with what both people will do; their motions are left as they were."""
    talks, styles = scene.talks, scene.styles
    causes = [speaking_actions(rng, styles[k], talks[k]) for k in (0, 1)]
    actions = [_all_actions(rng, styles[k], talks, k, causes[k], causes[1 - k]) for k in (0, 1)]
    return replace(scene, causes=(causes[0], causes[1]), actions=(actions[0], actions[1]))


def before_eyes(
    scene: Scene, actions: tuple[list[Action], list[Action]], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(T, D) in arkit61 of both people doing these actions; heads follow each other, eyes are as `drawing.draw` has."""
    first, second = (drawing.draw(scene.styles[k], actions[k], scene.speech[k], scene.talks[k], rng) for k in (0, 1))
    couple((first, second), scene.styles, scene.talks)
    return first, second


def redraw(scene: Scene, person: int, rng: np.random.Generator, *, style: Style | None = None) -> np.ndarray:
    """(T, D) person 1 or 2 acting anew while the partner's motion stays as it was.

    With `style` None a stranger of the same population acts.
    """
    style = style or draw_style(rng, scene.split)
    actions = _anew(scene, person, rng, style)
    return drawing.finish(_before_finish(scene, person, style, actions, rng), actions)


def oracle(scene: Scene, person: int, draws: int = _ORACLE_DRAWS) -> np.ndarray:
    """(T, D) the conditional mean of one person's motion given both voices and the partner's motion.

    The mean over `draws` strangers acting the same talk; noise of the face is left at its mean, and restless heads and
    eyes are drawn in pairs of opposite sign, so that it cancels where it only adds. What is hidden (the
    person's style, the random draws) is averaged out, so no model without that knowledge has a lower squared error,
    up to the sampling error of 1 / draws and what the partner's later reactions give away.
    """
    rng = np.random.default_rng((*scene.key, person, 7))
    total = np.zeros((len(scene.motions[0]), ARKIT61.width))
    for _ in range(draws):
        style = draw_style(rng, scene.split)
        actions = _anew(scene, person, rng, style)
        mean = _before_finish(scene, person, style, actions, None)
        noise = drawing.restlessness(style, actions, scene.talks[person - 1], len(mean), rng)
        total += drawing.finish(mean + noise, actions)
        total += drawing.finish(mean - noise, actions)
    return np.asarray(total / (2 * draws), dtype=np.float32)


def simulate_conversation(
    seed: int, split: Split = "train", index: int = 0, casting: Casting = ESPEAK_ALONE
) -> tuple[Conversation, tuple[Event, ...]]:
    """A conversation in memory with its events; the same one that `simulate` writes under that seed and index."""
    conversation = simulate_scene(seed, split, index, casting).conversation()
    return conversation, conversation.events


def _anew(scene: Scene, person: int, rng: np.random.Generator, style: Style) -> list[Action]:
    """What this style would do in the person's place."""
    k = person - 1
    causes = speaking_actions(rng, style, scene.talks[k])
    return _all_actions(rng, style, scene.talks, k, causes, scene.causes[1 - k])


def _before_finish(
    scene: Scene, person: int, style: Style, actions: list[Action], rng: np.random.Generator | None
) -> np.ndarray:
    """(T, D) these actions before the partner as the scene has it; without noise where `rng` is None."""
    k = person - 1
    own = scene.talks[k]
    motion = drawing.draw(style, actions, scene.speech[k], own, rng)
    copied = copied_posture(style, scene.motions[1 - k][:, POSE].astype(np.float64), own)
    motion[:, POSE] += reach(style, scene.styles[1 - k]) * copied
    return motion


def _all_actions(
    rng: np.random.Generator, style: Style, talks: tuple[Talk, Talk], k: int, own: list[Action], partner: list[Action]
) -> list[Action]:
    answers = reactions(rng, style, talks[k], talks[1 - k], partner, own)
    actions = sorted([*own, *answers], key=lambda action: action.onset)
    actions += blinks(rng, style, talks[k], talks[1 - k], actions)
    return sorted(actions, key=lambda action: action.onset)


def spoken_events(talk: Talk, person: int) -> list[Event]:
    """The log of what one person says: utterances, phrases and their ends, words, emphasis, phonemes."""

    def event(kind: str, start: int, end: int, cause: str = "", label: str = "") -> Event:
        onset = start // SAMPLES_PER_FRAME
        return Event(kind, person, onset, max(1, -(-end // SAMPLES_PER_FRAME) - onset), cause, label)

    found: list[Event] = []
    for utterance in talk.utterances:
        if utterance.kind != "laughter":
            found.append(event(utterance.kind, utterance.start, utterance.end))
        for phrase in utterance.phrases:
            label = "question" if phrase.question else "happy" if phrase.happy else ""
            found.append(event("phrase", phrase.start, phrase.end, "", label))
            for word in phrase.words:
                found.append(event("word", word.start, word.end, "", word.text))
                if word.emphasis:
                    found.append(event("emphasis", word.start, word.end, "", word.text))
            found += [event("phoneme", p.start, p.end, "", p.name) for p in phrase.phonemes]
    found += [event("phrase end", p.end, p.end) for p in phrase_ends(talk)]
    return found
