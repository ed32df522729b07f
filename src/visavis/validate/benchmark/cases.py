"""Evaluation cases: every conversation twice, each person once as the agent, with another clip's user as a control.

Shapes: S sound samples, T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, SupportsIndex

import numpy as np

from visavis.analysis.detectors import DETECTORS
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import Clip, read_clip, read_oracle
from visavis.encode.activity import Voice, detect_voice
from visavis.validate.benchmark.baselines import fitted

CLIPS_KEPT = 6
"""Clips that stay in memory after they were read."""


@dataclass(frozen=True, eq=False)
class Case:
    """One person to be animated, `talk.agent`; `clip` numbers the conversation it comes from.

    `oracle` is the best mean prediction possible, where the data knows it. Both people's speech and the agent's
    motion are there and everything in `talk` has one length (`cases_of` sees to it).
    """

    clip: int
    talk: Conversation
    oracle: Motion | None = None

    @property
    def name(self) -> str:
        """NAME_speakerK, as the files of the person to be animated are called."""
        return f"{self.talk.name}_speaker{self.talk.agent.number}"

    @property
    def truth(self) -> Motion:
        """The agent's true motion."""
        assert self.talk.agent.motion is not None
        return self.talk.agent.motion

    @property
    def agent_speech(self) -> np.ndarray:
        """What the agent says, (S,)."""
        assert self.talk.agent.speech is not None
        return self.talk.agent.speech

    @property
    def user_speech(self) -> np.ndarray:
        """What the user says, (S,)."""
        assert self.talk.user.speech is not None
        return self.talk.user.speech

    @property
    def user_motion(self) -> Motion | None:
        """How the user moves, if known."""
        return self.talk.user.motion

    @property
    def place(self) -> int:
        """Which of the two people the agent is, by their numbers in the recording: 0 or 1."""
        return int(self.talk.agent.number > self.talk.user.number)

    @cached_property
    def voice(self) -> Voice:
        """When and how loud the agent speaks."""
        return detect_voice(self.agent_speech)

    @cached_property
    def partner_voice(self) -> Voice:
        """When and how loud the user speaks."""
        return detect_voice(self.user_speech)

    @cached_property
    def logged(self) -> frozenset[str]:
        """The kinds of reactions the event log of this conversation names."""
        return frozenset(event.kind for event in self.talk.events) & frozenset(DETECTORS)

    def events(self, kind: str) -> list[Event]:
        """The agent's events of one kind in the log, by onset."""
        mine = [event for event in self.talk.events if event.person == self.talk.agent.number and event.kind == kind]
        return sorted(mine, key=lambda event: event.onset)


def cases_of(clip: int, talk: Conversation, oracles: tuple[Motion | None, Motion | None] = (None, None)) -> list[Case]:
    """The cases of one conversation: its agent, then its user as the agent; a person without motion is none.

    `oracles` belong to the agent and to the user, in this order. Raises `VisavisError` where speech is missing.
    """
    talk = talk.trimmed()
    if talk.agent.speech is None or talk.user.speech is None:
        raise VisavisError(f"{talk.name}: an evaluation needs the speech of both people; add the missing .wav")
    roles = zip((talk, talk.swapped()), oracles, strict=True)
    return [Case(clip, role, oracle) for role, oracle in roles if role.agent.motion is not None]


def first_clips(clips: Sequence[Clip], limit: int | None) -> Sequence[Clip]:
    """The first `limit` clips, all where it is None; raises `VisavisError` for less than one."""
    if limit is not None and limit < 1:
        raise VisavisError(f"the limit {limit} leaves no clip; give 1 or more, or none")
    return clips[:limit]


class FolderCases(Sequence[Case]):
    """The cases of a data folder's clips, read when they are asked for; oracles are read where the folder has them.

    `roles` chooses some of them as (number of the clip, speaker 1 or 2).
    """

    def __init__(self, clips: Sequence[Clip], roles: Sequence[tuple[int, int]] | None = None) -> None:
        every = [(number, side.number) for number, clip in enumerate(clips) for side in clip.sides if side.motion]
        self._roles = every if roles is None else list(roles)
        self._read = lru_cache(maxsize=CLIPS_KEPT)(lambda number: _read_cases(number, clips[number]))

    def __len__(self) -> int:
        return len(self._roles)

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        number, speaker = self._roles[index]
        return self._read(number)[speaker]


def _read_cases(number: int, clip: Clip) -> dict[int, Case]:
    talk = read_clip(clip)
    oracles = [_oracle(clip, person) for person in (talk.agent, talk.user)]
    return {case.talk.agent.number: case for case in cases_of(number, talk, (oracles[0], oracles[1]))}


def _oracle(clip: Clip, person: Person) -> Motion | None:
    values = read_oracle(clip, person.number)
    return None if values is None or person.motion is None else Motion(values, person.motion.space)


def others_of(clips: Sequence[int]) -> list[int | None]:
    """For every case, given by its conversation, the number of a case of the next conversation, in the same role.

    None where all cases come from a single conversation.
    """
    members: dict[int, list[int]] = {}
    for number, clip in enumerate(clips):
        members.setdefault(clip, []).append(number)
    order = list(members)
    following = {clip: members[order[(place + 1) % len(order)]] for place, clip in enumerate(order)}
    return [
        following[clip][members[clip].index(number) % len(following[clip])] if len(order) > 1 else None
        for number, clip in enumerate(clips)
    ]


def with_user_of(case: Case, other: Case) -> tuple[np.ndarray, Motion | None]:
    """The other case's user as this one's: speech (S,) and motion of this case's length, repeated where shorter."""
    frames = len(case.truth)
    motion = None if other.user_motion is None else fitted(other.user_motion, frames)
    return np.resize(other.user_speech, samples_in(frames)), motion
