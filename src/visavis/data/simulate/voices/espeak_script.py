"""The one door to espeak-ng: sound, phonemes and words of many phrases in one pass, in a fresh process.

espeak-ng carries state from phrase to phrase, so the same request gives other bytes later in the life of a process,
and breathy voices draw noise from a generator seeded with the time of day. This file is therefore also a small script
(standard library only) that seeds the generator, speaks one batch of requests and ends.
"""

from __future__ import annotations

import ctypes
import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_RETRIEVAL, _PHONEME_EVENTS, _DONT_EXIT = 1, 1, 0x8000
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_HEADROOM = 60
_SEED = 1
_UTF8, _SSML, _PHONEMES_IN_TEXT = 1, 0x10, 0x100
_WORD, _PHONEME = 1, 7


@dataclass(frozen=True)
class Request:
    """One phrase to speak: SSML `text`, an espeak `voice` such as `en-us+f2`, words a minute, pitch and range 0-99."""

    text: str
    voice: str
    rate: int
    pitch: int
    range: int


@dataclass(frozen=True)
class Mark:
    """A phoneme or word of a spoken phrase; it starts at `start_ms`. A word is `text[position:position + length]`."""

    kind: str
    name: str
    start_ms: int
    position: int
    length: int


@dataclass(frozen=True, eq=False)
class Spoken:
    """What one request gave: 16-bit little-endian mono samples at `sample_rate` and marks in time order."""

    pcm: bytes
    sample_rate: int
    marks: tuple[Mark, ...]


def speak(requests: Sequence[Request]) -> list[Spoken]:
    """Speak the requests one after another in a fresh process, so that the same list gives the same bytes.

    Raises `VisavisError` when espeakng-loader is missing or a voice is unknown to espeak-ng.
    """
    from visavis.core.errors import VisavisError, missing_extra

    try:
        import espeakng_loader
    except ImportError:
        raise missing_extra("espeakng-loader", "simulate", "the simulated conversation") from None
    command = [
        sys.executable,
        *("-I", "-S", __file__),
        str(espeakng_loader.get_library_path()),
        str(espeakng_loader.get_data_path()),
    ]
    batch = json.dumps([asdict(request) for request in requests]).encode()
    done = subprocess.run(command, input=batch, capture_output=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise VisavisError(f"espeak-ng could not speak {len(requests)} phrases: {reason[-1]}")
    return _unpack(done.stdout)


def _unpack(data: bytes) -> list[Spoken]:
    spoken: list[Spoken] = []
    at = 0
    while at < len(data):
        rate, sound, marks = struct.unpack_from("<III", data, at)
        at += 12
        pcm = data[at : at + sound]
        at += sound
        spoken.append(Spoken(pcm, rate, tuple(Mark(*mark) for mark in json.loads(data[at : at + marks]))))
        at += marks
    return spoken


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


def _speak_batch(library_path: str, data_path: str) -> None:
    library = ctypes.CDLL(library_path)
    rate = library.espeak_Initialize(_RETRIEVAL, 0, data_path.encode(), _PHONEME_EVENTS | _DONT_EXIT)
    if rate <= 0:
        raise SystemExit(f"no voice data in {data_path}")
    library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
    sound = bytearray()
    marks: list[tuple[str, str, int, int, int]] = []
    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))

    def on_synthesised(wave: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if count > 0:
            sound.extend(ctypes.string_at(wave, 2 * count))
        i = 0
        while events[i].type:
            event = events[i]
            if event.type == _PHONEME:
                marks.append(("phoneme", event.name.decode(errors="replace"), event.ms, 0, 0))
            elif event.type == _WORD:
                marks.append(("word", "", event.ms, event.position - 1, event.length))
            i += 1
        return 0

    callback = callback_type(on_synthesised)
    library.espeak_SetSynthCallback(callback)
    for request in json.load(sys.stdin):
        sound.clear()
        marks.clear()
        if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
            raise SystemExit(f"unknown voice {request['voice']!r}")
        library.espeak_SetParameter(_VOLUME, _HEADROOM, 0)
        for parameter, value in ((_RATE, "rate"), (_PITCH, "pitch"), (_RANGE, "range")):
            library.espeak_SetParameter(parameter, request[value], 0)
        text = request["text"].encode()
        flags = _UTF8 | _SSML | _PHONEMES_IN_TEXT
        library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, flags, None, None)
        library.espeak_Synchronize()
        encoded = json.dumps(marks).encode()
        sys.stdout.buffer.write(struct.pack("<III", rate, len(sound), len(encoded)) + bytes(sound) + encoded)


if __name__ == "__main__":
    _speak_batch(sys.argv[1], sys.argv[2])
