import numpy as np

from visavis.analysis.listening import listening_mask, only_while, widened
from visavis.encode.activity import detect_voice


def test_short_utterances_leave_a_person_listening() -> None:
    sound = np.zeros(16000 * 10, dtype=np.float32)
    voice = np.random.default_rng(1).normal(size=16000 * 3).astype(np.float32) * 0.1
    sound[16000:24000] = voice[:8000]
    sound[64000:112000] = voice
    listening = listening_mask(detect_voice(sound), 250)
    assert listening[:98].all()
    assert not listening[105:170].any()
    assert listening[185:].all()


def test_a_stretch_is_widened_on_both_sides() -> None:
    active = np.isin(np.arange(12), (0, 6))
    assert np.flatnonzero(widened(active, 2)).tolist() == [0, 1, 2, 4, 5, 6, 7, 8]
    assert np.array_equal(widened(active, 0), active)
    assert widened(np.zeros(0, dtype=bool), 3).shape == (0,)


def test_a_stretch_can_be_widened_further_on_one_side() -> None:
    active = np.isin(np.arange(12), (0, 6))
    assert np.flatnonzero(widened(active, 3, 1)).tolist() == [0, 1, 3, 4, 5, 6, 7]
    assert np.flatnonzero(widened(active, 0, 2)).tolist() == [0, 1, 2, 6, 7, 8]


def test_onsets_outside_the_mask_are_left_out() -> None:
    mask = np.arange(10) >= 5
    assert only_while([2, 5, 9, 10], mask) == [5, 9]
    assert only_while([2, 5, 9, 10], None) == [2, 5, 9, 10]
