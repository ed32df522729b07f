"""The states of both people of a conversation, and the tables of them: .csv, a frame a line, and .json, as spans."""

from __future__ import annotations

import itertools
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from visavis.analysis.states import DEFAULT_THRESHOLDS, STATES, StateThresholds, Talk, conversation_states
from visavis.core.clock import FPS, frames_of
from visavis.core.errors import VisavisError
from visavis.core.files import write_json, written_whole
from visavis.data.rttm import read_masks, read_rttm
from visavis.encode.activity import runs


@dataclass(frozen=True, eq=False)
class ConversationStates:
    """Who speaks when, and what follows: `states` (T,) of the agent, and `user_states` (T,) with the roles swapped.

    `source` says where voice activity comes from: the name of a detector or of a file.
    """

    user: Talk
    agent: Talk
    thresholds: StateThresholds
    source: str
    states: np.ndarray
    user_states: np.ndarray

    @staticmethod
    def of(
        user: Talk, agent: Talk, source: str, thresholds: StateThresholds = DEFAULT_THRESHOLDS
    ) -> ConversationStates:
        """Annotate two talks of one length."""
        own = conversation_states(user, agent, thresholds)
        return ConversationStates(user, agent, thresholds, source, own, conversation_states(agent, user, thresholds))

    @property
    def frames(self) -> int:
        """How long the conversation is [frames]."""
        return len(self.states)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data; times are frames."""
        people = {"user": (self.user, self.user_states), "agent": (self.agent, self.states)}
        return {
            "fps": FPS,
            "frames": self.frames,
            "voice_activity": self.source,
            "thresholds": asdict(self.thresholds),
            "states": list(STATES),
            **{
                name: {
                    "speech": [{"start": start, "stop": stop} for start, stop in runs(talk.speaking)],
                    "spans": [{"state": STATES[kind], "start": a, "stop": b} for kind, a, b in spans_of(states)],
                    "shares": {state: float(np.mean(states == kind)) for kind, state in enumerate(STATES)},
                }
                for name, (talk, states) in people.items()
            },
        }


def spans_of(states: np.ndarray) -> list[tuple[int, int, int]]:
    """The stretches of equal state in (T,), in time order: the state, its first frame, and the one after its last."""
    edges = np.flatnonzero(np.diff(states.astype(np.int64), prepend=-1, append=-1)) if len(states) else np.zeros(0, int)
    return [(int(states[start]), int(start), int(stop)) for start, stop in itertools.pairwise(edges)]


def talks_of_rttm(path: str | os.PathLike[str]) -> tuple[Talk, Talk]:
    """When two people speak by an RTTM file of one recording: the user, whose name sorts first, and the agent.

    The conversation ends with the last utterance. Raises `VisavisError` for what is no RTTM, or not of two people.
    """
    place = Path(path)
    found = read_rttm(place)
    ends = [float(spans[:, 1].max()) for people in found.values() for spans in people.values()]
    masks = read_masks(place, place.stem, frames_of(max(ends, default=0.0))).astype(bool)
    if not masks.any():
        raise VisavisError(f"{place}: its utterances last less than a frame, 40 ms; give one of a conversation")
    return Talk(masks[:, 0]), Talk(masks[:, 1])


def write_states_csv(path: str | os.PathLike[str], told: ConversationStates) -> None:
    """A line for each frame: its number and time, who speaks, the agent's state and the user's."""
    lines = ["frame,time_s,user_speaking,agent_speaking,state,user_state"]
    tracks = zip(told.user.speaking, told.agent.speaking, told.states, told.user_states, strict=True)
    for frame, (heard, spoken, own, theirs) in enumerate(tracks):
        lines.append(f"{frame},{frame / FPS:.2f},{heard:d},{spoken:d},{STATES[own]},{STATES[theirs]}")
    with written_whole(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_states_json(path: str | os.PathLike[str], told: ConversationStates) -> None:
    """The spans, shares and thresholds of `as_json`."""
    write_json(path, told.as_json())
