"""Between a room and a person alone: co-located motion, and the same person's motion in arkit61.

In arkit61 a head is turned relative to a frontal pose. In a room the frontal pose is a frame (4,) or (T, 4), a unit
quaternion whose +z is straight ahead: `frames_towards` a partner (a head without rotation and eyes without rotation
look at the partner's eyes: what the simulator and the models of arkit61 take for the front), or the way that the body
faces (`facing_frame`, `body_facing`). Axes are x to the own left, y up, z ahead; translations are metres.

Shapes: T frames.
"""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, COLOCATED_ARKIT
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_angles, arkit_turns, to_arkit
from visavis.core.rotations import continuous, from_quaternion, inverse, multiply, quaternions_of, to_quaternion, turned
from visavis.core.spaces import MotionSpace

AHEAD = np.array([0.0, 0.0, 1.0])
"""The way that a face looks in its own frame."""
_LEAST_TURN = float(np.deg2rad(-90.0))


def has_places(space: MotionSpace) -> bool:
    """Whether motion of a space says where the person is."""
    return "translation" in space.groups


def require_places(motion: Motion) -> Motion:
    """Itself; raises `VisavisError` where a motion does not say where its person is."""
    if not has_places(motion.space):
        raise VisavisError(
            f"motion in {motion.space.name} does not say where the person is; give motion of a space with a group "
            f"'translation', such as {COLOCATED_ARKIT.name}"
        )
    return motion


def headings(directions: np.ndarray) -> np.ndarray:
    """Heading and pitch (..., 2) [rad] of directions (..., 3): about y, 0 along +z, positive to +x; pitch down."""
    x, y, z = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    return np.stack([np.arctan2(x, z), np.arctan2(-y, np.hypot(x, z))], axis=-1)


def heading_frames(angles: np.ndarray) -> np.ndarray:
    """Upright frames (..., 4) whose +z has this heading and pitch (..., 2) [rad]; the inverse of `headings`."""
    upright = np.concatenate([angles, np.zeros((*np.shape(angles)[:-1], 1))], axis=-1)
    return to_quaternion(upright, "yaw-pitch-roll")


def facing_frame(facing_rad: float) -> np.ndarray:
    """The frame (4,) of a body that faces this way about y [rad], level."""
    return heading_frames(np.array([facing_rad, 0.0]))


def room_turns(quaternions: np.ndarray) -> np.ndarray:
    """Rotations in a room (T, 4) as axis-angle (T, 3) [rad] that goes on where a person looks back along -z.

    A person opposite to one who looks along +z is turned by about half a turn, where axis-angle has two forms. Turned
    from -90 to 270 degrees about y in the first frame, all who face each other along z have the same.
    """
    turns = from_quaternion(quaternions, "axis-angle")
    if len(turns) and turns[0, 1] < _LEAST_TURN:
        turns[0] *= 1 - 2 * np.pi / np.linalg.norm(turns[0])
    return continuous(turns)


def frames_towards(motion: Motion, partner: Motion) -> np.ndarray:
    """Frames (T, 4) that look from one head to another's, upright, over the common frames.

    Raises `VisavisError` where one of them does not say where the person is.
    """
    frames = min(len(motion), len(partner))
    own, other = (require_places(one)["translation"][:frames].astype(np.float64) for one in (motion, partner))
    return heading_frames(headings(other - own))


def body_facing(motion: Motion) -> np.ndarray:
    """The frame (4,) of the way that a body faces, level: where the neck points on average.

    Raises `VisavisError` where the space has no neck.
    """
    necks = motion.space.rotations_in("neck")
    if not necks:
        raise VisavisError(f"motion in {motion.space.name} has no neck, which tells the way that a body faces")
    ahead = turned(quaternions_of(motion.values, necks[0]), AHEAD).mean(axis=0)
    return facing_frame(float(headings(ahead)[0]))


def seen_from(motion: Motion, frame: np.ndarray) -> Motion:
    """A located person's motion in arkit61, the head relative to a frontal pose (4,) or (T, 4); T may be less.

    Where the person is, is left out. Raises `VisavisError` for a space that cannot be shown.
    """
    shown = to_arkit(motion.cut(0, len(frame) if frame.ndim > 1 else len(motion)))
    values = shown.values.copy()
    pose = ARKIT61.indices("pose")
    values[:, pose] = arkit_angles(multiply(inverse(frame), arkit_turns(values[:, pose])))
    return Motion(values, ARKIT61, shown.fps, _known(motion, ARKIT61), shown.state, motion.cut(0, len(shown)).counted)


def placed(motion: Motion, frame: np.ndarray, translation: np.ndarray) -> Motion:
    """Motion of arkit61 in a room: the frontal pose (4,) or (T, 4) becomes the neck; `translation` (..., 3) [m].

    `seen_from` with the same frame gives the motion back. Raises `VisavisError` for motion of another space.
    """
    if motion.space is not ARKIT61:
        raise VisavisError(f"motion in {motion.space.name} cannot be placed in a room; give motion in {ARKIT61.name}")
    values = np.zeros((len(motion), COLOCATED_ARKIT.width), np.float32)
    weights = [COLOCATED_ARKIT.channels.index(name) for name in ARKIT_WEIGHTS]
    values[:, weights] = motion.values[:, [ARKIT61.channels.index(name) for name in ARKIT_WEIGHTS]]
    values[:, COLOCATED_ARKIT.indices("neck")] = room_turns(np.broadcast_to(frame, (len(motion), 4)))
    values[:, COLOCATED_ARKIT.indices("translation")] = translation
    for there, here in zip(COLOCATED_ARKIT.rotations[1:], ARKIT61.rotations, strict=True):
        angles = motion.values[:, list(here.channels)]
        values[:, list(there.channels)] = from_quaternion(arkit_turns(angles), there.form)
    return Motion(values, COLOCATED_ARKIT, motion.fps, _known(motion, COLOCATED_ARKIT), motion.state, motion.counted)


def turned_room(motion: Motion, radians: float) -> Motion:
    """The same person in a room that is turned about its upright axis through the origin by `radians`."""
    values = require_places(motion).values.copy()
    turn = facing_frame(radians)
    values[:, motion.space.indices("translation")] = turned(turn, motion["translation"].astype(np.float64))
    first = (*motion.space.rotations_in("neck"), *motion.space.rotations_in("pose"))[0]
    along = multiply(turn, quaternions_of(values, first))
    values[:, list(first.channels)] = (
        room_turns(along) if first.form == "axis-angle" else from_quaternion(along, first.form)
    )
    return Motion(values, motion.space, motion.fps, motion.known, motion.state, motion.counted)


def _known(motion: Motion, space: MotionSpace) -> frozenset[str] | None:
    """Of what was captured, what has the same name in another space, and the turns of head and eyes where they are."""
    if motion.known is None:
        return None
    named = motion.known.intersection(space.channels)
    groups = [group for group in ("pose", "gaze") if motion.knows(group)]
    return frozenset(named.union(space.channels[i] for group in groups for i in space.groups[group]))
