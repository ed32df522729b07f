from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.data.sound import read_sound, read_span, read_tracks, require_whole_wav, sound_length, write_sound


def tone(rate: int, seconds: float = 1.0, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_any_rate_and_format_becomes_the_same_tone(tmp_path: Path, rate: int, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate), rate, subtype=subtype)
    sound = read_sound(tmp_path / "a.wav")
    assert sound.dtype == np.float32
    assert len(sound) == 16000 == sound_length(tmp_path / "a.wav")
    inner = slice(800, -800)
    np.testing.assert_allclose(sound[inner], tone(16000)[inner], atol=2e-3)


def test_channels_are_mixed_by_their_mean(tmp_path: Path) -> None:
    left, right = tone(16000), tone(16000, hertz=100)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 16000, subtype="FLOAT")
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav"), (left + right) / 2, atol=1e-6)
    np.testing.assert_allclose(read_span(tmp_path / "a.wav", 7, 100), ((left + right) / 2)[7:107], atol=1e-6)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_tracks_are_the_channels_apart(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([tone(rate), tone(rate, hertz=100)], axis=1), rate, subtype="FLOAT")
    for track, hertz in zip(read_tracks(tmp_path / "a.wav"), (440, 100), strict=True):
        np.testing.assert_allclose(track[400:-400], tone(16000, hertz=hertz)[400:-400], atol=2e-3)
    soundfile.write(tmp_path / "b.wav", tone(rate), rate)
    assert len(read_tracks(tmp_path / "b.wav")) == 1


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("start", [0, 1601, 40_007, 46_720])
def test_a_span_is_that_part_of_the_whole_to_the_bit(tmp_path: Path, rate: int, start: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * rate)
    soundfile.write(tmp_path / "a.wav", noise, rate, subtype="FLOAT")
    whole = read_sound(tmp_path / "a.wav")[start : start + 1280]
    np.testing.assert_array_equal(read_span(tmp_path / "a.wav", start, 1280), whole)
    with pytest.raises(BrokenFile, match="is too short"):
        read_span(tmp_path / "a.wav", 47_000, 1280)
    with pytest.raises(BrokenFile, match="is too short"):
        read_span(tmp_path / "a.wav", 470_000, 1280)


@pytest.mark.parametrize(("start", "count"), [(-1, 10), (15990, 20), (20000, 1)])
def test_a_span_beyond_the_sound_is_refused(tmp_path: Path, start: int, count: int) -> None:
    write_sound(tone(16000), tmp_path / "a.wav")
    with pytest.raises(BrokenFile, match=r"a\.wav: is too short"):
        read_span(tmp_path / "a.wav", start, count)


def test_written_sound_reads_back_exactly_and_has_the_same_bytes(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).normal(size=5001).astype(np.float32)
    write_sound(sound, tmp_path / "a.wav")
    write_sound(sound, tmp_path / "b.wav")
    np.testing.assert_array_equal(read_sound(tmp_path / "a.wav"), sound)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    require_whole_wav(tmp_path / "a.wav")
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.samplerate, info.channels, info.subtype, info.frames) == (16000, 1, "FLOAT", 5001)


def test_unusable_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("not a sound at all")
    soundfile.write(tmp_path / "silent.wav", np.zeros(0), 16000)
    soundfile.write(tmp_path / "nan.wav", np.array([0.0, np.nan, 0.0]), 16000, subtype="FLOAT")
    for name, reason in {
        "missing.wav": "no such file",
        "empty.wav": "0 bytes",
        "text.wav": "cannot be read",
        "silent.wav": "the sound is empty",
        "nan.wav": "sample 1 is NaN",
    }.items():
        with pytest.raises(BrokenFile, match=rf"{name}: .*{reason}"):
            read_sound(tmp_path / name)
    with pytest.raises(BrokenFile, match="is a folder"):
        read_sound(tmp_path)


def test_a_copy_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    write_sound(tone(16000), tmp_path / "a.wav")
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:30000])
    with pytest.raises(BrokenFile, match="cut short"):
        require_whole_wav(tmp_path / "a.wav")
    for read in (read_sound, sound_length, lambda path: read_span(path, 0, 100)):
        with pytest.raises(BrokenFile, match="cut short: 29992 of 64050 bytes are there"):
            read(tmp_path / "a.wav")


@pytest.mark.parametrize("rate", [1, 999, 1_000_001])
def test_rates_that_no_recording_has_are_refused(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(16000), rate)
    for read in (read_sound, sound_length, lambda path: read_span(path, 0, 100)):
        with pytest.raises(BrokenFile, match=f"is stored at {rate} Hz; rates from 1,000 to 1,000,000 Hz are read"):
            read(tmp_path / "a.wav")


def test_a_part_that_is_longer_than_its_file_is_noticed(tmp_path: Path) -> None:
    write_sound(tone(16000), tmp_path / "a.wav")
    whole = bytearray((tmp_path / "a.wav").read_bytes())
    at = whole.index(b"data") + 4
    whole[at : at + 4] = (2_000_000).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(whole)
    with pytest.raises(BrokenFile, match="cut short: 64000 of 2000000 bytes are there"):
        read_sound(tmp_path / "a.wav")
    for unknown in (b"\xff" * 4, b"\0" * 4):
        whole[at : at + 4] = whole[4:8] = unknown
        (tmp_path / "a.wav").write_bytes(whole)
        require_whole_wav(tmp_path / "a.wav")


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="not mono"):
        write_sound(np.zeros((2, 100)), tmp_path / "a.wav")
    with pytest.raises(VisavisError, match=r"\.wav only"):
        write_sound(np.zeros(100), tmp_path / "a.mp3")
    with pytest.raises(VisavisError, match="NaN"):
        write_sound(np.array([0.0, np.nan]), tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []
