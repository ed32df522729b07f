"""How people in simulated rooms look at each other and hold heads and eyes, beside recorded people and the literature.

    python -m visavis.validate.simulator.gaze DATA [RECORDING_OR_FOLDER...]

DATA is a folder of `visavis simulate --colocated`; dubbed clips are left out. Everything is measured from the motion;
the event log tells who speaks and where the simulator wanted people to look. Shapes: T frames.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.analysis.gaze import (
    angle_to_partner_deg,
    dwell_times_s,
    gaze_directions,
    head_turn,
    looks_at_partner,
)
from visavis.core.clock import FPS
from visavis.core.colocation import frames_towards, has_places, headings, seen_from
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.program import exit_status
from visavis.core.rotations import turned
from visavis.data.folder import list_clips, read_clip
from visavis.data.head_tracks import head_track, read_head_tracks
from visavis.data.simulate.liveliness_fit import angular_speed

_SETTLED = 4
"""Frames after the beginning of a look in which the eyes get there."""
_BEFORE, _AFTER = 3, 20
_SHIFT_DEG, _HEAD_SHIFT_DEG = 10.0, 4.0
"""The least turn of gaze and head of which it is told who goes first."""
LITERATURE: Mapping[str, str] = {
    "looks at the partner while listening": ".70-.80 (Kendon 1967; Argyle & Cook 1976)",
    "looks at the partner while speaking": ".40-.55",
    "mutual gaze": ".30-.60 (Argyle & Cook 1976; Rogers et al. 2018)",
    "a look at the partner lasts, mean [s]": "about 3 (Argyle & Cook 1976)",
    "mutual gaze lasts, mean [s]": "1.2 (Argyle & Cook 1976) to 2.2 (Rogers et al. 2018)",
}
"""What is reported of conversations of two people."""


@dataclass(frozen=True, eq=False)
class Looks:
    """What was measured of looks, by name: `numbers`, and between which most conversations lie (10 and 90 %)."""

    numbers: Mapping[str, float]
    spread: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class HeadAndEyes:
    """How one person holds head and eyes: standard deviations of head yaw, pitch and roll and of eye yaw and pitch
    [deg]; quantiles 10, 50, 90 and 99 % of the head's speed [deg/s]; 50, 90 and 99 % of how far the eyes are turned
    from where they mostly are [deg]."""

    name: str
    head_deg: tuple[float, ...]
    eyes_deg: tuple[float, ...]
    speed_deg_s: tuple[float, ...]
    eccentricity_deg: tuple[float, ...]


def read_rooms(root: str | os.PathLike[str]) -> list[Conversation]:
    """The conversations of a data folder whose people are in one room and known as a whole.

    Raises `VisavisError` where there are none.
    """
    conversations = [read_clip(clip) for clip in list_clips(root)]
    found = [one for one in conversations if all(_whole(person.motion) for person in (one.agent, one.user))]
    if not found:
        raise VisavisError(
            f"{root}: none of {len(conversations)} conversations has two whole people in one room; make some with: "
            "visavis simulate DIR --colocated"
        )
    return found


def measure_looks(conversations: Sequence[Conversation]) -> Looks:
    """Shares, lengths and errors of looks: each conversation's numbers, averaged by what they were measured on."""
    each = [_looks(conversation) for conversation in conversations]
    names = list(each[0])
    pooled = {name: np.concatenate([values[name] for values in each]) for name in names}
    numbers = {name: _summary(name, pooled[name]) for name in names}
    single = {name: [_summary(name, values[name]) for values in each if len(values[name])] for name in names}
    spread = {
        name: (float(np.percentile(values, 10)), float(np.percentile(values, 90))) for name, values in single.items()
    }
    return Looks(numbers, spread)


def measure_carriage(name: str, motion: Motion) -> HeadAndEyes:
    """Of motion in arkit61 or any other space that a head track is read from."""
    track = head_track(name, motion)
    if track.head is None or track.gaze is None:
        raise VisavisError(f"{name}: neither head nor eyes may stand still; give a recording with both")
    return _carriage(name, track.head, track.gaze)


