"""Wav as bytes: whole to be sent, and read piece by piece as it comes. S samples."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.resampling import LEAST_RATE
from visavis.wire.agents.agent import Sound

_MOST_HEADER = 65_536
_MOST_RATE = 192_000


@dataclass(frozen=True)
class _Form:
    """How the samples lie: numpy's name of a sample, how many voices, and the rate [Hz]."""

    sample: str
    channels: int
    rate: int

    @property
    def frame_bytes(self) -> int:
        return np.dtype(self.sample).itemsize * self.channels


_SAMPLES = {(1, 16): "<i2", (1, 32): "<i4", (3, 32): "<f4"}


def wav_bytes(sound: np.ndarray) -> bytes:
    """Sound (S,) float32 at 16 kHz as a wav of 16 bits."""
    samples: bytes = np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


class WavReading:
    """A wav that comes piece by piece, whose length its header may not know. Several voices become one."""

    def __init__(self) -> None:
        self._bytes = b""
        self._form: _Form | None = None
        self._left = 0

    def add(self, data: bytes) -> Sound | None:
        """More of it; gives the sound that is there now. Raises `VisavisError` for what is no wav that is read."""
        self._bytes += data
        if self._form is None and not self._begun():
            return None
        assert self._form is not None
        count = min(len(self._bytes), self._left) // self._form.frame_bytes
        size = count * self._form.frame_bytes
        taken, self._bytes = self._bytes[:size], self._bytes[size:]
        self._left -= size
        return Sound(_samples(taken, self._form), self._form.rate) if count else None

    def _begun(self) -> bool:
        """Reads the header, once all of it is there."""
        head = self._bytes
        if head[:4] != b"RIFF"[: len(head)] or head[8:12] != b"WAVE"[: max(len(head) - 8, 0)]:
            raise VisavisError("what came is no wav")
        at, form = 12, None
        while len(head) >= at + 8:
            name, size = head[at : at + 4], struct.unpack_from("<I", head, at + 4)[0]
            if name == b"data":
                if form is None:
                    raise VisavisError("what came is a wav that does not tell its form")
                endless = size in (0, 0xFFFFFFFF)
                self._form, self._left, self._bytes = form, 2**62 if endless else size, head[at + 8 :]
                return True
            if name == b"fmt " and len(head) >= at + 24:
                form = _form(head, at + 8, size)
            at += 8 + size + size % 2
        if len(head) > _MOST_HEADER:
            raise VisavisError("what came is a wav without sound")
        return False


def _form(head: bytes, at: int, size: int) -> _Form:
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, at)
    if kind == 0xFFFE and size >= 26 and len(head) >= at + 26:
        (kind,) = struct.unpack_from("<H", head, at + 24)
    sample = _SAMPLES.get((kind, bits))
    if sample is None or not 1 <= channels <= 8 or not LEAST_RATE <= rate <= _MOST_RATE:
        raise VisavisError(f"what came is a wav of kind {kind}, {bits} bits, {channels} voices, {rate} Hz; 16 bits do")
    return _Form(sample, channels, rate)


def _samples(data: bytes, form: _Form) -> np.ndarray:
    values = np.frombuffer(data, form.sample).reshape(-1, form.channels)
    scale = 1.0 if values.dtype.kind == "f" else float(2 ** (8 * values.dtype.itemsize - 1))
    told = np.nan_to_num(values.mean(axis=1, dtype=np.float64) / scale, posinf=1, neginf=-1)
    return np.asarray(np.clip(told, -1, 1), np.float32)
