"""What a person does because of the own words, and idly: beats, brows, gaze, smiles, blinks."""

from __future__ import annotations

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.data.simulate.actions import Action, frame_at, frames_for
from visavis.data.simulate.liveliness import BLINK_LEVELS, BLINK_S, DOUBLE_SHARE
from visavis.data.simulate.person import Style
from visavis.data.simulate.talk import Phrase, Talk, Utterance

_NEGATIVE = frozenset(("no", "not", "never", "nobody", "don't"))


def speaking_actions(rng: np.random.Generator, style: Style, own: Talk) -> list[Action]:
    """Everything the person does without the partner's doing, except blinks."""
    actions: list[Action] = []
    for utterance in own.utterances:
        if utterance.kind == "laughter":
            actions += _laughing(rng, style, utterance)
            continue
        actions += _gaze(rng, style, utterance)
        for phrase in utterance.phrases:
            actions += _beats(rng, style, phrase)
            actions += _brows(rng, style, phrase)
            actions += _smile(rng, style, phrase)
            actions += _shake(rng, style, phrase)
    actions += _idle(rng, own)
    return sorted(actions, key=lambda action: action.onset)


def blinks(rng: np.random.Generator, style: Style, own: Talk, partner: Talk, actions: list[Action]) -> list[Action]:
    """Blinks: often after own phrase ends and with gaze shifts, now and then after the partner's, else at random."""
    wanted: list[tuple[float, str]] = []
    for talk, chance, cause in ((own, 0.45, "own phrase end"), (partner, 0.2, "partner phrase end")):
        for phrase in talk.phrases:
            if rng.random() < chance:
                wanted.append((frame_at(phrase.end) + float(rng.uniform(1, 5)), cause))
    wanted += [
        (action.onset - 0.5, "gaze shift") for action in actions if action.kind == "gaze shift" and rng.random() < 0.35
    ]
    random = rng.poisson(0.8 * style.blink_rate * own.frames / FPS / 60)
    wanted += [(float(at), "") for at in rng.uniform(0, own.frames, random)]
    found: list[Action] = []
    for onset, cause in sorted(wanted):
        if found and onset - found[-1].onset <= _APART:
            continue
        found.append(_blink(rng, max(onset, 0.0), cause))
        if rng.random() < DOUBLE_SHARE:
            found.append(_blink(rng, found[-1].onset + frames_for(rng.uniform(0.4, 0.6)), "own blink"))
    return found


_APART = 0.7 * FPS
"""Frames between two blinks that are not one double blink, at least."""


def _blink(rng: np.random.Generator, onset: float, cause: str) -> Action:
    """A blink of a length that people have: lids are more than half closed for half of it."""
    closed_s = float(np.interp(100 * rng.random(), BLINK_LEVELS, BLINK_S))
    return Action("blink", onset, 2 * frames_for(closed_s), float(rng.uniform(0.85, 1)), cause)


def _laughing(rng: np.random.Generator, style: Style, laugh: Utterance) -> list[Action]:
    onset, length = frame_at(laugh.start), frame_at(laugh.end - laugh.start)
    smile = Action("smile", onset - 2, length + frames_for(rng.uniform(1.2, 2.2)), 0.62 * style.smile_gain, "laughter")
    return [smile, Action("laughter", onset, length, style.head_gain, "laughter")]


def _gaze(rng: np.random.Generator, style: Style, utterance: Utterance) -> list[Action]:
    if utterance.end - utterance.start < 1.5 * SAMPLE_RATE:
        return []
    starts = [(frame_at(utterance.start) + float(rng.uniform(0, 5)), style.away_p, "own utterance start")]
    starts += [
        (frame_at(p.end) + float(rng.uniform(1, 4)), 0.5 * style.away_p, "own pause") for p in utterance.phrases[:-1]
    ]
    end = frame_at(utterance.end)
    shifts: list[Action] = []
    for onset, chance, cause in starts:
        if rng.random() >= chance or (shifts and onset < shifts[-1].end):
            continue
        length = min(frames_for(rng.uniform(0.9, 2.1)), end + float(rng.uniform(-3, 3)) - onset)
        side = 1 if rng.random() < style.away_right_p else -1
        aim = (side * float(rng.uniform(0.2, 0.36)), float(rng.normal(-0.1, 0.05)))
        if length > 8:
            shifts.append(Action("gaze shift", onset, length, 1.0, cause, aim))
    return shifts


