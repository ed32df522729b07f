from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from tests.wire.agents.stand_in import hum
from visavis.core.errors import VisavisError
from visavis.wire.agents.wav import WavReading, wav_bytes


def read(data: bytes, size: int) -> Iterator[tuple[np.ndarray, int]]:
    reading = WavReading()
    for start in range(0, len(data), size):
        sound = reading.add(data[start : start + size])
        if sound is not None:
            yield sound.samples, sound.rate


def whole(data: bytes, size: int = 100) -> np.ndarray:
    return np.concatenate([samples for samples, _ in read(data, size)])


def test_what_is_written_is_a_wav_that_others_read() -> None:
    sound = hum(0.3)
    told, rate = soundfile.read(io.BytesIO(wav_bytes(sound)))
    assert rate == 16_000
    np.testing.assert_allclose(told, sound, atol=2**-15)


@pytest.mark.parametrize("size", [1, 7, 44, 5000])
def test_it_is_read_however_it_is_cut(size: int) -> None:
    sound = hum(0.05)
    np.testing.assert_allclose(whole(wav_bytes(sound), size), sound, atol=1e-4)


@pytest.mark.parametrize("form", ["PCM_16", "PCM_32", "FLOAT"])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
def test_other_forms_are_read_and_several_voices_become_one(form: str, kind: str) -> None:
    sound, file = hum(0.1), io.BytesIO()
    soundfile.write(file, np.stack([sound, np.zeros_like(sound)], 1), 44_100, format=kind, subtype=form)
    told = whole(file.getvalue())
    np.testing.assert_allclose(told, sound / 2, atol=1e-4)
    assert next(read(file.getvalue(), 5000))[1] == 44_100


def test_a_header_that_does_not_know_the_length_is_believed_and_others_are_kept_to() -> None:
    data = wav_bytes(hum(0.1))
    endless = data[:40] + struct.pack("<I", 0xFFFFFFFF) + data[44:]
    assert len(whole(endless)) == 1600
    assert len(whole(data + b"LIST" + bytes(100))) == 1600


@pytest.mark.parametrize(
    "data",
    [
        b"<html>not found</html>",
        b"RIFX",
        b"RIFF\0\0\0\0AVI LIST",
        b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 85, 1, 16_000, 0, 2, 16) + bytes(4),
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 1, 0, 0, 2, 16) + bytes(4),
        b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f" + bytes(70_000),
    ],
)
def test_what_is_no_wav_that_can_be_read_is_told(data: bytes) -> None:
    with pytest.raises(VisavisError, match="what came is"):
        list(read(data, 5000))
