"""A presentation: whose motion is shown or written, beside whom or against what, and in which style."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig

Progress = Callable[[int, int], None]
"""Told of a film's frames: those done, those in all."""


@dataclass(frozen=True, eq=False)
class Presentation:
    """The agent, perhaps with the user beside; or, to be compared, with what else is known of the same performance.

    truth: what the person really did. others: what other models make of it, by label. user_label, agent_label: names
    in films, players and plots.
    """

    agent: Person
    user: Person | None = None
    truth: Motion | None = None
    others: Mapping[str, Motion] = field(default_factory=dict)
    user_label: str = "user"
    agent_label: str = "agent"

    def __post_init__(self) -> None:
        if self.agent.motion is None:
            raise VisavisError("there is no motion of the agent to write; give at least one frame")
        if len({*self.others, self.agent_label, "truth"}) < len(self.others) + 2:
            raise VisavisError(f"two motions cannot both be called {self.agent_label} or truth; give each a label")

    @property
    def motion(self) -> Motion:
        """The agent's motion."""
        assert self.agent.motion is not None
        return self.agent.motion

    @property
    def people(self) -> dict[str, Person]:
        """Who is seen, by label, from left to right."""
        shown = {} if self.user is None else {self.user_label: self.user}
        return shown | {self.agent_label: self.agent}

    @property
    def compared(self) -> dict[str, Motion]:
        """All that is known of the agent's performance, by label, the truth first; empty if there is nothing else."""
        if self.truth is None and not self.others:
            return {}
        true = {} if self.truth is None else {"truth": self.truth}
        return true | {self.agent_label: self.motion} | dict(self.others)


class RoomCamera(Enum):
    """A camera in a room with two people: on both, over the first's or the second's shoulder, or on who speaks."""

    FIXED = "fixed"
    FIRST = "first"
    SECOND = "second"
    SPEAKER = "speaker"


@dataclass(frozen=True, eq=False)
class Style:
    """How a presentation looks.

    - fps: frames a second [1/s] of what is written; unset: a motion's own, and 25 of a film.
    - head: somebody's head for the agent, and partner_head for the user; unset: our own.
    - studio: both in one room instead of side by side; people whose motion says where they are always are.
    - camera: how that room is filmed, which it asks for, too; unset: by a fixed camera.
    - strip: who spoke and nodded in the last seconds, below a film.
    - fit: a voice of another length than its motion is cut or filled with silence, instead of refused.
    """

    fps: float | None = None
    head: MeshRig | FlameRig | None = None
    partner_head: MeshRig | FlameRig | None = None
    studio: bool = False
    camera: RoomCamera | None = None
    strip: bool = False
    fit: bool = False
