"""Where two people look while they talk: at each other, past each other, and together at things.

A person looks at the partner, longer while listening than while speaking, then aside, or at a thing; each look has its
cause. Listeners look up when they nod, speakers when they yield the floor; the looks aside of `speaker` (a thought at
the beginning of an utterance, a pause, idling) stay where they are.

The mean lengths are set so that the shares come out that dual eye tracking and observers report: listeners look at the
speaker about 75 % of the time, speakers at the listener about 40-55 %, mutual gaze 30-60 %, a mutual look lasts 1 to
2.5 s (Kendon 1967; Argyle & Cook 1976; Rogers et al. 2018). `python -m visavis.validate.simulator.gaze` measures them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.data.simulate.actions import Action
from visavis.data.simulate.person import Style
from visavis.data.simulate.talk import Talk

LOOK_S: Mapping[str, float] = {"speaking": 3.6, "listening": 6.0, "silent": 4.2}
"""How long a look at the partner lasts on average, by what the person does all the while."""
ASIDE_S: Mapping[str, float] = {"speaking": 2.6, "listening": 1.6, "silent": 2.0}
"""How long a look aside lasts."""
_ROLES = tuple(LOOK_S)
_MET, _UNMET = 1.15, 0.9
"""How much faster a look at the partner passes while both look at each other, and while only one does."""
_SHAPE = 3.0
"""Of the gamma distribution of lengths: 1 forgets how long it has lasted, more makes very short looks rarer."""
_PROPENSITY = 0.3
"""How people differ in how long they look (standard deviation of the logarithm)."""
_NEAREST_ASIDE = 0.24
"""A look aside goes past the partner by this at least [rad]."""
THINGS_A_MINUTE = 5.0
"""How often a speaker turns to a thing, per minute of speaking and looking at the partner."""
THING_S = (1.0, 2.6)
FOLLOWS_P, FOLLOWS_S = 0.65, (0.35, 0.9)
"""How often the partner looks there, too, and how much later."""
_PATIENCE = FPS
_MEETS_NOD_P, _YIELDS_P = 0.85, 0.75
_BEFORE_NOD, _AFTER_NOD = 6, 10
_BEFORE_END, _AFTER_END = 10, 18
_SHORTEST = 4
"""Frames that a look lasts at least."""


@dataclass(frozen=True)
class Glance:
    """One look from frame `onset` until the next: at the partner, past the partner by `aim` (yaw to the own right and
    pitch down [rad]), or at the thing of that number."""

    onset: int
    cause: str = ""
    aim: tuple[float, float] = (0.0, 0.0)
    thing: int | None = None

    @property
    def at_partner(self) -> bool:
        """Whether it goes to the partner."""
        return self.thing is None and self.aim == (0.0, 0.0)


@dataclass(frozen=True)
class _Invitation:
    """To look at a thing, too, from `frame` on."""

    frame: int
    thing: int

    def stands(self, frame: int) -> bool:
        return self.frame <= frame < self.frame + _PATIENCE


@dataclass
class _Watcher:
    """One person while the talk goes on."""

    style: Style
    roles: np.ndarray
    shifts: list[Action]
    held: np.ndarray
    propensity: float
    glances: list[Glance] = field(default_factory=lambda: [Glance(0)])
    progress: float = 0.0
    length: float = 1.0
    until: float | None = None
    invited: _Invitation | None = None

    @property
    def looks(self) -> bool:
        return self.glances[-1].at_partner

    def turn(self, rng: np.random.Generator, glance: Glance, until: float | None = None) -> None:
        """Begin another look; its length is drawn, in units of the mean of its kind, unless it is told."""
        self.glances.append(glance)
        self.progress, self.length, self.until = 0.0, float(rng.gamma(_SHAPE, 1 / _SHAPE)), until


def plan_glances(
    rng: np.random.Generator,
    styles: tuple[Style, Style],
    talks: tuple[Talk, Talk],
    actions: tuple[list[Action], list[Action]],
    things: int,
) -> tuple[list[Glance], list[Glance]]:
    """All looks of both people, in time order, from frame 0 on; `things` is how many there are in the room."""
    watchers = [_watcher(rng, styles[k], talks[k], talks[1 - k], actions[k]) for k in (0, 1)]
    for frame in range(1, talks[0].frames):
        met = [watcher.looks for watcher in watchers]
        for k in (0, 1):
            _watch(rng, frame, watchers[k], watchers[1 - k], met[1 - k], things)
    return watchers[0].glances, watchers[1].glances


def glance_actions(glances: list[Glance], frames: int) -> list[Action]:
    """The looks as actions for the log: `look at partner`, `gaze shift` aside, `look at thing`."""
    found = []
    for glance, stop in zip(glances, [*(after.onset for after in glances[1:]), frames], strict=True):
        kind = "look at partner" if glance.at_partner else "gaze shift" if glance.thing is None else "look at thing"
        found.append(Action(kind, float(glance.onset), float(stop - glance.onset), 1.0, glance.cause, glance.aim))
    return found


def _watcher(rng: np.random.Generator, style: Style, own: Talk, partner: Talk, actions: list[Action]) -> _Watcher:
    speaking, answered = (_holds_the_floor(talk) for talk in (own, partner))
    roles = np.where(speaking, 0, np.where(answered, 1, 2))
    shifts = [action for action in actions if action.kind == "gaze shift"]
    held = np.full(own.frames, "", dtype="U8")
    for action in actions:
        if action.kind == "nod" and rng.random() < _MEETS_NOD_P:
            held[max(0, int(action.onset) - _BEFORE_NOD) : int(action.onset) + _AFTER_NOD] = "own nod"
    for utterance in own.utterances:
        end = utterance.end // SAMPLES_PER_FRAME
        if utterance.kind == "utterance" and rng.random() < _YIELDS_P:
            held[max(0, end - _BEFORE_END) : end + _AFTER_END] = "yielding"
    return _Watcher(style, roles, shifts, held, float(np.exp(rng.normal(0, _PROPENSITY))))


def _holds_the_floor(talk: Talk) -> np.ndarray:
    """(T,) where a person says more than a short answer."""
    held = np.zeros(talk.frames, dtype=bool)
    for utterance in talk.utterances:
        if utterance.kind == "utterance":
            held[utterance.start // SAMPLES_PER_FRAME : -(-utterance.end // SAMPLES_PER_FRAME)] = True
    return held


def _watch(rng: np.random.Generator, frame: int, own: _Watcher, partner: _Watcher, is_met: bool, things: int) -> None:
    """What one person does in one frame: go on looking, or look elsewhere."""
    role, held = _ROLES[own.roles[frame]], str(own.held[frame])
    shift = own.shifts[0] if own.shifts and own.shifts[0].onset <= frame else None
    if shift is not None:
        own.shifts.pop(0)
    rate = (_MET if is_met else _UNMET) / (LOOK_S[role] * own.propensity) if own.looks else 1 / ASIDE_S[role]
    own.progress += rate / FPS
    over = own.progress >= own.length if own.until is None else frame >= own.until
    if frame - own.glances[-1].onset < _SHORTEST:
        return
    if own.invited is not None and own.invited.stands(frame) and own.glances[-1].thing is None:
        thing, own.invited = own.invited.thing, None
        own.turn(rng, Glance(frame, "partner look", thing=thing), frame + _thing_frames(rng))
    elif not own.looks:
        if over or held:
            own.turn(rng, Glance(frame, held))
    elif held:
        return
    elif shift is not None:
        own.turn(rng, Glance(frame, shift.cause, _past(shift.aim)), shift.end)
    elif role == "speaking" and rng.random() < THINGS_A_MINUTE / 60 / FPS:
        thing = int(rng.integers(things))
        own.turn(rng, Glance(frame, "own interest", thing=thing), frame + _thing_frames(rng))
        if rng.random() < FOLLOWS_P:
            partner.invited = _Invitation(frame + round(FPS * float(rng.uniform(*FOLLOWS_S))), thing)
    elif over:
        own.turn(rng, Glance(frame, _REASONS[role], _past(_ASIDE[role](rng, own.style))))


def _thing_frames(rng: np.random.Generator) -> int:
    return round(FPS * float(rng.uniform(*THING_S)))


def _past(aim: tuple[float, float]) -> tuple[float, float]:
    """The same direction, far enough from the partner to be aside."""
    far = max(float(np.hypot(*aim)), 1e-6)
    scale = max(1.0, _NEAREST_ASIDE / far)
    return aim[0] * scale, aim[1] * scale


def _thinking(rng: np.random.Generator, style: Style) -> tuple[float, float]:
    """Where a speaker looks: to the side, a little up or down."""
    side = 1 if rng.random() < style.away_right_p else -1
    pitch = rng.normal(-0.1, 0.06) if rng.random() < 0.55 else rng.uniform(0.05, 0.28)
    return side * float(rng.uniform(0.2, 0.4)), float(pitch)


def _idling(rng: np.random.Generator, style: Style) -> tuple[float, float]:
    """Where a listener looks: down, to any side."""
    del style
    return float(rng.normal(0, 0.24)), float(rng.uniform(0.02, 0.28))


_ASIDE: Mapping[str, Callable[[np.random.Generator, Style], tuple[float, float]]] = {
    "speaking": _thinking,
    "listening": _idling,
    "silent": _idling,
}
_REASONS: Mapping[str, str] = {"speaking": "own thought", "listening": "long look", "silent": "silence"}
