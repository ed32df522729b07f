from __future__ import annotations

import numpy as np
import pytest

from visavis.data.simulate import espeak
from visavis.data.simulate.voices import ACCENTS, OOD_ACCENTS, OOD_VARIANTS, VARIANTS, draw_voice


def test_every_voice_speaks_and_none_is_another_in_disguise() -> None:
    names = [f"en-us+{variant}" for variant in (*VARIANTS, *OOD_VARIANTS)]
    names += [f"{accent}+f2" for accent in (*ACCENTS, *OOD_ACCENTS)]
    spoken = espeak.speak([espeak.Request("what a lovely purple boat", name, 170, 50, 50) for name in names])
    sounds = {name: sound.pcm for name, sound in zip(names, spoken, strict=True)}
    assert len(set(sounds.values())) == len(sounds)


def test_ood_voices_are_never_heard_in_train() -> None:
    def drawn(split: str) -> set[str]:
        rng = np.random.default_rng(3)
        return {draw_voice(rng, split).name for _ in range(500)}  # type: ignore[arg-type]

    known = drawn("train") | drawn("test")
    accents, variants = zip(*(name.split("+") for name in known), strict=True)
    for name in drawn("ood"):
        accent, variant = name.split("+")
        assert accent not in accents
        assert variant not in variants


def test_the_populations_share_nobody() -> None:
    assert not set(ACCENTS) & set(OOD_ACCENTS)
    assert not set(VARIANTS) & set(OOD_VARIANTS)
    for names in (ACCENTS, VARIANTS, OOD_VARIANTS):
        assert len(set(names)) == len(names)


def test_voices_stand_out_from_their_rooms() -> None:
    rng = np.random.default_rng(0)
    voices = [draw_voice(rng, "train") for _ in range(400)]
    assert all(-20 <= voice.peak_db <= -3 for voice in voices)
    assert all(voice.noise_db <= min(voice.peak_db - 32, -45) for voice in voices)
    assert all(150 <= voice.rate < 196 and voice.pitch <= 99 and voice.range <= 99 for voice in voices)
    bleeding = [voice.bleed_db for voice in voices if np.isfinite(voice.bleed_db)]
    assert len(bleeding) / 400 == pytest.approx(0.5, abs=0.08)
    assert max(bleeding) <= -38


def test_the_same_generator_draws_the_same_voice() -> None:
    first, again, other = (draw_voice(np.random.default_rng(seed), "test") for seed in (5, 5, 6))
    assert first == again != other
