"""What is asked of a system for one whole recording, by the names of its inputs.

Shapes: S sound samples at 16 kHz, T frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.bounds import FARTHEST, LOUDEST, SEEDS, require_reach
from visavis.core.clock import FPS, frames_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.encode.activity import activity_masks
from visavis.encode.diarisation import speakers_in

Value = np.ndarray | Motion
"""Sound (S,), motion, or a signal (T, width)."""
MIX = "mix"
"""The input that is one recording of everybody: where it is not given, the sum of both voices."""
MASKS = "masks"
"""The signal (T, 2) of who speaks in a recording of two people: 1 where somebody does."""
PLACES = "places"
"""The signal (T, 6) of where the heads of two people are [m]: their first places, the same in every frame."""
_VOICES = ("user_speech", "agent_speech")


@dataclass(frozen=True, eq=False)
class Request:
    """One recording to be made: `values` by the names of inputs, the seed of the draw.

    mean: whether the predicted mean is wanted, too. Values that a model does not take are left aside.
    """

    values: Mapping[str, Value]
    seed: int
    mean: bool = False

    @classmethod
    def dyad(
        cls,
        user_speech: np.ndarray,
        agent_speech: np.ndarray,
        user_motion: Motion | None,
        seed: int,
        mean: bool = False,
    ) -> Request:
        """A conversation of a user and an agent whose voices were recorded apart."""
        values: dict[str, Value] = {"user_speech": user_speech, "agent_speech": agent_speech}
        return cls(values if user_motion is None else {**values, "user_motion": user_motion}, seed, mean)

    @classmethod
    def pair(
        cls,
        first_speech: np.ndarray,
        second_speech: np.ndarray,
        seed: int,
        mean: bool = False,
        places: np.ndarray | None = None,
    ) -> Request:
        """A conversation of two people who are both moved, in the model's order, with voices recorded apart (S,).

        The first stands for the agent. Voice activity detection tells who speaks. places: where both are (2, 3) [m], if
        that is known.
        """
        samples = min(len(first_speech), len(second_speech))
        first, second = first_speech[:samples], second_speech[:samples]
        masks = activity_masks(first, second)
        values: dict[str, Value] = {"user_speech": second, "agent_speech": first, MASKS: masks}
        if places is not None:
            values[PLACES] = places_signal(places, frames_in(samples))
        return cls(values, seed, mean)

    @property
    def frames(self) -> int:
        """The common length; 0 where nothing is given."""
        return min(map(_frames, self.values.values()), default=0)

    def value(self, name: str) -> Value | None:
        """What is known of an input, None where nothing is; two people are where they usually are unless it is said."""
        if name == MIX and MIX not in self.values and all(voice in self.values for voice in _VOICES):
            voices = [np.asarray(self.values[voice]) for voice in _VOICES]
            length = min(len(voice) for voice in voices)
            return np.asarray(voices[0][:length] + voices[1][:length])
        if name == PLACES and PLACES not in self.values:
            return places_signal(Layout.default().translations, self.frames)
        return self.values.get(name)

    def require_usable(self, name: str, interface: Interface, space: MotionSpace) -> None:
        """Raises `VisavisError` for what the model `name` cannot work with: NaN, sound above `LOUDEST`, motion above
        `FARTHEST`, missing voices, other spaces."""
        SEEDS.require("seed", self.seed)
        for one in interface.inputs:
            value = self.value(one.name)
            if value is not None:
                _require(one, value, space)
            elif one.kind == "speech":
                raise VisavisError(f"{name} hears {one.name}, which is missing; give it")
        if self.frames == 0:
            what = "of both voices" if len(interface.of_kind("speech")) > 1 else "of everything given"
            raise VisavisError(f"there is not one common frame (40 ms) {what}; give longer recordings")


def places_signal(places: np.ndarray, frames: int) -> np.ndarray:
    """Places (2, 3) [m] in each of so many frames (T, 6)."""
    return np.tile(places.astype(np.float32).reshape(1, -1), (frames, 1))


def named_inputs(
    name: str, interface: Interface, recordings: Sequence[np.ndarray | None], named: Mapping[str, Value | None]
) -> dict[str, Value]:
    """Inputs by name: `recordings` are those that the model hears, in their order, where they are not named.

    Raises `VisavisError` for what the model `name` does not take, and for recordings that are missing.
    """
    voices = [one.name for one in interface.of_kind("speech")]
    values = {key: value for key, value in named.items() if value is not None}
    for number, recording in enumerate(recordings):
        if recording is not None:
            if number >= len(voices) or voices[number] in values:
                raise VisavisError(f"{name} hears {len(voices)} recordings ({', '.join(voices)}); give each once")
            values[voices[number]] = recording
    interface.require_inputs(values, name)
    return values


def with_masks(interface: Interface, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Inputs by name, in which masks that a model takes and nobody gave are those heard in the mix (`speakers_in`)."""
    mix = values.get(MIX)
    wanted = MASKS not in values and any(one.name == MASKS for one in interface.inputs)
    if not wanted or not isinstance(mix, np.ndarray) or mix.ndim != 1 or not np.isfinite(mix).all():
        return values
    return {**values, MASKS: speakers_in(mix)}


def require_room(name: str, interface: Interface) -> None:
    """Raises `VisavisError` for a layout that the model `name` cannot take."""
    if PLACES not in [one.name for one in interface.inputs]:
        raise VisavisError(f"{name} puts nobody into a room, so it takes no layout; leave it out")


def _frames(value: Value) -> int:
    return frames_in(len(value)) if isinstance(value, np.ndarray) and value.ndim == 1 else len(value)


def _require(one: InputSpec, value: Value, space: MotionSpace) -> None:
    what = one.name.replace("_", " ")
    if one.kind == "motion":
        _require_motion(what, value, space)
        return
    if isinstance(value, Motion):
        raise VisavisError(f"{what} is a {one.kind}, motion was given; give an array")
    if one.kind == "speech" and value.ndim != 1:
        raise VisavisError(f"{what} must be mono, of shape (samples,); {value.shape} was given")
    if one.kind == "signal" and (value.ndim != 2 or value.shape[1] != one.width):
        raise VisavisError(f"{what} must be of shape (frames, {one.width}); {value.shape} was given")
    if not np.isfinite(value).all():
        kind = "samples" if one.kind == "speech" else "numbers"
        raise VisavisError(f"{what} holds NaN or infinite {kind}; repair or cut the recording")
    if one.kind == "speech":
        require_reach(what, value, LOUDEST, "sound is in [-1, 1], divide 16-bit numbers by 32768")
    else:
        require_reach(what, value, FARTHEST, "signals are numbers near 1")


def _require_motion(what: str, value: Value, space: MotionSpace) -> None:
    if not isinstance(value, Motion):
        raise VisavisError(f"{what} must be a Motion in {space.name}; an array of shape {value.shape} was given")
    if value.space is not space:
        raise VisavisError(
            f"the model speaks {space.name}, the {_whose(what)} motion is in {value.space.name}; "
            f"give motion in {space.name}, or none"
        )
    if value.fps != FPS:
        raise VisavisError(f"{what} at {value.fps} fps; resample it to {FPS} first")
    value.require_finite(what)
    require_reach(what, value.values, FARTHEST, f"weights of {space.name} are near [0, 1], angles in rad")


def _whose(what: str) -> str:
    return what.removesuffix(" motion") + "'s"
