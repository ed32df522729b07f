"""What a person does because of the partner: every action here has its cause in the partner's sound or motion."""

from __future__ import annotations

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.data.simulate.actions import Action, frame_at, frames_for
from visavis.data.simulate.person import Style
from visavis.data.simulate.talk import Phrase, Talk

_SHORTEST_PHRASE = SAMPLE_RATE
_SHORTEST_PAUSE = SAMPLE_RATE // 5
_DELAY_SIGMA = 0.25


def reactions(
    rng: np.random.Generator, style: Style, own: Talk, partner: Talk, seen: list[Action], done: list[Action]
) -> list[Action]:
    """Reactions to the partner's talk and to the partner's visible actions `seen`; `done` are the own ones so far."""
    speaking = own.speaking()
    return [
        *_nods(rng, style, own, partner, speaking),
        *_brows(rng, style, partner, speaking),
        *_smiles(rng, style, seen, [action for action in done if action.kind == "smile"]),
    ]


def phrase_ends(partner: Talk) -> list[Phrase]:
    """The partner's phrases of at least one second that are followed by a pause one can hear."""
    phrases = [p for u in partner.utterances if u.kind == "utterance" for p in u.phrases]
    starts = np.array([p.start for p in partner.phrases] + [len(partner.sound)])
    return [
        p
        for p in phrases
        if p.end - p.start >= _SHORTEST_PHRASE and starts[np.searchsorted(starts, p.end)] - p.end >= _SHORTEST_PAUSE
    ]


def _quiet(speaking: np.ndarray, start: float, stop: float) -> bool:
    return not speaking[max(int(start), 0) : max(int(stop), 0)].any()


def _nods(rng: np.random.Generator, style: Style, own: Talk, partner: Talk, speaking: np.ndarray) -> list[Action]:
    wanted: list[tuple[float, str]] = []
    for phrase in phrase_ends(partner):
        end = frame_at(phrase.end)
        if not _quiet(speaking, end - 5, end + 22) or rng.random() >= style.nod_p:
            continue
        delay = frames_for(style.nod_delay_s * float(np.exp(rng.normal(0, _DELAY_SIGMA))))
        wanted.append((end + delay, "partner phrase end"))
    for utterance in own.utterances:
        if utterance.kind == "backchannel" and rng.random() < 0.35:
            wanted.append((frame_at(utterance.start) + float(rng.uniform(-1, 2)), "own backchannel"))
    nods: list[Action] = []
    for onset, cause in sorted(wanted):
        if nods and onset < nods[-1].end + 5:
            continue
        cycles = int(rng.choice([1, 2, 3], p=[0.35, 0.45, 0.2]))
        hertz = min(max(style.nod_hz * float(rng.uniform(0.85, 1.15)), 1.5), 3.0)
        size = max(style.nod_size * float(rng.uniform(0.85, 1.2)), 0.085)
        nods.append(Action("nod", max(onset, 0.0), cycles * FPS / hertz, size, cause, cycles=cycles))
    return nods


def _brows(rng: np.random.Generator, style: Style, partner: Talk, speaking: np.ndarray) -> list[Action]:
    raises: list[Action] = []
    for phrase in partner.phrases:
        moments = [(word.start, "partner emphasis") for word in phrase.words if word.emphasis]
        moments += [(phrase.end - 2 * SAMPLES_PER_FRAME, "partner question")] if phrase.question else []
        for sample, cause in moments:
            onset = frame_at(sample) + frames_for(0.38 * float(np.exp(rng.normal(0, 0.2))))
            if rng.random() >= 0.85 * style.brow_p or not _quiet(speaking, onset - 8, onset + 8):
                continue
            raises.append(Action("brow raise", onset, float(rng.uniform(14, 24)), 0.42 * style.brow_gain, cause))
            if cause == "partner question":
                aim = (0.0, 1.0)
                raises.append(Action("tilt", onset, float(rng.uniform(30, 50)), 0.05 * style.head_gain, cause, aim))
    return raises


def _smiles(rng: np.random.Generator, style: Style, seen: list[Action], own: list[Action]) -> list[Action]:
    smiles: list[Action] = []
    for partner in seen:
        onset = partner.onset + frames_for(rng.uniform(0.5, 1.0))
        answered = rng.random() < style.copy_smile_p
        if partner.kind != "smile" or not answered:
            continue
        if any(smile.onset - 5 < onset < smile.end for smile in (*own, *smiles)):
            continue
        length = max(partner.duration * float(rng.uniform(0.7, 1.0)), 20.0)
        cause = "partner laughter" if partner.cause == "laughter" else "partner smile"
        smiles.append(Action("smile", onset, length, partner.size * float(rng.uniform(0.75, 1.0)), cause))
    return smiles
