"""Sound at another sample rate, whole or as it comes, to the bit the same: mono at any rate in, 16 kHz out.

Sound is made in blocks of 320 samples (20 ms). Each is resampled by soxr (its high quality) from a passage of its own:
the sound of the block and so much on either side as the filter reaches. So a block is a function of that passage alone:
it cannot depend on how the sound was cut, it comes as soon as its passage has, and a state is the sound that is still
needed. (soxr's own stream gives the same whatever the pieces are, too, but 37 to 116 ms late instead of 6 to 13, since
it works in the blocks of its Fourier transforms; and it is no value: it can be taken up again only where one of these
begins, at 44.1 kHz every 5 s.) From sound that is resampled in one piece this departs by rounding, below 5e-7.

S samples at the source's rate, N samples at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.rate import RateState

LEAST_RATE, MOST_RATE = 1000, 1_000_000
"""The sample rates that sound may have [Hz]."""
BLOCK = 320
_REACH = 100
"""How far soxr's filter reaches to either side, in samples of the lower of the two rates."""
_AT_ONCE = 256
"""Passages that go through one filter together."""


@dataclass(frozen=True)
class Resampling:
    """Sound at `source` samples a second -> sound at 16 kHz. At equal rates nothing is changed and nothing waits."""

    source: int

    def init_state(self) -> RateState:
        """The state before any sample."""
        return RateState(np.zeros(0, np.float32), 0, 0)

    def step(self, samples: np.ndarray, state: RateState) -> tuple[np.ndarray, RateState]:
        """The sound (N,) that samples (S,), which come next, settle, and the state after them."""
        if self.source == SAMPLE_RATE:
            through = state.sent + len(samples)
            return np.asarray(samples, np.float32), RateState(state.frames, through, through)
        kept = np.concatenate([state.frames, np.asarray(samples, np.float32)])
        state = RateState(kept, state.first, state.sent)
        ready = range(state.sent // BLOCK, self._settled(state.known))
        found = self._blocks(ready, state)
        after = max(self._begin(ready.stop), state.first)
        kept = kept[after - state.first :].copy()
        return found, RateState(kept, after, max(state.sent, ready.stop * BLOCK))

    def finish(self, state: RateState) -> np.ndarray:
        """The sound (N,) still owed when no more will come, so that in all there is as much as `length` says."""
        total = self.length(state.known)
        if total <= state.sent:
            return np.zeros(0, np.float32)
        owed = range(state.sent // BLOCK, -(-total // BLOCK))
        return self._blocks(owed, state)[: total - state.sent]

    def passage(self, start: int, stop: int) -> range:
        """Which samples of the source the sound from `start` up to `stop` is made of; some may lie after its end."""
        if self.source == SAMPLE_RATE:
            return range(start, stop)
        return range(self._begin(start // BLOCK), self._end(max(stop - 1, start) // BLOCK))

    def between(self, samples: np.ndarray, start: int, stop: int) -> np.ndarray:
        """The sound (N,) from `start` up to `stop` of a recording, of whose samples (S,) those of `passage` are given,
        as far as there are any."""
        passage = self.passage(start, stop)
        if self.source == SAMPLE_RATE:
            return np.asarray(samples, np.float32)
        state = RateState(np.asarray(samples, np.float32), passage.start, 0)
        last = min(stop, self.length(state.known))
        blocks = range(start // BLOCK, -(-last // BLOCK))
        return self._blocks(blocks, state)[start % BLOCK :][: max(last - start, 0)]

    def length(self, samples: int) -> int:
        """How many samples at 16 kHz so many are, to the nearest."""
        return (2 * samples * SAMPLE_RATE + self.source) // (2 * self.source)

    @property
    def reach(self) -> int:
        """How much must have come after the end of a block for it to be made [samples at 16 kHz, rounded up]."""
        return 0 if self.source == SAMPLE_RATE else -(-(self._beside + 1) * SAMPLE_RATE // self.source)

    @property
    def _beside(self) -> int:
        """How much of the source is taken on either side of a block."""
        return -(-_REACH * max(self.source, SAMPLE_RATE) // SAMPLE_RATE)

    @property
    def _unit(self) -> int:
        """Every so many samples of the source one of them is at the time of a sample at 16 kHz."""
        return self.source // int(np.gcd(self.source, SAMPLE_RATE))

    def _begin(self, block: int) -> int:
        """The first sample of the passage of a block."""
        return max(block * BLOCK * self.source // SAMPLE_RATE - self._beside, 0) // self._unit * self._unit

    def _end(self, block: int) -> int:
        return -(-(block + 1) * BLOCK * self.source // SAMPLE_RATE) + self._beside

    def _settled(self, known: int) -> int:
        """How many blocks have their whole passage in so many samples."""
        blocks = max((known - self._beside) * SAMPLE_RATE // (self.source * BLOCK), 0)
        return blocks if self._end(blocks) > known else blocks + 1

    def _blocks(self, blocks: range, state: RateState) -> np.ndarray:
        """The sound (N,) of whole blocks, each of as much of its passage as has come."""
        found = np.zeros((len(blocks), BLOCK), np.float32)
        alike: dict[_Form, list[int]] = {}
        for number, block in enumerate(blocks):
            begin = self._begin(block)
            into = block * BLOCK - begin * SAMPLE_RATE // self.source
            alike.setdefault(_Form(min(self._end(block), state.known) - begin, into), []).append(number)
        for form, numbers in alike.items():
            for some in (numbers[n : n + _AT_ONCE] for n in range(0, len(numbers), _AT_ONCE)):
                begins = [self._begin(blocks[number]) - state.first for number in some]
                passages = np.stack([state.frames[begin : begin + form.length] for begin in begins], axis=1)
                sound = soxr.resample(passages, self.source, SAMPLE_RATE)[form.into :][:BLOCK]
                found[some, : len(sound)] = sound.T
        return found.reshape(-1)


@dataclass(frozen=True)
class _Form:
    """How long a passage is [source samples], and how much of its sound at 16 kHz lies before the block."""

    length: int
    into: int


def resampling(source: float) -> Resampling:
    """The conversion of a sample rate [Hz]. Raises `VisavisError` unless it is a whole number of 1 kHz to 1 MHz."""
    if isinstance(source, bool) or not isinstance(source, (int, float, np.number)) or not float(source).is_integer():
        raise VisavisError(f"a sample rate is a whole number of Hz, {source!r:.40} was given; as 48000")
    if not LEAST_RATE <= source <= MOST_RATE:
        raise VisavisError(f"a sample rate of {source} Hz is none; possible are {LEAST_RATE:,} to {MOST_RATE:,} Hz")
    return Resampling(int(source))


def at_16_khz(sound: np.ndarray, source: float) -> np.ndarray:
    """A whole recording (S,) at 16 kHz (N,) float32. Raises `VisavisError` for what is no sample rate."""
    conversion = resampling(source)
    found, state = conversion.step(sound, conversion.init_state())
    return np.concatenate([found, conversion.finish(state)])
