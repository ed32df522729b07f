from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled, decibels, lag, tone
from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import speech_level
from visavis.data.simulate.acoustics.chain import CLEAN, Echo, Microphone, RecordingChain, draw_recording, recorded
from visavis.data.simulate.acoustics.dynamics import AutomaticGain, Clipping, Drift, Gate
from visavis.data.simulate.acoustics.noises import Babble, Background, Coloured, Keys
from visavis.data.simulate.acoustics.rooms import Room
from visavis.data.simulate.acoustics.transmission import Mp3, Opus, Telephone

VOICE, PARTNER = babbled(12, 1), babbled(12, 2)
NOBODY = np.zeros_like(VOICE)
PLAIN = RecordingChain(-6.0, 0)
DRAWN = [draw_recording(np.random.default_rng(seed)) for seed in range(600)]


def far(reach_s: float) -> np.ndarray:
    """Where the voice is silent for `reach_s` on both sides."""
    return np.convolve(VOICE != 0, np.ones(2 * round(reach_s * SAMPLE_RATE) + 1), "same") == 0


@pytest.mark.parametrize("seed", range(40))
def test_any_recording_is_in_time_finite_and_below_full_scale(seed: int) -> None:
    recording = draw_recording(np.random.default_rng(seed))
    heard = recorded(VOICE, PARTNER, recording)
    assert heard.shape == VOICE.shape
    assert heard.dtype == np.float32
    assert np.abs(heard).max() <= np.float32(0.98)
    quiet = replace(recording, backgrounds=(), echo=None)
    assert abs(lag(VOICE, recorded(VOICE, PARTNER, quiet))) <= SAMPLE_RATE // 1000


def test_the_same_recording_is_the_same_bytes_and_another_seed_is_not() -> None:
    noisy = RecordingChain(-6.0, 1, Microphone(-2.0), Room(0.3, 5.0), None, (Background(Coloured(-3), 20),), Drift(2.0))
    first, again, other = (recorded(VOICE, PARTNER, r) for r in (noisy, noisy, replace(noisy, seed=2)))
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)
    assert draw_recording(np.random.default_rng(3)) == draw_recording(np.random.default_rng(3)) != DRAWN[4]


@pytest.mark.parametrize("peak_db", [-35.0, -12.0, -1.0])
def test_the_level_is_as_drawn(peak_db: float) -> None:
    everything = RecordingChain(
        *(peak_db, 0, Microphone(-3.0), Room(0.5, 3.0), Echo(25, 0.05), (Background(Coloured(-3), 20),)),
        *(Drift(2.0), Clipping(4.0, soft=True), AutomaticGain(0.1, 1.0)),
    )
    for recording in (RecordingChain(peak_db, 0), everything):
        peak = np.abs(recorded(VOICE, PARTNER, recording)).max()
        assert 20 * np.log10(peak) == pytest.approx(peak_db, abs=1e-3)


@pytest.mark.parametrize("snr_db", [15.0, 40.0])
@pytest.mark.parametrize("room", [None, Room(0.4, 4.0)])
def test_the_noise_is_as_far_below_the_voice_as_drawn(snr_db: float, room: Room | None) -> None:
    noisy = recorded(VOICE, PARTNER, replace(PLAIN, room=room, backgrounds=(Background(Coloured(-3), snr_db),)))
    clean = recorded(VOICE, PARTNER, replace(PLAIN, room=room))
    gain = np.dot(noisy, clean) / np.dot(clean, clean)
    assert speech_level(gain * clean) - decibels(noisy - gain * clean) == pytest.approx(snr_db, abs=0.3)


def test_silence_stays_exactly_silent_where_nothing_sounds() -> None:
    coloured = RecordingChain(-6.0, 0, Microphone(-2.0, 2000.0, 4.0, 100.0, 6000.0), drift=Drift(2.0))
    overdriven = replace(coloured, clipping=Clipping(6.0, soft=False), gain=AutomaticGain(0.1, 1.0))
    for recording in (PLAIN, coloured, overdriven, replace(coloured, line=Telephone())):
        heard = recorded(VOICE, PARTNER, recording)
        assert not heard[far(0.3 if recording.line else 0.04)].any()
    noisy = replace(coloured, room=Room(0.6, 0.0), backgrounds=(Background(Coloured(0), 15),))
    assert np.mean(recorded(VOICE, PARTNER, noisy) == 0) < 0.01
    gated = replace(noisy, gate=Gate(np.inf, 0.2))
    for recording in (gated, replace(gated, line=Opus(16.0)), replace(gated, line=Mp3(32.0))):
        heard = recorded(VOICE, PARTNER, recording)
        assert not heard[far(0.6 if recording.line else 0.25)].any()
        assert heard[VOICE != 0].any()
    assert far(0.6).any()


