"""The seven conversational states of ARIG, frame by frame: what the agent is doing, from who speaks when.

Shapes: T frames at 25 fps. The states and their four classes of voice activity are those of Figure 3 of ARIG
(arXiv 2507.00472); how they are annotated it does not say, so the rules are ours.

A character is 0.2 s, # is speech; the last row tells the agent's state: s speaking, l listening, r receiving and
g giving feedback, i being interrupted, p pausing to think, w waiting.

    user   ......##############...........##################.....##.................
    agent  ##########............########............##......############....#######
           ssssssiiiillllllllllppsssssssswlllllllllllgglllllpssssrrssssssppppsssssss
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

import numpy as np

from visavis.core.bounds import Bounds, require_bounds
from visavis.core.clock import frames_of
from visavis.core.errors import VisavisError
from visavis.encode.activity import runs


class State(IntEnum):
    """A conversational state of the agent, as a class index; the first two are the common ones."""

    SPEAKING = 0
    LISTENING = 1
    RECEIVING_FEEDBACK = 2
    GIVING_FEEDBACK = 3
    BEING_INTERRUPTED = 4
    PAUSING_TO_THINK = 5
    WAITING = 6


STATES = tuple(state.name.lower().replace("_", " ") for state in State)
"""What the states are called, by index."""

Seconds = Annotated[float, Bounds(0, 60)]


@dataclass(frozen=True)
class StateThresholds:
    """How long what may last to count [s]; all are rounded to frames of 40 ms. A character is 0.2 s, # is speech.

    user   ###############......########        user   ##########..................
    agent  .........##..................        agent  .........##############...##
                    gg feedback: short,                          no feedback: it is long
                    apart, inside

    user   ......#############                  user   ...........##########
    agent  ##########.........                  agent  ############.........
                 iiii interrupted                                 s a change of turns

    agent  ####..............................####
               wwwwwwwwwwpppppppppppppppppppp think_s before it speaks
    """

    bridge_s: Seconds = 0.2
    """A person's silences shorter than this are part of the speech around them, such as stop consonants."""
    burst_s: Seconds = 0.08
    """Speech shorter than this is none, such as clicks."""
    feedback_s: Seconds = 1.0
    """A burst of speech is feedback if it is no longer than this, and apart."""
    apart_s: Seconds = 1.0
    """Apart: nothing else of its speaker, but something of the other, is heard within this before and after."""
    yield_s: Seconds = 2.0
    """An agent in whose speech the user begins is interrupted if it stops within this and the user goes on."""
    overlap_s: Seconds = 0.2
    """Overlaps shorter than this are how turns change, no interruption."""
    think_s: Seconds = 4.0
    """Silence is pausing to think for at most this long before the agent speaks, and waiting otherwise."""
    whole_bursts: bool = False
    """Feedback that overlaps the other's speech is feedback also where that is silent; unset: only where both speak,
    which is the paper's class."""

    def __post_init__(self) -> None:
        require_bounds(self)


DEFAULT_THRESHOLDS = StateThresholds()


@dataclass(frozen=True, eq=False)
class Talk:
    """When one person speaks: `speaking` (T,) bool; `feedback` (T,) bool: which of it is feedback, None: by length."""

    speaking: np.ndarray
    feedback: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, track in (("speaking", self.speaking), ("feedback", self.feedback)):
            if track is not None and (track.dtype != bool or track.shape != (len(self.speaking),)):
                raise VisavisError(
                    f"{name} is {track.dtype} of shape {track.shape}; give one True or False for each frame, shape (T,)"
                )


@dataclass(frozen=True)
class Burst:
    """Speech of one person without a pause: frames [start, stop), and whether it is feedback to the other."""

    start: int
    stop: int
    feedback: bool


