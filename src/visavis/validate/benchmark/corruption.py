"""Corruption of a model's input, for the robustness protocol: input that is lost or noisy in bursts.

Shapes: T frames, S sound samples, D channels. Bursts and the gaps between them last a geometrically distributed number
of frames (a two-state Markov chain that starts in its steady state), so that any stretch of a recording expects the
same occupancy. The same seed, conversation and person give the same bursts, whatever happens in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from types import MappingProxyType

import numpy as np

from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError, unknown
from visavis.core.motion import Motion
from visavis.encode.activity import speech_activity
from visavis.validate.benchmark.cases import Case

MOTION, USER_SPEECH, AGENT_SPEECH = "motion", "user-speech", "agent-speech"
SILENCE, NOISE = "silence", "noise"
CLEAN, EVERYTHING = "clean", "all"

OCCUPANCIES = (0.1, 0.3, 0.5, 0.7)
"""Shares of corrupted frames in the protocol."""
BURST_S = 1.0
"""The protocol's mean length of a burst [s]."""
SNR_DB = 10.0
"""The protocol's signal to noise ratio within a burst [dB]."""

Damage = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]
"""Motion (T, D), bursts (T,) bool and the noise's standard deviation to corrupted motion."""


def hold(values: np.ndarray, burst: np.ndarray, spread: float, random: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Dropout: every frame of a burst repeats the last one before it; a recording's first frame always arrives."""
    arrived = np.where(burst, 0, np.arange(len(values)))
    held: np.ndarray = values[np.maximum.accumulate(arrived)]
    return held


def gaussian(values: np.ndarray, burst: np.ndarray, spread: float, random: np.random.Generator) -> np.ndarray:
    """Normal noise of the standard deviation `spread` in all channels."""
    return values + burst[:, None] * random.normal(scale=spread, size=values.shape)


def laplace(values: np.ndarray, burst: np.ndarray, spread: float, random: np.random.Generator) -> np.ndarray:
    """Two-sided exponential noise of the same standard deviation: mostly small, sometimes large."""
    return values + burst[:, None] * random.laplace(scale=spread / np.sqrt(2), size=values.shape)


def uniform(values: np.ndarray, burst: np.ndarray, spread: float, random: np.random.Generator) -> np.ndarray:
    """Evenly distributed noise of the same standard deviation."""
    limit = spread * np.sqrt(3)
    return values + burst[:, None] * random.uniform(-limit, limit, size=values.shape)


MOTION_KINDS: Mapping[str, Damage] = MappingProxyType(
    {"hold": hold, "gaussian": gaussian, "laplace": laplace, "uniform": uniform}
)
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {MOTION: tuple(MOTION_KINDS), USER_SPEECH: (SILENCE, NOISE), AGENT_SPEECH: (SILENCE, NOISE)}
)
"""What can happen to each stream."""


@dataclass(frozen=True)
class Corruption:
    """What happens to one input: in a share `occupancy` of all frames, in bursts of `burst_s` seconds on average.

    `stream` is motion (the user's), user-speech or agent-speech, `kind` one of `KINDS`; `snr_db` belongs to noise in
    speech. Raises `VisavisError` for anything that cannot be.
    """

    stream: str
    kind: str
    occupancy: float
    burst_s: float = BURST_S
    snr_db: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.stream not in KINDS:
            raise unknown("stream to corrupt", self.stream, KINDS)
        if self.kind not in KINDS[self.stream]:
            raise unknown(f"corruption of {self.stream}", self.kind, KINDS[self.stream])
        if (self.kind == NOISE) != (self.snr_db is not None):
            raise VisavisError(
                f"{self.word}: a signal to noise ratio [dB] belongs to noise in speech and to nothing else"
            )
        longest = self.burst_s * FPS / (self.burst_s * FPS + 1)
        if self.burst_s * FPS < 1 or not (0 < self.occupancy <= longest or self.occupancy == 1):
            raise VisavisError(
                f"{self.word}: bursts of {self.burst_s:g} s can take 0 to {longest:.2f} of all frames, or 1; "
                f"bursts last {1 / FPS:g} s or longer"
            )

    @property
    def word(self) -> str:
        """How the command line calls it: motion:hold:0.3, user-speech:noise:0.5:10."""
        ratio = [] if self.snr_db is None else [f"{self.snr_db:g}"]
        return ":".join([self.stream, self.kind, f"{self.occupancy:g}", *ratio])


def protocol() -> tuple[Corruption, ...]:
    """The whole protocol: everything that can happen at every occupancy, and an agent that is never heard."""
    return (
        *(
            Corruption(stream, kind, occupancy, snr_db=SNR_DB if kind == NOISE else None)
            for stream, kinds in KINDS.items()
            for kind in kinds
            for occupancy in OCCUPANCIES
        ),
        Corruption(AGENT_SPEECH, SILENCE, 1.0),
    )


