from __future__ import annotations

import numpy as np
import pytest
import soxr

from visavis.core.errors import VisavisError
from visavis.core.rate import RateState
from visavis.core.resampling import at_16_khz, resampling

RATES = [1000, 8000, 11025, 16000, 16001, 22050, 24000, 32000, 44100, 48000, 96000, 192000]


def noise(rate: int, seconds: float = 0.7) -> np.ndarray:
    return np.random.default_rng(rate).normal(0, 0.1, round(rate * seconds)).astype(np.float32)


def in_pieces(sound: np.ndarray, rate: int, ends: list[int]) -> np.ndarray:
    conversion = resampling(rate)
    state, found, start = conversion.init_state(), [], 0
    for end in [*ends, len(sound)]:
        more, state = conversion.step(sound[start:end], state)
        found.append(more)
        start = end
    return np.concatenate([*found, conversion.finish(state)])


@pytest.mark.parametrize("rate", RATES)
def test_however_sound_is_cut_it_is_the_whole_to_the_bit(rate: int) -> None:
    sound = noise(rate)
    whole = at_16_khz(sound, rate)
    draw = np.random.default_rng(1)
    for ends in (
        [1, 2, 3],
        list(range(rate // 100, len(sound), rate // 100)),
        sorted(draw.integers(0, len(sound), 40)),
    ):
        np.testing.assert_array_equal(in_pieces(sound, rate, [int(end) for end in ends]), whole)


@pytest.mark.parametrize("rate", RATES)
def test_it_is_what_soxr_makes_of_it_in_one_piece(rate: int) -> None:
    sound = noise(rate)
    expected = soxr.resample(sound, rate, 16_000)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(at_16_khz(sound, rate), expected, atol=5e-7)


def test_a_state_can_be_gone_on_from_twice() -> None:
    sound, conversion = noise(48_000), resampling(48_000)
    first, state = conversion.step(sound[:20_000], conversion.init_state())
    for _ in range(2):
        rest, after = conversion.step(sound[20_000:], state)
        again = np.concatenate([first, rest, conversion.finish(after)])
        np.testing.assert_array_equal(again, at_16_khz(sound, 48_000))
    assert len(state.frames) < 2_000


@pytest.mark.parametrize("rate", [8000, 24000, 44100, 48000])
def test_a_block_comes_as_soon_as_the_filter_has_what_it_reaches(rate: int) -> None:
    conversion = resampling(rate)
    sound, state, ready = noise(rate, 0.3), conversion.init_state(), {}
    for number in range(len(sound)):
        more, state = conversion.step(sound[number : number + 1], state)
        if len(more):
            ready[state.sent] = (number + 1) * 16_000 / rate
    assert list(ready) == list(range(320, 320 * (len(ready) + 1), 320))
    waits = [came - sent for sent, came in ready.items()]
    assert conversion.reach - 3 < max(waits) <= conversion.reach
    assert conversion.reach / 16 < (13 if rate == 8000 else 6.5)  # ms


@pytest.mark.parametrize("rate", RATES)
def test_as_much_comes_as_the_length_says(rate: int) -> None:
    conversion = resampling(rate)
    for count in (0, 1, 2, 3, 7, 37, 441, 999, 3000):
        found = at_16_khz(np.ones(count, np.float32), rate)
        assert len(found) == conversion.length(count) == pytest.approx(count * 16_000 / rate, abs=0.5)


@pytest.mark.parametrize("rate", RATES)
def test_a_part_of_a_recording_is_made_of_a_part(rate: int) -> None:
    sound, conversion = noise(rate), resampling(rate)
    whole = at_16_khz(sound, rate)
    for start, stop in ((0, 1), (319, 321), (1000, 9000), (len(whole) - 5, len(whole))):
        passage = conversion.passage(start, stop)
        assert len(passage) < rate * (stop - start + 1000) / 16_000 + rate
        part = conversion.between(sound[passage.start : passage.stop], start, stop)
        np.testing.assert_array_equal(part, whole[start:stop])


def test_a_day_of_sound_does_not_lose_its_place() -> None:
    conversion, sound, day = resampling(44_100), noise(44_100), 24 * 3600
    _, state = conversion.step(sound, conversion.init_state())
    far = RateState(state.frames, state.first + day * 44_100, state.sent + day * 16_000)
    found, after = conversion.step(sound, far)
    np.testing.assert_array_equal(found, conversion.step(sound, state)[0])
    assert after.sent == far.sent + len(found)


@pytest.mark.parametrize(
    "rate", [0, -48_000, 999, 1_000_001, 44_100.5, float("nan"), float("inf"), True, "48000", None]
)
def test_what_is_no_rate_is_refused(rate: object) -> None:
    with pytest.raises(VisavisError, match="a sample rate "):
        resampling(rate)  # type: ignore[arg-type]
