"""Motion spaces: which channels a frame of motion has, in which groups, in which units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from visavis.core.errors import VisavisError, unknown


@dataclass(frozen=True)
class Rotation:
    """Three channels that form one rotation, in radians.

    `axis-angle`: a rotation vector. `yaw-pitch-roll`: about y, then x, then z (R = Ry Rx Rz).
    """

    name: str
    channels: tuple[int, int, int]
    form: Literal["axis-angle", "yaw-pitch-roll"]

    @property
    def pitch(self) -> int:
        """The channel that turns about x, down and up, as a nod does."""
        return self.channels[0 if self.form == "axis-angle" else 1]


@dataclass(frozen=True, eq=False)
class MotionSpace:
    """A named set of motion channels.

    `groups` partitions the channels; `parts` names finer or overlapping selections of them, "articulation" those that
    speech moves, "smiling" those that move together in a smile.
    `units` gives each group's unit, `bounds` the least and greatest value of groups that have them.
    `rotations` lists channel triples that turn together.
    """

    name: str
    channels: tuple[str, ...]
    groups: Mapping[str, tuple[int, ...]]
    units: Mapping[str, str]
    rotations: tuple[Rotation, ...] = ()
    parts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        covered = sorted(i for group in self.groups.values() for i in group)
        if covered != list(range(self.width)):
            raise VisavisError(
                f"groups of motion space {self.name!r} must cover each of its {self.width} channels exactly once"
            )
        if set(self.units) != set(self.groups):
            raise VisavisError(f"motion space {self.name!r} needs one unit for each of: {', '.join(self.groups)}")

    @property
    def width(self) -> int:
        """Channels a frame."""
        return len(self.channels)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled motion meets the space that the other process knows: spaces are compared by identity."""
        maps = dict(self.groups), dict(self.units), dict(self.parts), dict(self.bounds)
        return _restored, (self.name, self.channels, self.rotations, *maps)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest value of every channel (D,), infinite where a group has no bounds."""
        low = np.full(self.width, -np.inf, dtype=np.float32)
        high = np.full(self.width, np.inf, dtype=np.float32)
        for group, (least, greatest) in self.bounds.items():
            low[self.indices(group)], high[self.indices(group)] = least, greatest
        return low, high

    @property
    def spoken(self) -> tuple[int, ...]:
        """The channels that speech moves, the jaw's among them; none where a space does not tell."""
        return tuple(sorted({*self.parts.get("articulation", ()), *self.groups.get("jaw", ())}))

    def has(self, name: str) -> bool:
        """Whether it has a group or a part of that name."""
        return name in self.groups or name in self.parts

    def indices(self, name: str) -> np.ndarray:
        """Channel indices of a group, a part or a single channel."""
        if name in self.groups:
            return np.array(self.groups[name], dtype=np.int64)
        if name in self.parts:
            return np.array(self.parts[name], dtype=np.int64)
        if name in self.channels:
            return np.array([self.channels.index(name)], dtype=np.int64)
        raise unknown(f"group or channel of {self.name}", name, [*self.groups, *self.parts, *self.channels])

    def rotations_in(self, group: str) -> tuple[Rotation, ...]:
        """The rotations whose channels all lie in a group, in the space's order; none where it has no such group."""
        members = set(self.groups.get(group, ()))
        return tuple(rotation for rotation in self.rotations if members.issuperset(rotation.channels))

    def rotation_of(self, group: str) -> Rotation | None:
        """The rotation that is the whole of a group; None where the group is anything else, or missing."""
        members = set(self.groups.get(group, ()))
        return next((rotation for rotation in self.rotations if set(rotation.channels) == members), None)


_SPACES: dict[str, MotionSpace] = {}


def register_space(space: MotionSpace) -> MotionSpace:
    """Make a space known by its name; a name can be registered once.

    Raises `VisavisError` when the name is taken by another space.
    """
    if _SPACES.get(space.name, space) is not space:
        raise VisavisError(f"motion space {space.name!r} is already registered; choose another name")
    _SPACES[space.name] = space
    return space


def space_named(name: str) -> MotionSpace:
    """The registered space of that name; raises `VisavisError` naming the known ones."""
    if name not in _SPACES:
        raise unknown("motion space", name, _SPACES)
    return _SPACES[name]


def _restored(
    name: str,
    channels: tuple[str, ...],
    rotations: tuple[Rotation, ...],
    groups: dict[str, tuple[int, ...]],
    units: dict[str, str],
    parts: dict[str, tuple[int, ...]],
    bounds: dict[str, tuple[float, float]],
) -> MotionSpace:
    """The space of that name here; one that is new here becomes known."""
    if name in _SPACES:
        return _SPACES[name]
    members, scales = MappingProxyType(groups), MappingProxyType(units)
    return register_space(
        MotionSpace(name, channels, members, scales, rotations, MappingProxyType(parts), MappingProxyType(bounds))
    )


def registered_spaces() -> tuple[MotionSpace, ...]:
    """All known spaces, in the order in which they were registered."""
    return tuple(_SPACES.values())


def space_from_groups(
    name: str,
    groups: Mapping[str, tuple[int, str]],
    *,
    rotating: tuple[str, ...] = (),
    parts: Mapping[str, tuple[str, ...]] | None = None,
) -> MotionSpace:
    """A space whose groups lie one after another, each given as (width, unit).

    Channels are named `group_0`, `group_1`, ...; groups in `rotating` hold axis-angle triples [rad]. `parts` are made
    of whole groups.
    """
    channels: list[str] = []
    members: dict[str, tuple[int, ...]] = {}
    rotations: list[Rotation] = []
    for group, (width, _) in groups.items():
        start = len(channels)
        members[group] = tuple(range(start, start + width))
        channels += [f"{group}_{i}" for i in range(width)]
        if group in rotating:
            labels = [group] if width == 3 else [f"{group}_{r}" for r in range(width // 3)]
            for r, label in enumerate(labels):
                first = start + 3 * r
                rotations.append(Rotation(label, (first, first + 1, first + 2), "axis-angle"))
    units = {group: unit for group, (_, unit) in groups.items()}
    chosen = {part: tuple(i for group in of for i in members[group]) for part, of in (parts or {}).items()}
    return MotionSpace(
        name,
        tuple(channels),
        MappingProxyType(members),
        MappingProxyType(units),
        tuple(rotations),
        MappingProxyType(chosen),
    )