def parse_corruptions(words: Iterable[str]) -> dict[str, Corruption | None]:
    """Corruptions by their words, the clean run (None) first.

    A word is STREAM:KIND:OCCUPANCY, for noise in speech with :SNR [dB] (10 where it is missing); or the beginning of
    such words, which stands for all of the protocol that begin so (`motion:hold`, `motion`); or `all`.
    Raises `VisavisError` for a word that is none of these.
    """
    found: dict[str, Corruption | None] = {CLEAN: None}
    for word in words:
        if word != CLEAN:
            found |= {corruption.word: corruption for corruption in _parse(word)}
    return found


def _parse(word: str) -> tuple[Corruption, ...]:
    stream, *rest = word.split(":")
    if word == EVERYTHING:
        return protocol()
    if stream not in KINDS:
        raise unknown("stream to corrupt", stream, [*KINDS, EVERYTHING])
    if rest and rest[0] not in KINDS[stream]:
        raise unknown(f"corruption of {stream}", rest[0], KINDS[stream])
    if len(rest) < 2:
        return tuple(one for one in protocol() if one.word.startswith(f"{word}:"))
    kind, *numbers = rest
    try:
        occupancy, *ratio = map(float, numbers)
    except ValueError as error:
        raise _misspelt(word, stream, kind) from error
    if len(ratio) > (kind == NOISE) or not np.isfinite(ratio).all():
        raise _misspelt(word, stream, kind)
    snr_db = (ratio[0] if ratio else SNR_DB) if kind == NOISE else None
    return (Corruption(stream, kind, occupancy, snr_db=snr_db),)


def _misspelt(word: str, stream: str, kind: str) -> VisavisError:
    ending = f":{SNR_DB:g} (the last is the signal to noise ratio [dB])" if kind == NOISE else ""
    return VisavisError(f"{word!r} is no corruption; write STREAM:KIND:OCCUPANCY, such as {stream}:{kind}:0.3{ending}")


def bursts(corruption: Corruption, frames: int, random: np.random.Generator) -> np.ndarray:
    """Which frames are corrupted: (T,) bool."""
    if corruption.occupancy == 1:
        return np.ones(frames, dtype=bool)
    length = corruption.burst_s * FPS
    gap = length * (1 - corruption.occupancy) / corruption.occupancy
    inside = bool(random.random() < corruption.occupancy)
    burst = np.zeros(frames, dtype=bool)
    start = 0
    while start < frames:
        stop = start + int(random.geometric(1 / (length if inside else gap)))
        burst[start:stop] = inside
        start, inside = stop, not inside
    return burst


def corrupted(case: Case, corruption: Corruption, spread: float) -> Case:
    """A case with corrupted input; score what a model makes of it against the clean one.

    The agent's true motion, the oracle and the events stay as they are. `spread` is the standard deviation of noise in
    motion: the mean over channels of the data's (`DatasetStatistics.spread`), the same for every channel.
    A user whose motion is unknown stays unknown.
    """
    mine = corruption.stream == AGENT_SPEECH
    person = case.talk.agent if mine else case.talk.user
    random = _random(corruption, f"{corruption.stream} {case.talk.name} {person.number}")
    burst = bursts(corruption, len(case.truth), random)
    if corruption.stream == MOTION:
        changed = _moved(person, corruption, burst, spread, random)
    else:
        changed = _spoken(person, corruption, burst, random)
    talk = replace(case.talk, agent=changed) if mine else replace(case.talk, user=changed)
    return replace(case, talk=talk)


def _moved(
    person: Person, corruption: Corruption, burst: np.ndarray, spread: float, random: np.random.Generator
) -> Person:
    if person.motion is None:
        return person
    values = MOTION_KINDS[corruption.kind](person.motion.values, burst, spread, random)
    return replace(person, motion=Motion(values, person.motion.space, person.motion.fps))


def _spoken(person: Person, corruption: Corruption, burst: np.ndarray, random: np.random.Generator) -> Person:
    """Silence, or white noise as loud as the SNR says below the mean power of the person's own speech."""
    assert person.speech is not None
    inside = np.repeat(burst, SAMPLES_PER_FRAME)
    if corruption.snr_db is None:
        return replace(person, speech=np.where(inside, np.float32(0), person.speech))
    spoken = np.repeat(speech_activity(person.speech), SAMPLES_PER_FRAME)
    power = np.mean(np.square(person.speech[spoken] if spoken.any() else person.speech, dtype=np.float64))
    size = np.sqrt(power / 10 ** (corruption.snr_db / 10))
    noise = inside * random.normal(scale=size, size=len(person.speech))
    return replace(person, speech=(person.speech + noise).astype(np.float32))


def _random(corruption: Corruption, key: str) -> np.random.Generator:
    digest = blake2b(key.encode(), digest_size=16).digest()
    return np.random.default_rng([corruption.seed, *np.frombuffer(digest, dtype="<u4").tolist()])
