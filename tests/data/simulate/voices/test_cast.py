from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.simulate.voices.recorded import VOICES, record, said
from visavis.core.errors import VisavisError
from visavis.data.simulate.acoustics.chain import RecordingChain
from visavis.data.simulate.recording import PlainRecording
from visavis.data.simulate.text import GRAMMAR
from visavis.data.simulate.voices import espeak_script
from visavis.data.simulate.voices.cast import (
    ACCENTS,
    OOD_ACCENTS,
    OOD_VARIANTS,
    RECORDED_SHARE,
    SHARES,
    VARIANTS,
    Casting,
    Speaker,
    Split,
    draw_speaker,
)
from visavis.data.simulate.voices.espeak import EspeakVoice
from visavis.data.simulate.voices.flite import FliteVoice
from visavis.data.simulate.voices.hibari import HibariVoice
from visavis.data.simulate.voices.kokoro import KokoroVoice
from visavis.data.simulate.voices.recorded import RecordedVoice
from visavis.data.simulate.voices.recorded_folder import RecordedFolder


def espeak_voice(speaker: Speaker) -> EspeakVoice:
    assert isinstance(speaker.voice, EspeakVoice)
    return speaker.voice


def test_every_voice_speaks_and_none_is_another_in_disguise() -> None:
    names = [f"en-us+{variant}" for variant in (*VARIANTS, *OOD_VARIANTS)]
    names += [f"{accent}+f2" for accent in (*ACCENTS, *OOD_ACCENTS)]
    spoken = espeak_script.speak(
        [espeak_script.Request("what a lovely purple boat", name, 170, 50, 50) for name in names]
    )
    sounds = {name: sound.pcm for name, sound in zip(names, spoken, strict=True)}
    assert len(set(sounds.values())) == len(sounds)


def test_ood_voices_are_never_heard_in_train() -> None:
    def drawn(split: Split) -> set[str]:
        rng = np.random.default_rng(3)
        return {espeak_voice(draw_speaker(rng, split)).name for _ in range(500)}

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
    speakers = [draw_speaker(rng, "train") for _ in range(400)]
    voices = [espeak_voice(speaker) for speaker in speakers]
    recordings = [speaker.recording for speaker in speakers if isinstance(speaker.recording, PlainRecording)]
    assert len(recordings) == 400
    assert all(-20 <= recording.peak_db <= -3 for recording in recordings)
    assert all(recording.noise_db <= min(recording.peak_db - 32, -45) for recording in recordings)
    assert all(150 <= voice.rate < 196 and voice.pitch <= 99 and voice.range <= 99 for voice in voices)
    bleeding = [recording.bleed_db for recording in recordings if np.isfinite(recording.bleed_db)]
    assert len(bleeding) / 400 == pytest.approx(0.5, abs=0.08)
    assert max(bleeding) <= -38


def test_the_same_generator_draws_the_same_voice() -> None:
    first, again, other = (draw_speaker(np.random.default_rng(seed), "test") for seed in (5, 5, 6))
    assert first == again != other


def test_mixed_voices_are_of_every_kind_in_recordings_of_every_kind() -> None:
    pytest.importorskip("hibari", reason="the natural voices are not installed")
    rng = np.random.default_rng(0)
    for voices, kinds in (("mixed", (EspeakVoice, HibariVoice, KokoroVoice)), ("natural", (HibariVoice, KokoroVoice))):
        speakers = [draw_speaker(rng, "train", Casting(voices)) for _ in range(500)]  # type: ignore[arg-type]
        shares = [np.mean([isinstance(speaker.voice, kind) for speaker in speakers]) for kind in kinds]
        assert shares == pytest.approx(list(SHARES[voices].values()), abs=0.07)
        assert all(isinstance(speaker.recording, RecordingChain) for speaker in speakers)


def test_the_natural_split_is_spoken_by_strangers() -> None:
    rng = np.random.default_rng(0)
    for casting in (Casting(), Casting("espeak")):
        voices = [draw_speaker(rng, "natural", casting).voice for _ in range(40)]
        assert all(isinstance(voice, FliteVoice) for voice in voices)
        assert len(set(voices)) == 4


def test_everybody_says_the_lines_of_a_file(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("Purple maps amaze people.")
    rng = np.random.default_rng(0)
    told, usual = (draw_speaker(rng, "train", Casting(text=text)).script for text in (lines, None))
    assert told.phrase(rng, 6, 0, 0, 0).words == ("Purple", "maps", "amaze", "people")
    assert usual is GRAMMAR


def test_recorded_people_take_part(tmp_path: Path) -> None:
    for i, voice in enumerate(VOICES):
        record(tmp_path / f"s{i}", "one", said(voice, 2))
    folder = RecordedFolder(tmp_path)
    rng = np.random.default_rng(0)
    drawn = {
        split: [draw_speaker(rng, split, Casting("espeak", recordings=folder)).voice for _ in range(300)]
        for split in ("train", "ood", "natural")
    }
    names = {split: {v.name for v in voices if isinstance(v, RecordedVoice)} for split, voices in drawn.items()}
    assert names == {"train": {"s0", "s1", "s2", "s3", "s5"}, "ood": {"s4"}, "natural": set()}
    for split in ("train", "ood"):
        shares = [np.mean([isinstance(voice, kind) for voice in drawn[split]]) for kind in (RecordedVoice, EspeakVoice)]
        assert shares == pytest.approx([RECORDED_SHARE, 1 - RECORDED_SHARE], abs=0.08)
    alone = [draw_speaker(rng, "test", Casting("recorded", recordings=folder)) for _ in range(20)]
    assert all(isinstance(speaker.voice, RecordedVoice) for speaker in alone)
    assert all(isinstance(speaker.recording, RecordingChain) for speaker in alone)


def test_who_is_not_there_cannot_take_part(tmp_path: Path) -> None:
    record(tmp_path / "anna", "one", said(VOICES[0], 2))
    folder = RecordedFolder(tmp_path)
    rng = np.random.default_rng(0)
    beside = [draw_speaker(rng, "ood", Casting("espeak", recordings=folder)).voice for _ in range(20)]
    assert all(isinstance(voice, EspeakVoice) for voice in beside)
    with pytest.raises(VisavisError, match="holds fewer than 5 people, so that nobody is kept for the split ood"):
        draw_speaker(rng, "ood", Casting("recorded", recordings=folder))
    with pytest.raises(VisavisError, match="give --recordings DIR"):
        Casting("recorded")
    with pytest.raises(VisavisError, match="give --recordings or --text, not both"):
        Casting("espeak", tmp_path / "lines.txt", recordings=folder)


def test_unknown_kinds_of_voices_are_refused() -> None:
    with pytest.raises(VisavisError, match="unknown kind of voices 'mixd'; did you mean 'mixed'"):
        Casting("mixd")  # type: ignore[arg-type]