def simulated_carriage(conversations: Iterable[Conversation]) -> list[HeadAndEyes]:
    """Of everybody, the head relative to the direction of the partner."""
    found = []
    for conversation in conversations:
        for own, other in _sides(conversation):
            alone = seen_from(own, frames_towards(own, other))
            found.append(measure_carriage(conversation.name, alone))
    return found


def recorded_carriage(paths: Iterable[str | os.PathLike[str]]) -> list[HeadAndEyes]:
    """Of the recorded people of files and folders in whose recordings both head and eyes move."""
    tracks = read_head_tracks(paths)
    return [_carriage(one.name, one.head, one.gaze) for one in tracks if one.head is not None and one.gaze is not None]


def table(looks: Looks, simulated: Sequence[HeadAndEyes], recorded: Sequence[HeadAndEyes]) -> str:
    """Markdown: looks beside the literature, then heads and eyes beside recorded ones."""
    lines = ["| | simulated | 10-90 % of conversations | people |", "|---|---|---|---|"]
    for name, number in looks.numbers.items():
        low, high = looks.spread[name]
        lines.append(f"| {name} | {number:.2f} | {low:.2f}-{high:.2f} | {LITERATURE.get(name, '')} |")
    lines += [
        "",
        "| | head yaw, pitch, roll [deg] | speed p10 / p50 / p90 / p99 [deg/s] | eye yaw, pitch [deg] "
        "| eyes turned p50 / p90 / p99 [deg] |",
        "|---|---|---|---|---|",
        *(_row(person) for person in recorded),
        *(_row(_quantile(simulated, level)) for level in (10, 50, 90)),
    ]
    return "\n".join(lines)


def _whole(motion: Motion | None) -> bool:
    return motion is not None and has_places(motion.space) and motion.known is None


def _motion(person: Person) -> Motion:
    assert person.motion is not None
    return person.motion


def _sides(conversation: Conversation) -> tuple[tuple[Motion, Motion], tuple[Motion, Motion]]:
    agent, user = _motion(conversation.agent), _motion(conversation.user)
    return (agent, user), (user, agent)


