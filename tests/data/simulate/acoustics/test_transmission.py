from __future__ import annotations

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, decibels, lag, tone
from visavis.core.clock import SAMPLE_RATE
from visavis.data.shipped import shipped_conversation
from visavis.data.simulate.acoustics.transmission import Mp3, Opus, Telephone, Transmission

LINES: list[Transmission] = [
    *(Opus(kbps) for kbps in (8.0, 12.0, 16.0, 32.0)),
    *(Mp3(kbps) for kbps in (16.0, 24.0, 32.0, 48.0, 64.0)),
    *(Telephone(law) for law in ("ULAW", "ALAW", "PCM_16")),  # type: ignore[arg-type]
]
every_line = pytest.mark.parametrize("line", LINES, ids=str)


@every_line
def test_what_arrives_is_where_it_was_to_a_millisecond(line: Transmission) -> None:
    voice = shipped_conversation().user_speech[: 6 * SAMPLE_RATE]
    arrived = line.applied(voice)
    assert len(arrived) == len(voice)
    assert abs(lag(voice, arrived)) <= SAMPLE_RATE // 1000
    agreement = np.corrcoef(voice, arrived)[0, 1]
    assert 0.6 < agreement < 0.99999


@every_line
def test_pauses_are_not_sent(line: Transmission) -> None:
    voice = babbled(8)
    arrived = line.applied(voice)
    quiet = np.convolve(voice != 0, np.ones(SAMPLE_RATE), "same") == 0
    assert quiet.any()
    assert not arrived[quiet].any()
    assert not line.applied(np.zeros(SAMPLE_RATE, dtype=np.float32)).any()
    np.testing.assert_array_equal(arrived, line.applied(voice))


@every_line
@pytest.mark.parametrize("length", [0, 1, 300, 5000])
def test_short_sounds_arrive_as_long_as_they_were(line: Transmission, length: int) -> None:
    arrived = line.applied(0.3 * tone(500)[1 : length + 1])
    assert arrived.shape == (length,)
    assert np.isfinite(arrived).all()


@pytest.mark.parametrize(
    ("hertz", "low", "high"),
    [(100, -90, -25), (500, -1, 0.5), (2000, -1, 0.5), (3200, -3, 0.5), (3950, -90, -12), (6000, -90, -50)],
)
def test_a_telephone_passes_its_band(hertz: float, low: float, high: float) -> None:
    heard = Telephone("PCM_16").applied(0.5 * tone(hertz))[2000:-2000]
    assert low < decibels(heard) - decibels(0.5 * tone(hertz)) < high


@pytest.mark.parametrize("law", ["ULAW", "ALAW"])
def test_companding_keeps_38_decibels_at_any_level(law: str) -> None:
    """G.711: quantised in proportion to the signal, so that noise is about 38 dB below it, loud or faint."""
    for level in (0.5, 0.05):
        voice = level * tone(740)
        noise = Telephone(law).applied(voice) - Telephone("PCM_16").applied(voice)  # type: ignore[arg-type]
        assert decibels(voice) - decibels(noise[1000:-1000]) == pytest.approx(38, abs=4)


@pytest.mark.parametrize(("worse", "better"), [(Opus(8.0), Opus(32.0)), (Mp3(16.0), Mp3(64.0))])
def test_more_bits_lose_less(worse: Transmission, better: Transmission) -> None:
    voice = babbled(5)
    lost = [decibels(line.applied(voice) - voice) for line in (worse, better)]
    assert lost[1] < lost[0] - 3