def test_the_partner_is_heard_late_and_faint() -> None:
    echoing = replace(PLAIN, echo=Echo(30.0, 0.05))
    leak = recorded(VOICE, PARTNER, echoing) - recorded(VOICE, PARTNER, PLAIN)
    late = round(0.05 * SAMPLE_RATE)
    assert speech_level(leak) - speech_level(recorded(VOICE, PARTNER, PLAIN)) == pytest.approx(-30, abs=0.2)
    assert lag(PARTNER, leak) == late
    assert not leak[:late].any()
    np.testing.assert_array_equal(recorded(VOICE, NOBODY, echoing), recorded(VOICE, NOBODY, PLAIN))


def test_who_never_speaks_still_has_a_room() -> None:
    noisy = replace(PLAIN, backgrounds=(Background(Coloured(0), 20.0),), echo=Echo(30.0, 0.05))
    assert decibels(recorded(NOBODY, NOBODY, noisy)) == pytest.approx(-6 - 15 - 20, abs=0.1)
    assert speech_level(recorded(NOBODY, PARTNER, replace(noisy, backgrounds=()))) == pytest.approx(-51, abs=0.1)
    assert not recorded(NOBODY, NOBODY, PLAIN).any()


@pytest.mark.parametrize(("hertz", "wanted"), [(500, 2.0), (4000, -4.0), (3000, -2 * np.log2(3) + 4)])
def test_the_microphone_colours_as_drawn(hertz: float, wanted: float) -> None:
    microphone = Microphone(tilt_db=-2.0, bump_hz=3000.0, bump_db=4.0 if hertz == 3000 else 0.0)
    heard = recorded(
        np.concatenate([tone(1000), tone(hertz)]), np.zeros(2 * SAMPLE_RATE), replace(PLAIN, microphone=microphone)
    )
    first, second = heard[2000 : SAMPLE_RATE - 2000], heard[SAMPLE_RATE + 2000 : -2000]
    assert decibels(second) - decibels(first) == pytest.approx(wanted, abs=0.3)


def test_the_mixture_is_as_stated() -> None:
    def share(of: list[bool]) -> float:
        return float(np.mean(of))

    def clean(recording: RecordingChain) -> bool:
        return recording == RecordingChain(recording.peak_db, recording.seed, recording.microphone)

    dirty = [recording for recording in DRAWN if not clean(recording)]
    assert share([clean(r) for r in DRAWN]) == pytest.approx(CLEAN, abs=0.06)
    for found, stated in (
        ([r.room is not None for r in dirty], 0.6),
        ([r.echo is not None for r in dirty], 0.3),
        ([len(r.backgrounds) == 0 for r in dirty], 0.15),
        ([len(r.backgrounds) == 2 for r in dirty], 0.35),
        ([r.drift is not None for r in dirty], 0.4),
        ([r.clipping is not None for r in dirty], 0.12),
        ([r.gain is not None for r in dirty], 0.3),
        ([r.gate is not None for r in dirty], 0.3),
        ([r.gate == replace(r.gate, depth_db=np.inf) for r in dirty if r.gate], 0.5),
        ([isinstance(r.line, Telephone) for r in dirty], 0.1),
        ([isinstance(r.line, Mp3) for r in dirty], 0.08),
        ([isinstance(r.line, Opus) for r in dirty], 0.06),
    ):
        assert share(found) == pytest.approx(stated, abs=max(0.05, stated * 0.25))
    assert all(-35 <= r.peak_db <= -1 for r in DRAWN)
    backgrounds = [background for r in DRAWN for background in r.backgrounds]
    assert {type(b.noise).__name__ for b in backgrounds} == {"Coloured", "Hum", "Fan", "Keys", "Babble"}
    assert all(15 <= b.snr_db <= (40 if isinstance(b.noise, Babble | Keys) else 60) for b in backgrounds)
    assert all(0.1 <= r.room.rt60_s <= 0.7 for r in DRAWN if r.room)
