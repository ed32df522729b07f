from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.simulate.acoustics.voice import babbled
from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import speech_level
from visavis.data.simulate.acoustics.chain import RecordingChain
from visavis.data.simulate.acoustics.noises import Background, Coloured
from visavis.data.simulate.acoustics.one_track import CALLS, OneTrack, draw_one_track
from visavis.data.simulate.acoustics.rooms import Room

FIRST, SECOND = babbled(12, 1), babbled(12, 2)
HALF = len(FIRST) // 2
IN_TURN = np.where(np.arange(len(FIRST)) < HALF, FIRST, 0), np.where(np.arange(len(FIRST)) < HALF, 0, SECOND)
PLAIN = OneTrack((RecordingChain(-6.0, 0),), 0.0, 0)
NOISY = OneTrack((RecordingChain(-6.0, 1, room=Room(0.3, 5.0), backgrounds=(Background(Coloured(-3), 20),)),), 0.0, 1)
CALL = OneTrack((RecordingChain(-35.0, 2), RecordingChain(-3.0, 3)), 0.0, 2)
TRACKS = {"plain": PLAIN, "noisy": NOISY, "call": CALL}


def power_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.square(sound, dtype=np.float64).mean() + 1e-20))


@pytest.mark.parametrize("seed", range(20))
def test_any_track_is_finite_and_below_full_scale(seed: int) -> None:
    first, second = draw_one_track(np.random.default_rng(seed)).tracks((FIRST, SECOND))
    assert first.shape == second.shape == FIRST.shape
    assert first.dtype == second.dtype == np.float32
    assert np.abs(first + second).max() <= 0.98 + 1e-6
    assert first.any()
    assert second.any()


def apart(track: OneTrack) -> float:
    """How much louder the first is than the second."""
    both = np.add(*track.tracks(IN_TURN))
    return speech_level(both[:HALF]) - speech_level(both[HALF:])


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("louder_db", [-4.0, 4.0])
def test_the_first_is_as_much_louder_as_drawn(name: str, louder_db: float) -> None:
    alike = TRACKS[name]
    assert apart(replace(alike, louder_db=louder_db)) - apart(alike) == pytest.approx(louder_db, abs=1.0)


@pytest.mark.parametrize("name", ["plain", "call"])
def test_both_are_alike_however_loud_each_ones_own_microphone(name: str) -> None:
    assert apart(TRACKS[name]) == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("name", TRACKS)
def test_everybody_is_heard_in_their_own_track(name: str) -> None:
    first, second = TRACKS[name].tracks(IN_TURN)
    assert power_db(first[:HALF]) - power_db(second[:HALF]) > 15
    assert power_db(second[HALF:]) - power_db(first[HALF:]) > 15


def test_two_who_speak_at_once_are_told_apart() -> None:
    first, second = PLAIN.tracks((FIRST, SECOND))
    for track, voice, other in ((first, FIRST, SECOND), (second, SECOND, FIRST)):
        assert np.corrcoef(track, voice)[0, 1] > np.corrcoef(track, other)[0, 1] + 0.5


def test_noise_is_everybodys() -> None:
    """In a pause both tracks hold as much of it."""
    quiet = tuple(np.where(np.arange(len(FIRST)) < HALF, voice, 0) for voice in (FIRST, SECOND))
    first, second = NOISY.tracks((quiet[0], quiet[1]))
    pause = slice(HALF + SAMPLE_RATE, None)
    assert power_db(first[pause]) == pytest.approx(power_db(second[pause]), abs=0.5)
    assert power_db(first[pause]) > -90


def test_the_same_track_is_the_same_bytes_and_somebody_silent_may_be_in_it() -> None:
    again, same = NOISY.tracks((FIRST, SECOND)), NOISY.tracks((FIRST, SECOND))
    assert again[0].tobytes() == same[0].tobytes()
    for track in TRACKS.values():
        first, second = track.tracks((FIRST, np.zeros_like(FIRST)))
        assert np.isfinite(first).all()
        assert power_db(first) - power_db(second) > 15


def test_a_share_are_calls_in_which_nobody_is_heard_while_silent() -> None:
    drawn = [draw_one_track(np.random.default_rng(seed)) for seed in range(400)]
    calls = [track for track in drawn if len(track.recordings) == 2]
    assert all(one.gate is not None for call in calls for one in call.recordings)
    for call in calls[:10]:
        first, second = replace(call, louder_db=0.0).tracks(IN_TURN)
        assert power_db(first[: HALF - SAMPLE_RATE]) - power_db(second[SAMPLE_RATE : HALF - SAMPLE_RATE]) > 10
    assert np.mean([len(track.recordings) == 2 for track in drawn]) == pytest.approx(CALLS, abs=0.07)
    assert draw_one_track(np.random.default_rng(3)) == drawn[3] != drawn[4]
