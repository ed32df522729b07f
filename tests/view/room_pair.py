"""Two people in one room, made by hand: they face each other, speak in turn, blink, nod and look at and away."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.conversation import Person
from visavis.core.layout import Layout, Place
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion, multiply, to_quaternion
from visavis.view.rigs.rig import matrices

SPOKEN = (((0.8, 6.0), (9.0, 9.6), (12.3, 15.5)), ((3.0, 3.5), (6.4, 12.0), (15.8, 19.0)))
"""What the first and the second person say [s]; 0.5 s and 0.6 s are feedback."""
EYE = np.array([0.0342, 0.0, 0.0555])
PIVOT = np.array([0.0, -0.09, -0.018])
"""Where the left eye of our own heads is, and where they turn, in their own space [m]."""
PITCH_HZ = (118.0, 205.0)


def speaking(person: int, frames: int) -> np.ndarray:
    """The frames (T,) in which one of both speaks."""
    seconds = np.arange(frames) / FPS
    return np.any([(start <= seconds) & (seconds < stop) for start, stop in SPOKEN[person]], axis=0)


def voice(person: int, frames: int) -> np.ndarray:
    """Syllables of a hummed note (S,)."""
    seconds = np.arange(samples_in(frames)) / SAMPLE_RATE
    loud = np.repeat(speaking(person, frames), samples_in(1)) * (0.55 + 0.45 * np.sin(2 * np.pi * 4.1 * seconds))
    hum = sum(np.sin(2 * np.pi * k * PITCH_HZ[person] * seconds) / k for k in range(1, 9))
    return (0.12 * loud * hum).astype(np.float32)


def looking_away(person: int, frames: int) -> np.ndarray:
    """How far one of both looks away (T,) in [0, 1]: for a second of each five."""
    seconds = np.arange(frames) / FPS + 1.7 * person
    return np.clip(4 * np.sin(2 * np.pi * seconds / 5) - 2.6, 0, 1)


def pair(frames: int = 500, layout: Layout | None = None) -> tuple[Person, Person]:
    """Motion in `colocated_arkit` and voices of both; eyes meet by closed form wherever nobody looks away."""
    places = Layout.default() if layout is None else layout
    both = [person(who, place, frames) for who, place in enumerate((places.first, places.second))]
    for who in (0, 1):
        aim_eyes(both[who], both[1 - who], (1 - 2 * who) * looking_away(who, frames))
    return tuple(Person(voice(who, frames), motion) for who, motion in enumerate(both))  # type: ignore[return-value]


def person(who: int, place: Place, frames: int) -> Motion:
    """One of both with the eyes straight."""
    motion = Motion(np.zeros((frames, COLOCATED_ARKIT.width), np.float32), COLOCATED_ARKIT)
    seconds, at = np.arange(frames) / FPS, COLOCATED_ARKIT.indices
    speaks = np.convolve(speaking(who, frames), np.ones(5) / 5, "same")
    opens = speaks * np.clip(np.sin(2 * np.pi * 4.1 * seconds), 0, 1)
    for name, share in (("JawOpen", 0.32), ("MouthFunnel", 0.15), ("MouthLowerDownLeft", 0.1)):
        motion.values[:, at(name)[0]] = share * opens
    motion.values[:, at("MouthLowerDownRight")[0]] = 0.1 * opens
    blink = np.exp(-((((seconds + 1.3 * who) % 3.1 - 0.4) / 0.07) ** 2))
    for side in ("Left", "Right"):
        motion.values[:, at(f"EyeBlink{side}")[0]] = blink
        motion.values[:, at(f"MouthSmile{side}")[0]] = 0.12 + 0.15 * np.clip(np.sin(seconds / 2 + who), 0, 1)
    away = looking_away(who, frames)
    nods = 0.09 * (1 - speaks) * np.clip(np.sin(2 * np.pi * (seconds - who) / 4.0), 0, 1) * np.sin(9.0 * seconds)
    motion.values[:, at("neck")[1]] = place.facing_rad + 0.05 * np.sin(0.9 * seconds + who)
    motion.values[:, at("pose")[0]] = nods + 0.05 * speaks * np.sin(5.0 * seconds)
    motion.values[:, at("pose")[1]] = 0.25 * (1 - 2 * who) * away + 0.04 * np.sin(1.7 * seconds)
    motion.values[:, at("pose")[2]] = 0.04 * np.sin(0.7 * seconds)
    sway = np.stack([np.sin(0.8 * seconds), 0.3 * np.sin(1.1 * seconds), np.sin(0.5 * seconds + who)], axis=1)
    motion.values[:, at("translation")] = np.array(place.position) + 0.012 * sway
    return motion


def turned(motion: Motion) -> np.ndarray:
    """The rotation of the head in the world (T, 4)."""
    return multiply(*(to_quaternion(motion[group], "axis-angle") for group in ("neck", "pose")))


def eyes(motion: Motion, headings: np.ndarray) -> np.ndarray:
    """Where both eyes are (2, T, 3) [m] while the shoulders have these headings (T,) [rad]."""
    upright = np.stack([0 * headings, headings, 0 * headings], axis=1)
    body, head = matrices(to_quaternion(upright, "axis-angle")), matrices(turned(motion))
    sides = (EYE, EYE * [-1, 1, 1])
    return np.stack([motion["translation"] + body @ PIVOT + head @ (side - PIVOT) for side in sides])


def aim_eyes(motion: Motion, partner: Motion, away: np.ndarray) -> None:
    """Turn both eyes to between the partner's, and by `away` (T,) of 0.3 rad aside, as the head turns, and down."""
    from visavis.view.render.placement import path_of

    own, other = (eyes(one, path_of(one).headings) for one in (motion, partner))
    target, head = other.mean(axis=0), matrices(turned(motion))
    columns = motion.space.indices("gaze").reshape(2, 3)
    for side in (0, 1):
        way = np.einsum("tji,tj->ti", head, target - own[side])
        yaw, pitch = np.arctan2(way[:, 0], way[:, 2]), -np.arctan2(way[:, 1], np.hypot(way[:, 0], way[:, 2]))
        angles = np.stack([yaw + 0.3 * away, pitch + 0.15 * np.abs(away), 0 * yaw], axis=1)
        motion.values[:, columns[side]] = from_quaternion(to_quaternion(angles, "yaw-pitch-roll"), "axis-angle")
