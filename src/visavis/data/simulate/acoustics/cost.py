"""What each stage of a recording costs: `python -m visavis.data.simulate.acoustics.cost` prints the docs' table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.shipped import shipped_conversation
from visavis.data.simulate.acoustics.chain import Echo, Microphone, RecordingChain, draw_recording, recorded
from visavis.data.simulate.acoustics.dynamics import AutomaticGain, Clipping, Drift, Gate
from visavis.data.simulate.acoustics.filters import shaped
from visavis.data.simulate.acoustics.noises import Babble, Background, Coloured, Fan, Hum, Keys
from visavis.data.simulate.acoustics.resampling import resampled
from visavis.data.simulate.acoustics.rooms import Room
from visavis.data.simulate.acoustics.transmission import Mp3, Opus, Telephone

_REPEATS = 3
_DRAWS = 200


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds that a stage takes for a minute of one voice."""

    stage: str
    per_minute_ms: float


def costs(voice: np.ndarray, partner: np.ndarray, draws: int = _DRAWS) -> list[Cost]:
    """Of every stage, and the mean and the largest of `draws` whole recordings; both voices (S,) of equal length."""
    rng = np.random.default_rng(0)
    stages: dict[str, Callable[[], object]] = {
        "resampled": lambda: resampled(voice, 1.07),
        "microphone": lambda: shaped(Microphone(-2, 2000, 3, 100, 5000).decibels).applied(voice),
        "microphone and room of 0.7 s": lambda: recorded(voice, partner, RecordingChain(-3, 0, room=Room(0.7, 3))),
        "echo": lambda: Echo(30, 0.1).signal(partner, -20),
        **{
            type(noise).__name__.lower(): lambda noise=noise: Background(noise, 20).behind(-20, rng, partner)  # type: ignore[misc]
            for noise in (Coloured(-3), Hum(50), Fan(300, 9), Keys(3), Babble(7))
        },
        "drift": lambda: Drift(2).applied(voice, rng),
        "automatic gain": lambda: AutomaticGain(0.1, 1).applied(voice),
        "clipping": lambda: Clipping(6, soft=True).applied(voice),
        "gate": lambda: Gate(np.inf, 0.2).applied(voice, voice),
        "telephone": lambda: Telephone().applied(voice),
        "mp3": lambda: Mp3(32).applied(voice),
        "opus": lambda: Opus(16).applied(voice),
    }
    minutes = len(voice) / SAMPLE_RATE / 60
    found = [Cost(name, min(_taken_ms(stage) for _ in range(_REPEATS)) / minutes) for name, stage in stages.items()]
    recordings = [draw_recording(np.random.default_rng(seed)) for seed in range(draws)]
    whole = [_taken_ms(lambda r=r: recorded(voice, partner, r)) / minutes for r in recordings]  # type: ignore[misc]
    return [*found, Cost("a recording, mean", float(np.mean(whole))), Cost("a recording, largest", max(whole))]


def _taken_ms(stage: Callable[[], object]) -> float:
    began = time.process_time()
    stage()
    return (time.process_time() - began) * 1000


def _minutes_of_talk() -> tuple[np.ndarray, np.ndarray]:
    """A minute of each voice of the shipped conversation."""
    inputs = shipped_conversation()
    first, second = (np.resize(voice, 60 * SAMPLE_RATE) for voice in (inputs.user_speech, inputs.agent_speech))
    return first, second


if __name__ == "__main__":
    for cost in costs(*_minutes_of_talk()):
        print(f"{cost.stage:32} {cost.per_minute_ms:8.1f} ms")