def conversation_states(user: Talk, agent: Talk, thresholds: StateThresholds = DEFAULT_THRESHOLDS) -> np.ndarray:
    """The state of the agent in each frame, (T,) uint8 of `State`; user and agent swapped, of the user.

    Each frame depends on what comes at most `look_ahead_s` later. Raises `VisavisError` for talks of unequal length.
    """
    frames = _common_length(user, agent)
    theirs, own = _bursts(user, agent, thresholds), _bursts(agent, user, thresholds)
    heard, spoken = _active(theirs, frames), _active(own, frames)
    states = np.where(spoken, State.SPEAKING, State.LISTENING).astype(np.uint8)
    thinking = _agent_follows(theirs, own, frames, frames_of(thresholds.think_s))
    states[~spoken & ~heard] = State.WAITING
    states[~spoken & ~heard & thinking] = State.PAUSING_TO_THINK
    for other, burst in _begun_inside(theirs, own):
        if _interrupts(other, burst, thresholds):
            states[other.start : burst.stop] = State.BEING_INTERRUPTED
    for bursts, against, state in ((theirs, spoken, State.RECEIVING_FEEDBACK), (own, heard, State.GIVING_FEEDBACK)):
        for burst in bursts:
            if burst.feedback:
                overlap = against[burst.start : burst.stop]
                whole = thresholds.whole_bursts and overlap.any()
                states[burst.start : burst.stop][overlap | whole] = state
    return states


def live_states(user: Talk, agent: Talk, thresholds: StateThresholds = DEFAULT_THRESHOLDS) -> np.ndarray:
    """The likeliest state of the agent in each frame by the speech up to that frame alone, (T,) uint8 of `State`.

    What a live system can say by rule: a burst inside the other's speech is feedback until it is too long for that,
    then an interruption by the user, or the agent speaking; a silence belongs to who had the turn. `docs/states.md`
    says how often that is right.
    """
    frames = _common_length(user, agent)
    rule = LiveRule(thresholds)
    told = [rule.next(bool(user.speaking[frame]), bool(agent.speaking[frame])) for frame in range(frames)]
    return np.array(told, np.uint8)


class LiveRule:
    """`live_states` frame by frame, for as long as a conversation lasts."""

    def __init__(self, thresholds: StateThresholds = DEFAULT_THRESHOLDS) -> None:
        bridge = frames_of(thresholds.bridge_s)
        self._longest, self._think = frames_of(thresholds.feedback_s), frames_of(thresholds.think_s)
        self._heard, self._spoken = _Voice(bridge), _Voice(bridge)
        self._agent_holds, self._quiet, self._frame = False, 0, 0

    def next(self, user: bool, agent: bool) -> State:
        """The agent's state in the next frame, by who speaks in it."""
        heard, spoken = self._heard, self._spoken
        heard.hear(self._frame, user)
        spoken.hear(self._frame, agent)
        self._quiet = 0 if user or agent else self._quiet + 1
        state = self._state()
        self._frame += 1
        if agent != user:
            self._agent_holds = agent
        return state

    def _state(self) -> State:
        heard, spoken = self._heard, self._spoken
        if spoken.active and heard.active:
            brief = self._frame - max(heard.since, spoken.since) < self._longest
            if heard.since > spoken.since:
                return State.RECEIVING_FEEDBACK if brief else State.BEING_INTERRUPTED
            return State.GIVING_FEEDBACK if brief else State.SPEAKING
        if spoken.active or heard.active:
            return State.SPEAKING if spoken.active else State.LISTENING
        return State.PAUSING_TO_THINK if self._agent_holds and self._quiet <= self._think else State.WAITING


def look_ahead_s(thresholds: StateThresholds = DEFAULT_THRESHOLDS) -> dict[State, float]:
    """How far beyond a frame speech must be known to tell that it is in a state, at most [s].

    A live predictor has none of it: it cannot know whether a burst will remain short and the other go on, nor who
    speaks next. Detection of voices comes on top.
    """
    t = thresholds
    detection = t.bridge_s + t.burst_s
    feedback = t.feedback_s + t.apart_s + detection
    both = max(feedback, t.yield_s + detection)
    silence = t.think_s + feedback
    return {
        State.SPEAKING: both,
        State.LISTENING: feedback if t.whole_bursts else detection,
        State.RECEIVING_FEEDBACK: feedback,
        State.GIVING_FEEDBACK: feedback,
        State.BEING_INTERRUPTED: both,
        State.PAUSING_TO_THINK: silence,
        State.WAITING: silence,
    }