def _looks(conversation: Conversation) -> dict[str, np.ndarray]:
    """By name what is averaged: frames in which something is true, lengths [s], angles [deg]."""
    (agent, user), _ = _sides(conversation)
    frames = conversation.frames
    people = ((agent, user, conversation.agent.number), (user, agent, conversation.user.number))
    looking = [looks_at_partner(own, other) for own, other, _ in people]
    speaking = [_spans(conversation.events, "utterance", number, frames, 0) for _, _, number in people]
    meant = [_spans(conversation.events, "look at partner", number, frames, _SETTLED) for _, _, number in people]
    errors = [angle_to_partner_deg(own, other)[wanted] for (own, other, _), wanted in zip(people, meant, strict=True)]
    eyes = [_eyes_turned(own) for own, _, _ in people]
    mutual = looking[0] & looking[1]

    def while_(told: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([look[frame] for look, frame in zip(looking, told, strict=True)])

    return {
        "looks at the partner while listening": while_([b & ~a for a, b in (speaking, speaking[::-1])]),
        "looks at the partner while speaking": while_([a & ~b for a, b in (speaking, speaking[::-1])]),
        "looks at the partner while both are silent": while_([~a & ~b for a, b in (speaking, speaking[::-1])]),
        "mutual gaze": mutual,
        "a look at the partner lasts, mean [s]": np.concatenate([dwell_times_s(look) for look in looking]),
        "a look elsewhere lasts, mean [s]": np.concatenate([dwell_times_s(~look) for look in looking]),
        "mutual gaze lasts, mean [s]": dwell_times_s(mutual),
        "past the partner's eyes while looking, median [deg]": np.concatenate(errors),
        "past the partner's eyes while looking, 95 % [deg]": np.concatenate(errors),
        "eyes turned in the head, 99 % [deg]": np.concatenate(eyes),
        "eyes turned in the head, most [deg]": np.concatenate(eyes),
        "head later than gaze, median [ms]": np.concatenate(
            [_head_later_ms(conversation.events, own, number) for own, _, number in people]
        ),
    }


def _summary(name: str, values: np.ndarray) -> float:
    """The number that a name asks for, NaN of nothing."""
    if not len(values):
        return float("nan")
    for word, level in (("median", 50), ("95 %", 95), ("99 %", 99), ("most", 100)):
        if word in name:
            return float(np.percentile(values, level))
    return float(np.mean(values))


def _spans(events: Iterable[Event], kind: str, person: int, frames: int, skip: int) -> np.ndarray:
    """(T,) True during the events of a kind and a person, `skip` frames after each has begun."""
    during = np.zeros(frames, dtype=bool)
    for event in events:
        if event.kind == kind and event.person == person:
            during[event.onset + skip : event.onset + event.duration] = True
    return during


def _eyes_turned(motion: Motion) -> np.ndarray:
    """(2 T,) how far the left and the right eye are turned in the head [deg]."""
    eyes = motion.space.rotations_in("gaze")
    return np.concatenate([np.rad2deg(np.linalg.norm(motion.values[:, list(eye.channels)], axis=1)) for eye in eyes])


def _head_later_ms(events: Iterable[Event], motion: Motion, person: int) -> np.ndarray:
    """(n,) how much later than the gaze the head has gone half of its way [ms], at every large change of gaze."""
    gaze = np.rad2deg(headings(gaze_directions(motion)))
    head = np.rad2deg(headings(turned(head_turn(motion.values, motion.space), np.array([0.0, 0.0, 1.0]))))
    found = []
    for event in events:
        start, stop = event.onset - _BEFORE, event.onset + _AFTER
        looks = event.kind in ("look at partner", "look at thing", "gaze shift")
        if not looks or event.person != person or start < 0 or stop > len(motion) or event.duration < _AFTER:
            continue
        half = [_half_way(angles[start:stop], least) for angles, least in ((gaze, _SHIFT_DEG), (head, _HEAD_SHIFT_DEG))]
        if half[0] is not None and half[1] is not None:
            found.append((half[1] - half[0]) * 1000 / FPS)
    return np.array(found)


def _half_way(angles: np.ndarray, least: float) -> float | None:
    """The fractional frame in which angles (T, 2) first are half way to where they end; None for a short way."""
    end = angles[-_BEFORE:].mean(axis=0)
    way = end - angles[0]
    far = float(np.linalg.norm(way))
    if not least < far < 120:
        return None
    along = (angles - angles[0]) @ way / far**2
    over = int(np.argmax(along >= 0.5))
    before = along[over - 1]
    return float(over - 1 + (0.5 - before) / (along[over] - before))


def _carriage(name: str, head: np.ndarray, gaze: np.ndarray) -> HeadAndEyes:
    away = np.rad2deg(np.linalg.norm(gaze - np.median(gaze, axis=0), axis=1))
    return HeadAndEyes(
        name,
        tuple(np.rad2deg(head.std(axis=0)).tolist()),
        tuple(np.rad2deg(gaze.std(axis=0)).tolist()),
        tuple(np.percentile(angular_speed(head), (10, 50, 90, 99)).tolist()),
        tuple(np.percentile(away, (50, 90, 99)).tolist()),
    )


def _quantile(people: Sequence[HeadAndEyes], level: int) -> HeadAndEyes:
    """What so many percent of people lie below, number by number."""

    def of(name: str) -> tuple[float, ...]:
        return tuple(np.percentile([getattr(person, name) for person in people], level, axis=0).tolist())

    below = f"simulated, {level} % of people below" if level < 50 else f"simulated, {level} %"
    return HeadAndEyes(below, of("head_deg"), of("eyes_deg"), of("speed_deg_s"), of("eccentricity_deg"))


def _row(person: HeadAndEyes) -> str:
    def told(values: Sequence[float], digits: int) -> str:
        return " / ".join(f"{value:.{digits}f}" for value in values)

    cells = (person.head_deg, person.speed_deg_s, person.eyes_deg, person.eccentricity_deg)
    return f"| {person.name} | {' | '.join(told(cell, 1) for cell in cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Print the tables; 2 for input that cannot be used, told in one line."""
    return exit_status(lambda: _print_tables(*arguments))


def _print_tables(data: str | None = None, *recordings: str) -> None:
    if data is None:
        raise VisavisError("give a folder of conversations in rooms, and recordings to compare with if there are any")
    rooms = read_rooms(data)
    recorded = recorded_carriage(recordings) if recordings else []
    print(table(measure_looks(rooms), simulated_carriage(rooms), recorded))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