def _beats(rng: np.random.Generator, style: Style, phrase: Phrase) -> list[Action]:
    beats: list[Action] = []
    strong = [(word.start, word.end) for word in phrase.words if word.emphasis]
    for sound in phrase.phonemes:
        if sound.stress < 2:
            continue
        emphatic = any(start <= sound.start < end for start, end in strong)
        onset = frame_at(sound.start) - 1.5
        if rng.random() >= (0.95 if emphatic else style.beat_p) or (beats and onset < beats[-1].onset + 9):
            continue
        size = (0.075 if emphatic else 0.038) * style.head_gain * float(rng.uniform(0.7, 1.3))
        aim = (float(rng.normal(0, 0.35)), float(rng.normal(0, 0.25)))
        beats.append(
            Action("beat", onset, float(rng.uniform(9, 12)), size, "own emphasis" if emphatic else "own stress", aim)
        )
    sway = (float(rng.choice([-1, 1])), float(rng.normal(0, 0.5)))
    length = frame_at(phrase.end - phrase.start) + 8
    beats.append(
        Action(
            "sway",
            frame_at(phrase.start) - 2,
            length,
            0.05 * style.head_gain * float(rng.uniform(0.3, 1.2)),
            "own phrase",
            sway,
        )
    )
    return beats


def _brows(rng: np.random.Generator, style: Style, phrase: Phrase) -> list[Action]:
    raises: list[Action] = []
    for word in phrase.words:
        if word.emphasis and rng.random() < style.brow_p:
            length = max(frame_at(word.end - word.start) + 8, 14)
            raises.append(Action("brow raise", frame_at(word.start) - 2, length, 0.5 * style.brow_gain, "own emphasis"))
    if phrase.question and rng.random() < style.brow_p:
        length = float(rng.uniform(18, 28))
        raises.append(Action("brow raise", frame_at(phrase.end) - 12, length, 0.45 * style.brow_gain, "own question"))
    return raises


def _smile(rng: np.random.Generator, style: Style, phrase: Phrase) -> list[Action]:
    if not phrase.happy or rng.random() >= style.smile_p:
        return []
    length = frame_at(phrase.end - phrase.start) + frames_for(rng.uniform(0.8, 1.8))
    size = float(rng.uniform(0.42, 0.6)) * style.smile_gain
    return [Action("smile", frame_at(phrase.start) + float(rng.uniform(0, 7)), length, size, "own happy phrase")]


def _shake(rng: np.random.Generator, style: Style, phrase: Phrase) -> list[Action]:
    for word in phrase.words:
        if word.text.lower() in _NEGATIVE and rng.random() < 0.6:
            cycles = int(rng.integers(2, 4))
            size = 0.11 * style.head_gain * float(rng.uniform(0.8, 1.2))
            side = (float(rng.choice([-1, 1])), 0.0)
            return [Action("shake", frame_at(word.start), cycles * 9.0, size, "own negation", side, cycles)]
    return []


def _idle(rng: np.random.Generator, own: Talk) -> list[Action]:
    """Lip presses, cheek puffs and sideways mouths in silence; short glances aside, mostly down."""
    silent = np.flatnonzero(~np.convolve(own.speaking(), np.ones(41), "same").astype(bool))
    actions: list[Action] = []
    for at in np.sort(rng.choice(silent, rng.poisson(len(silent) / FPS / 60 * 5))) if len(silent) else []:
        kind = str(rng.choice(["lip press", "mouth aside", "cheek puff"], p=[0.6, 0.3, 0.1]))
        side = (float(rng.choice([-1, 1])), 0.0)
        actions.append(Action(kind, float(at), float(rng.uniform(14, 30)), float(rng.uniform(0.2, 0.4)), "", side))
    for at in np.sort(rng.choice(silent, rng.poisson(len(silent) / FPS / 60 * 4))) if len(silent) else []:
        aim = (float(rng.normal(0, 0.22)), float(rng.uniform(0.05, 0.25)))
        if not any(a.kind == "gaze shift" and a.end > at for a in actions):
            actions.append(Action("gaze shift", float(at), float(rng.uniform(12, 28)), 1.0, "", aim))
    return actions
