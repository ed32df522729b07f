"""Sound files: any wav in, also .m4a and .mp4 where PyAV is; mono float32 at 16 kHz out. S = samples at 16 kHz."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.resampling import LEAST_RATE, MOST_RATE, at_16_khz, resampling
from visavis.data.broken import BrokenFile, require_file
from visavis.data.media import has_pyav, read_media_sound

_FLOAT_WAV = 3
_UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)


@dataclass(frozen=True, eq=False)
class Recording:
    """Mono sound (S,) float32 at a sample rate of its own [Hz]."""

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """The sound of a file at its own rate: channels mixed by their mean. Raises `BrokenFile` like `read_sound`."""
    with _opened(path) as file:
        mono = _mixed(_read(path, file, file.frames))
    return Recording(_require_sound(path, mono), int(file.samplerate))


def read_sound(path: str | os.PathLike[str]) -> np.ndarray:
    """The sound of a file as (S,) float32 at 16 kHz: channels mixed by their mean, other rates resampled.

    Raises `BrokenFile` when the file is missing, unreadable or empty, or holds NaN or infinite samples.
    """
    recording = read_recording(path)
    if recording.rate == SAMPLE_RATE:
        return recording.samples
    return _require_sound(path, at_16_khz(recording.samples, recording.rate))


def read_tracks(path: str | os.PathLike[str]) -> tuple[np.ndarray, ...]:
    """Every channel of a file as (S,) float32 at 16 kHz. Raises `BrokenFile` like `read_sound`."""
    with _opened(path) as file:
        channels, rate = _read(path, file, file.frames), int(file.samplerate)
    tracks = [_require_sound(path, np.ascontiguousarray(channel)) for channel in channels.T]
    return tuple(track if rate == SAMPLE_RATE else _require_sound(path, at_16_khz(track, rate)) for track in tracks)


def read_span(path: str | os.PathLike[str], start: int, count: int) -> np.ndarray:
    """The samples `start` to `start + count` of `read_sound(path)`, (count,) float32; little more of a file is read.

    Raises `BrokenFile` like `read_sound`, and where the span reaches beyond the sound.
    """
    with _opened(path) as file:
        conversion = resampling(file.samplerate)
        span = np.empty(0, dtype=np.float32)
        if start >= 0 and start + count <= conversion.length(file.frames):
            passage = conversion.passage(start, start + count)
            file.seek(passage.start)
            channels = _read(path, file, min(passage.stop, file.frames) - passage.start)
            span = conversion.between(_mixed(channels), start, start + count)
    if len(span) != count:
        raise BrokenFile(path, f"is too short for samples {start} to {start + count}", "copy or record it again")
    return _require_sound(path, span)


def write_sound(sound: np.ndarray, path: str | os.PathLike[str]) -> None:
    """Write (S,) sound at 16 kHz as a float32 `.wav`; the same sound always gives the same bytes.

    Raises `VisavisError` for sound that is not one-dimensional, is empty or not finite, and for other endings.
    """
    samples = np.ascontiguousarray(sound, dtype="<f4")
    if samples.ndim != 1:
        raise VisavisError(f"{path}: sound of shape {samples.shape} is not mono; give samples of shape (S,)")
    if Path(path).suffix.lower() != ".wav":
        raise VisavisError(f"{path}: sound is written as .wav only; choose a name ending in .wav")
    _require_sound(path, samples)
    with written_whole(path) as temporary:
        temporary.write_bytes(_wav_header(len(samples)) + samples.tobytes())


def sound_length(path: str | os.PathLike[str]) -> int:
    """Samples at 16 kHz that `read_sound` would give, told by the header alone."""
    with _opened(path) as file:
        return resampling(file.samplerate).length(int(file.frames))


def sound_rate(path: str | os.PathLike[str]) -> int:
    """The sample rate a file is stored at [Hz]."""
    with _opened(path) as file:
        return int(file.samplerate)


def require_whole_wav(path: str | os.PathLike[str]) -> None:
    """Raise `BrokenFile` when a `.wav` is shorter than its header promises (a copy that was cut short)."""
    place = require_file(path)
    with place.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or len(head) < 12:
            return
        there = place.stat().st_size
        _require_there(path, head[4:8], there - 8)
        while len(chunk := file.read(8)) == 8:
            _require_there(path, chunk[4:], there - file.tell())
            if chunk[:4] == b"data":
                return
            size = struct.unpack("<I", chunk[4:])[0]
            file.seek(size + size % 2, os.SEEK_CUR)


def _require_there(path: str | os.PathLike[str], told: bytes, actual: int) -> None:
    promised = struct.unpack("<I", told)[0]
    if promised not in _UNKNOWN_SIZES and promised > actual + 1:
        raise BrokenFile(path, f"is cut short: {actual} of {promised} bytes are there", "copy or record it again")


def _wav_header(samples: int) -> bytes:
    # Written by hand because libsndfile stamps float files with the time of day.
    size = samples * 4
    return (
        struct.pack("<4sI4s", b"RIFF", 50 + size, b"WAVE")
        + struct.pack("<4sIHHIIHHH", b"fmt ", 18, _FLOAT_WAV, 1, SAMPLE_RATE, SAMPLE_RATE * 4, 4, 32, 0)
        + struct.pack("<4sII", b"fact", 4, samples)
        + struct.pack("<4sI", b"data", size)
    )


def _opened(path: str | os.PathLike[str]) -> soundfile.SoundFile:
    require_whole_wav(path)
    file = _decoded(path)
    if not LEAST_RATE <= file.samplerate <= MOST_RATE:
        file.close()
        told = f"is stored at {file.samplerate} Hz; rates from {LEAST_RATE:,} to {MOST_RATE:,} Hz are read"
        raise BrokenFile(path, told, "resample it")
    return file


def _decoded(path: str | os.PathLike[str]) -> soundfile.SoundFile:
    try:
        return soundfile.SoundFile(path)
    except (soundfile.SoundFileError, TypeError) as error:
        decoded = read_media_sound(path) if has_pyav() else None
        if decoded is None:
            raise _unreadable(path) from error
    samples, rate = decoded
    whole = io.BytesIO()
    soundfile.write(whole, samples, rate, format="WAV", subtype="FLOAT")
    whole.seek(0)
    return soundfile.SoundFile(whole)


def _read(path: str | os.PathLike[str], file: soundfile.SoundFile, count: int) -> np.ndarray:
    try:
        channels: np.ndarray = file.read(count, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise _unreadable(path) from error
    return channels


def _mixed(channels: np.ndarray) -> np.ndarray:
    """The mean (S,) of channels (S, C); of one it is no copy."""
    return channels[:, 0] if channels.shape[1] == 1 else channels.mean(axis=1, dtype=np.float32)


def _unreadable(path: str | os.PathLike[str]) -> BrokenFile:
    advice = "use a whole .wav file"
    if not has_pyav():
        advice += "; .m4a and .mp4 are read where PyAV is: pip install 'visavis[view]'"
    return BrokenFile(path, "cannot be read as sound", advice)


def _require_sound(path: str | os.PathLike[str], sound: np.ndarray) -> np.ndarray:
    if len(sound) == 0:
        raise BrokenFile(path, "the sound is empty", "record it again or leave it out")
    if not np.isfinite(sound).all():
        bad = int(np.argmin(np.isfinite(sound)))
        raise BrokenFile(path, f"sample {bad} is NaN or infinite", "repair or leave out the recording")
    return sound
