"""From looks to bodies: neck, head, eyes and place of a person in a room, around the gestures that the head makes.

Eyes go first and end within 30 degrees of the head; the head follows with part of the way, later and slower, and what
the head does besides (nods, beats, restless movement) is on top of it, while the eyes stay where they look. Half of how
far the head is turned away from the body is in the neck, gestures are the head's. The middle of the eyes moves with the
body's sway and with the head, which turns about a pivot below and behind it.

Shapes: T frames. Angles are heading (about y, positive to the own left) and pitch (positive down) [rad], positions [m].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.colocation import AHEAD, facing_frame, heading_frames, headings
from visavis.core.layout import Place
from visavis.core.rotations import inverse, multiply, to_quaternion, turned
from visavis.data.simulate.actions import ease, slow_noise
from visavis.data.simulate.colocation.glances import Glance

EYES_RAD = float(np.deg2rad(30.0))
"""How far each eye turns in the head."""
_EASY_RAD, _FAR_RAD = np.deg2rad(np.array([4.0, 7.0])), np.deg2rad(np.array([18.0, 15.0]))
"""Heads do not stray for long so far from who they talk to that eyes would have to turn farther than this (as eyes of
seated people stay), and help slowly where a look takes them farther than that."""
_HELPS = 9
_EYE_SHARE, _EYE_MOST = np.array([0.4, 0.65]), np.deg2rad(np.array([8.0, 11.0]))
"""How much of a small look past the partner the eyes do, and the most they do of a large one."""
_CENTRED = (0.9, 1.0)
"""How far the head is turned to the partner, of the way from where the body faces."""
_LAG = (1.0, 3.0)
"""Frames by which the head moves later than the eyes."""
_HEAD_FRAMES, _HEAD_FRAMES_A_RAD = 7.0, 9.0
_SACCADE_FRAMES, _SACCADE_FRAMES_A_RAD = 0.6, 3.2
"""How long a movement lasts: of the eyes 24 ms and 2.2 ms a degree."""
_NECK_SHARE = 0.5
_EYES_FROM_PIVOT = np.array([0.0, 0.11, 0.09])
_HALF_BETWEEN_EYES_M = 0.0315
_ASIDE_M = 1.5
"""How far away is what somebody looks at who looks aside."""
_NEAR_M, _WIDEST = 1.2, 1.1
"""Eyes wander over a face at this distance as they were measured, over farther ones less, over nearer ones at most this
much more."""
SWAY_M: Mapping[bool, tuple[float, float, float]] = {True: (0.011, 0.003, 0.015), False: (0.017, 0.004, 0.02)}
"""Standard deviations of the sway of a seated body and of a standing one: aside, up, ahead."""
_SWAY_HZ, _SWAY_TOP_HZ = 0.06, 0.6
_BODY_TURNS_RAD = float(np.deg2rad(2.0))
_BODY_HZ, _BODY_TOP_HZ = 0.02, 0.15


@dataclass(frozen=True)
class Stance:
    """How a person is in the room: `place`, whether `seated`, and how far the head is `centred` on the partner."""

    place: Place
    seated: bool
    centred: float


@dataclass(frozen=True, eq=False)
class Carriage:
    """How a person carries the head: `neck` and the whole `head`, neck included, as quaternions (T, 4), both in the
    room; `translation` (T, 3) of the middle of the eyes [m]; `aims` (T, 2): where the eyes look, past the partner's;
    `far` (T,): how far away that is [m]."""

    neck: np.ndarray
    head: np.ndarray
    translation: np.ndarray
    aims: np.ndarray
    far: np.ndarray


@dataclass(frozen=True, eq=False)
class Eyes:
    """Directions of the left and the right eye in the head: heading and pitch (T, 2) [rad]."""

    left: np.ndarray
    right: np.ndarray

    def turns(self) -> tuple[np.ndarray, np.ndarray]:
        """Both as axis-angle (T, 3) [rad], without torsion (Listing's law)."""
        return _without_torsion(self.left), _without_torsion(self.right)


def draw_stance(rng: np.random.Generator, place: Place, seated: bool) -> Stance:
    """How a random person is in a place."""
    return Stance(place, seated, float(rng.uniform(*_CENTRED)))


def carry(
    rng: np.random.Generator,
    stance: Stance,
    partner: Place,
    glances: Sequence[Glance],
    gestures: np.ndarray,
    wandering: np.ndarray,
    things: np.ndarray,
) -> Carriage:
    """The head and body of a person who looks where the glances say.

    `gestures` (T, 4): what the head does besides; `wandering` (T, 2): how the eyes wander around what they look at, yaw
    to the own right and pitch down; `things` (n, 3): where they are in the room.
    """
    frames, facing = len(gestures), stance.place.facing_rad
    starts = np.array([glance.onset for glance in glances])
    across = np.subtract(partner.position, stance.place.position)
    to_partner = _from_body(headings(across), facing)
    aims, far = _targets(glances, across, things - np.array(stance.place.position))
    saccades = _SACCADE_FRAMES + _SACCADE_FRAMES_A_RAD * _lengths(aims)
    looked = _steps(aims, starts - 1, np.maximum(saccades, 1.0), frames)
    looked += wandering * [-1, 1] * min(_WIDEST, _NEAR_M / float(np.linalg.norm(across)))
    turns = to_partner * stance.centred + _head_part(aims)
    late = starts + rng.uniform(*_LAG, len(starts))
    base = _eased_steps(turns, late, _HEAD_FRAMES + _HEAD_FRAMES_A_RAD * _lengths(turns), frames)
    centre = np.broadcast_to(to_partner * stance.centred, base.shape)
    base = base + _smoothed(_beyond(_EASY_RAD, facing, centre, gestures, np.broadcast_to(to_partner, base.shape)))
    base = base + _late(_beyond(_FAR_RAD, facing, base, gestures, looked + to_partner))
    head = _head(facing, base, gestures)
    rest = _upright(to_partner * stance.centred, facing)
    carried = turned(head, _EYES_FROM_PIVOT) - turned(rest, _EYES_FROM_PIVOT)
    return Carriage(
        neck=_neck(rng, facing, base),
        head=head,
        translation=_sway(rng, stance, frames) + carried,
        aims=looked,
        far=np.repeat(far, np.diff([*starts, frames])),
    )


def hold_still(stance: Stance, partner: Place, frames: int) -> Carriage:
    """The head and body of a person who looks at the partner and does not move."""
    facing = stance.place.facing_rad
    across = np.subtract(partner.position, stance.place.position)
    base = np.tile(_from_body(headings(across), facing) * stance.centred, (frames, 1))
    return Carriage(
        neck=_upright(_NECK_SHARE * base, facing),
        head=_upright(base, facing),
        translation=np.tile(stance.place.position, (frames, 1)),
        aims=np.zeros((frames, 2)),
        far=np.full(frames, float(np.linalg.norm(across))),
    )


def look(own: Carriage, partner: Carriage) -> Eyes:
    """The eyes of a person who looks past the partner's eyes by the own aims, as far as eyes turn."""
    across = headings(partner.translation - own.translation)
    ahead = turned(inverse(own.head), turned(heading_frames(across + own.aims), AHEAD))
    turning = np.arccos(np.clip(ahead[:, 2], -1, 1))
    vergence = np.arctan(_HALF_BETWEEN_EYES_M / own.far)
    within = np.minimum(1.0, (EYES_RAD - vergence) / np.maximum(turning, 1e-9))
    level = _without_torsion(headings(ahead)) * within[:, None]
    middle = headings(turned(to_quaternion(level, "axis-angle"), AHEAD))
    inwards = np.stack([vergence, np.zeros(len(middle))], axis=1)
    return Eyes(middle - inwards, middle + inwards)


def _targets(glances: Sequence[Glance], partner: np.ndarray, things: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far past the partner each glance goes (n, 2), and how far away that is (n,) [m].

    `partner` (3,) and `things` (m, 3) as seen from the own place.
    """
    aims, far = np.zeros((len(glances), 2)), np.full(len(glances), float(np.linalg.norm(partner)))
    for i, glance in enumerate(glances):
        if glance.thing is not None:
            aims[i] = _from_body(headings(things[glance.thing]), headings(partner)[0]) - [0.0, headings(partner)[1]]
            far[i] = np.linalg.norm(things[glance.thing])
        elif not glance.at_partner:
            aims[i], far[i] = (-glance.aim[0], glance.aim[1]), _ASIDE_M
    return aims, far


def _from_body(angles: np.ndarray, facing: float) -> np.ndarray:
    """Heading and pitch (..., 2) in the room as seen by a body that faces `facing`: at most half a turn."""
    heading = np.angle(np.exp(1j * (angles[..., 0] - facing)))
    return np.stack([heading, angles[..., 1]], axis=-1)


def _upright(angles: np.ndarray, facing: float) -> np.ndarray:
    """The inverse of `_from_body`, as frames (..., 4)."""
    return heading_frames(angles + np.array([facing, 0.0]))


def _ahead(angles: np.ndarray, facing: float) -> np.ndarray:
    return turned(_upright(angles, facing), AHEAD)


def _head(facing: float, base: np.ndarray, gestures: np.ndarray) -> np.ndarray:
    return multiply(_upright(base, facing), gestures)


def _neck(rng: np.random.Generator, facing: float, base: np.ndarray) -> np.ndarray:
    """(T, 4) the body, which turns a little by itself, and the neck's share of how the head is turned from it."""
    body = _BODY_TURNS_RAD * slow_noise(rng, len(base), 2, _BODY_HZ, _BODY_TOP_HZ) * [1.0, 0.0]
    return _upright(body + _NECK_SHARE * (base - body), facing)


def _sway(rng: np.random.Generator, stance: Stance, frames: int) -> np.ndarray:
    """(T, 3) where the body carries the head [m], around its place."""
    moved = slow_noise(rng, frames, 3, _SWAY_HZ, _SWAY_TOP_HZ) * SWAY_M[stance.seated]
    return np.asarray(stance.place.position + turned(facing_frame(stance.place.facing_rad), moved))


def _head_part(aims: np.ndarray) -> np.ndarray:
    """What the head does of looks past the partner (n, 2): the more the farther they go."""
    return np.asarray(aims - _EYE_MOST * np.tanh(_EYE_SHARE * aims / _EYE_MOST))


def _lengths(places: np.ndarray) -> np.ndarray:
    """(n,) how far each place (n, 2) is from the one before [rad]; 0 for the first."""
    return np.asarray(np.linalg.norm(np.diff(places, axis=0, prepend=places[:1]), axis=1))


def _steps(places: np.ndarray, starts: np.ndarray, lasting: np.ndarray, frames: int) -> np.ndarray:
    """(T, 2) that goes from each place (n, 2) to the next at even speed from `starts` (n,) on, in `lasting` frames."""
    done = np.clip((np.arange(frames) - starts[:, None]) / lasting[:, None], 0, 1)
    return np.asarray(places[0] + done.T @ np.diff(places, axis=0, prepend=places[:1]))


def _eased_steps(places: np.ndarray, starts: np.ndarray, lasting: np.ndarray, frames: int) -> np.ndarray:
    """The same, smoothly: a movement that begins before another has ended is added to it."""
    done = ease((np.arange(frames) - starts[:, None]) / lasting[:, None])
    return np.asarray(places[0] + done.T @ np.diff(places, axis=0, prepend=places[:1]))


def _beyond(easy: np.ndarray, facing: float, base: np.ndarray, gestures: np.ndarray, looked: np.ndarray) -> np.ndarray:
    """(T, 2) how far the eyes would have to turn beyond what is `easy`, in a head that is held so."""
    needed = headings(turned(inverse(_head(facing, base, gestures)), _ahead(looked, facing)))
    return np.asarray(needed - np.clip(needed, -easy, easy))


def _smoothed(angles: np.ndarray) -> np.ndarray:
    """(T, 2) as means over a second, not later."""
    return _mean(np.pad(angles, ((_HELPS, _HELPS), (0, 0)), mode="edge"))


def _late(angles: np.ndarray) -> np.ndarray:
    """(T, 2) as means over the second before, half a second later."""
    return _mean(np.pad(angles, ((2 * _HELPS, 0), (0, 0)), mode="edge"))


def _mean(angles: np.ndarray) -> np.ndarray:
    kernel = np.hanning(2 * _HELPS + 3)[1:-1]
    return np.stack([np.convolve(angles[:, i], kernel / kernel.sum(), "valid") for i in (0, 1)], axis=1)


def _without_torsion(angles: np.ndarray) -> np.ndarray:
    """Heading and pitch (T, 2) -> axis-angle (T, 3) [rad] that turns +z there about an axis in the plane of x and y."""
    ahead = turned(heading_frames(angles), AHEAD)
    sine = np.hypot(ahead[:, 0], ahead[:, 1])
    scale = np.where(sine > 1e-9, np.arctan2(sine, ahead[:, 2]) / np.maximum(sine, 1e-9), 1.0)
    return np.stack([-ahead[:, 1] * scale, ahead[:, 0] * scale, np.zeros(len(ahead))], axis=1)
