"""Microphones and loudspeakers by PortAudio (the package sounddevice). S samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from visavis.core.errors import VisavisError, missing_extra

Hear = Callable[[np.ndarray], None]
"""Takes what was heard, (S,) float32; called in a thread of the device's."""
Say = Callable[[int], np.ndarray]
"""Gives the next so many samples (S,) float32; called in a thread of the device's."""


class SoundStream(Protocol):
    """A device that is open."""

    @property
    def rate(self) -> int:
        """Its sample rate [Hz]."""
        ...

    def start(self) -> None:
        """From now on it hears or says."""
        ...

    def close(self) -> None:
        """Stops it and lets go of the device; may be called again."""
        ...


class SoundDevices(Protocol):
    """What a machine hears and says with."""

    def microphone(self, name: str | None, hear: Hear) -> SoundStream:
        """Opens a microphone at its usual rate; None: the system's."""
        ...

    def speaker(self, name: str | None, rate: int, say: Say) -> SoundStream:
        """Opens a loudspeaker at a sample rate [Hz]; None: the system's."""
        ...


class PortAudio:
    """The devices of this machine. A name may be a part of one; `python -m sounddevice` lists them.

    Raises `VisavisError` where sounddevice or PortAudio is missing, and for devices that cannot be opened.
    """

    def microphone(self, name: str | None, hear: Hear) -> SoundStream:
        """Opens a microphone, mono, at its usual rate."""

        def heard(data: np.ndarray, *_: Any) -> None:
            hear(data[:, 0].copy())

        device = _sounddevice("hearing a microphone")
        return _Stream("the microphone", name, lambda: device.InputStream(**_asked(name), callback=heard))

    def speaker(self, name: str | None, rate: int, say: Say) -> SoundStream:
        """Opens a loudspeaker, mono, at a sample rate."""

        def said(data: np.ndarray, count: int, *_: Any) -> None:
            data[:, 0] = say(count)

        device = _sounddevice("playing a voice (`--speaker none` does without)")
        asked = {**_asked(name), "samplerate": rate}
        return _Stream("the loudspeaker", name, lambda: device.OutputStream(**asked, callback=said))


class _Stream:
    """A stream of sounddevice's."""

    def __init__(self, what: str, name: str | None, opened: Callable[[], Any]) -> None:
        try:
            self._stream = opened()
        except Exception as error:  # sounddevice raises ValueError, its own PortAudioError and what ALSA raises
            told = " ".join(str(error).split())
            raise VisavisError(
                f"cannot open {what} {name or 'of the system'}: {told}; python -m sounddevice lists what there is"
            ) from error

    @property
    def rate(self) -> int:
        rate: int = round(self._stream.samplerate)
        return rate

    def start(self) -> None:
        self._stream.start()

    def close(self) -> None:
        self._stream.close(ignore_errors=True)


def _asked(name: str | None) -> dict[str, Any]:
    """What a device is asked for: one channel of floats, as soon as it can without gaps."""
    return {"device": name, "channels": 1, "dtype": "float32", "latency": "low"}


def _sounddevice(purpose: str) -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise missing_extra("sounddevice", "live", purpose) from error
    except OSError as error:
        raise VisavisError(
            f"{purpose} needs PortAudio, which this machine lacks; install it, on Debian and Ubuntu with: "
            "apt install libportaudio2"
        ) from error
    return sounddevice
