from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.wire.sound_device import PortAudio


class Stream:
    def __init__(
        self, callback: Callable[..., None], device: str | None, samplerate: float = 44_100.0, **_: Any
    ) -> None:
        if device == "nowhere":
            raise ValueError("No input device matching 'nowhere'")
        self.callback, self.samplerate, self.did = callback, samplerate, list[str]()

    def start(self) -> None:
        self.did.append("start")

    def close(self, ignore_errors: bool) -> None:
        self.did.append(f"close {ignore_errors}")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Stream]:
    """A sounddevice whose streams can be looked at."""
    found: list[Stream] = []

    def stream(**asked: Any) -> Stream:
        assert (asked.pop("channels"), asked.pop("dtype"), asked.pop("latency")) == (1, "float32", "low")
        found.append(Stream(**asked))
        return found[-1]

    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(InputStream=stream, OutputStream=stream))
    return found


def test_what_a_microphone_hears_is_a_copy_at_its_own_rate(opened: list[Stream]) -> None:
    heard: list[np.ndarray] = []
    microphone = PortAudio().microphone(None, heard.append)
    data = np.array([[0.25], [0.5]], dtype=np.float32)
    opened[0].callback(data, 2, None, None)
    data[:] = 0
    assert heard[0].tolist() == [0.25, 0.5]
    assert microphone.rate == 44_100
    microphone.start()
    microphone.close()
    assert opened[0].did == ["start", "close True"]


def test_a_loudspeaker_says_what_it_is_given(opened: list[Stream]) -> None:
    speaker = PortAudio().speaker("front", 24_000, lambda count: np.arange(count, dtype=np.float32))
    data = np.zeros((3, 1), dtype=np.float32)
    opened[0].callback(data, 3, None, None)
    assert (data[:, 0].tolist(), speaker.rate) == ([0, 1, 2], 24_000)


@pytest.mark.usefixtures("opened")
def test_devices_that_are_not_there_are_told_in_a_line() -> None:
    with pytest.raises(VisavisError, match="cannot open the microphone nowhere: No input device matching") as caught:
        PortAudio().microphone("nowhere", lambda _: None)
    assert "\n" not in str(caught.value)
    with pytest.raises(VisavisError, match="cannot open the loudspeaker nowhere"):
        PortAudio().speaker("nowhere", 16_000, np.zeros)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(VisavisError, match=r"hearing a microphone needs sounddevice; .* 'visavis\[live\]'"):
        PortAudio().microphone(None, lambda _: None)
    with pytest.raises(VisavisError, match=r"`--speaker none` does without"):
        PortAudio().speaker(None, 16_000, np.zeros)