def _common_length(user: Talk, agent: Talk) -> int:
    if len(user.speaking) != len(agent.speaking):
        raise VisavisError(
            f"the user's talk has {len(user.speaking)} frames, the agent's {len(agent.speaking)}; cut both alike"
        )
    return len(user.speaking)


def _bursts(talk: Talk, other: Talk, thresholds: StateThresholds) -> list[Burst]:
    """A person's speech without its shortest pauses and clicks, in time order; which pieces are feedback."""
    own = _pieces(talk.speaking, thresholds)
    if talk.feedback is not None:
        return [Burst(start, stop, bool(2 * talk.feedback[start:stop].sum() > stop - start)) for start, stop in own]
    theirs = np.zeros(len(talk.speaking), bool)
    for start, stop in _pieces(other.speaking, thresholds):
        theirs[start:stop] = True
    longest, apart = frames_of(thresholds.feedback_s), frames_of(thresholds.apart_s)
    found = []
    for number, (start, stop) in enumerate(own):
        before = number == 0 or start - own[number - 1][1] >= apart
        after = number == len(own) - 1 or own[number + 1][0] - stop >= apart
        inside = theirs[max(0, start - apart) : start].any() and theirs[stop : stop + apart].any()
        found.append(Burst(start, stop, bool(stop - start <= longest and before and after and inside)))
    return found


def _pieces(speaking: np.ndarray, thresholds: StateThresholds) -> list[tuple[int, int]]:
    bridge, shortest = frames_of(thresholds.bridge_s), frames_of(thresholds.burst_s)
    joined: list[tuple[int, int]] = []
    for start, stop in runs(speaking):
        if joined and start - joined[-1][1] < bridge:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return [(start, stop) for start, stop in joined if stop - start >= shortest]


def _active(bursts: list[Burst], frames: int) -> np.ndarray:
    active = np.zeros(frames, bool)
    for burst in bursts:
        active[burst.start : burst.stop] = True
    return active


def _agent_follows(theirs: list[Burst], own: list[Burst], frames: int, most: int) -> np.ndarray:
    """Where the agent takes the next turn, no later than the user, and that in at most `most` frames: (T,) bool."""
    at, never = np.arange(frames), 2 * frames + most
    turns = [[burst.start for burst in bursts if not burst.feedback] for bursts in (theirs, own)]
    users, agents = (np.append(starts, never)[np.searchsorted(starts, at)] for starts in turns)
    return np.asarray((agents <= users) & (agents - at <= most))


def _begun_inside(bursts: list[Burst], others: list[Burst]) -> Iterator[tuple[Burst, Burst]]:
    """Every burst that begins after the beginning of one of `others` and before its end, with that one."""
    starts = [other.start for other in others]
    for burst in bursts:
        place = bisect_left(starts, burst.start) - 1
        if place >= 0 and burst.start < others[place].stop:
            yield burst, others[place]


def _interrupts(users: Burst, agents: Burst, thresholds: StateThresholds) -> bool:
    """Whether the agent leaves the floor to a user who began within its speech."""
    overlap = agents.stop - users.start
    in_time = frames_of(thresholds.overlap_s) <= overlap <= frames_of(thresholds.yield_s)
    return in_time and users.stop > agents.stop


class _Voice:
    """Since when a voice that is heard frame by frame speaks, over pauses shorter than `bridge` frames."""

    def __init__(self, bridge: int) -> None:
        self.active = False
        self.since = 0
        self._bridge = bridge
        self._last = -bridge - 1

    def hear(self, frame: int, active: bool) -> None:
        self.active = active
        if active:
            if frame - self._last > self._bridge:
                self.since = frame
            self._last = frame
