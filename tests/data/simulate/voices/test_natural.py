from __future__ import annotations

import numpy as np
import pytest

from visavis.data.simulate.voices.natural import OOD_PEOPLE, OOD_STYLE, PEOPLE, hibari_voice, kokoro_person, person

pytest.importorskip("hibari", reason="the natural voices are not installed")


def test_ood_speakers_have_throats_that_training_never_hears() -> None:
    rng = np.random.default_rng(0)
    known = [hibari_voice(rng, False).formants for _ in range(200)]
    others = [hibari_voice(rng, True).formants for _ in range(200)]
    assert all(other <= min(known) or other >= max(known) for other in others)
    assert min(others) < 0.86 < 1.15 < max(others)


def test_long_throats_speak_low() -> None:
    rng = np.random.default_rng(0)
    voices = [hibari_voice(rng, False) for _ in range(200)]
    assert np.corrcoef([v.formants for v in voices], [v.pitch for v in voices])[0, 1] > 0.8


def test_people_are_always_the_same_and_none_is_another() -> None:
    everybody = [person(number) for number in range(PEOPLE + OOD_PEOPLE)]
    assert len({one.voice for one in everybody}) == len(everybody)
    person.cache_clear()
    assert person(3) == everybody[3]
    for one in everybody:
        assert sum(share for _, share in one.voice.styles) == pytest.approx(1, abs=1e-6 + 2e-3)
    styles = [{name for name, _ in one.voice.styles} for one in everybody]
    assert not any(OOD_STYLE in known for known in styles[:PEOPLE])
    assert all(OOD_STYLE in other for other in styles[PEOPLE:])
    rng = np.random.default_rng(0)
    drawn = {kokoro_person(rng, ood).voice for ood in (False, True) for _ in range(300)}
    assert drawn == {one.voice for one in everybody}
