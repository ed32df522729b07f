from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.data.media import pyav, read_media_sound
from visavis.data.sound import read_sound, read_span, sound_length, write_sound


def tone(seconds: float = 1.0, rate: int = 48_000) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write_media(path: Path, sound: np.ndarray, rate: int = 48_000) -> Path:
    """AAC in a container; its encoder delays by some samples and fills the last packet."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("ending", [".m4a", ".mp4", ".mkv"])
def test_a_voice_in_a_container_is_heard_as_in_a_wav(tmp_path: Path, ending: str) -> None:
    path = write_media(tmp_path / f"voice{ending}", tone())
    heard, true = read_sound(path), tone(1.0, 16_000)
    assert len(heard) == sound_length(path) == pytest.approx(16_000, abs=16_000 * 1100 / 48_000)
    middle = slice(4_000, 12_000)
    spectra = [np.abs(np.fft.rfft(sound[middle])) for sound in (heard, true)]
    assert np.argmax(spectra[0]) == np.argmax(spectra[1])
    assert spectra[0].max() == pytest.approx(spectra[1].max(), rel=0.05)
    np.testing.assert_array_equal(read_span(path, 3_000, 500), heard[3_000:3_500])
    np.testing.assert_array_equal(read_span(path, 9_001, 641), heard[9_001:9_642])


def test_what_holds_no_sound_is_no_sound(tmp_path: Path) -> None:
    pytest.importorskip("av")
    (tmp_path / "a.m4a").write_bytes(b"no container")
    assert read_media_sound(tmp_path / "a.m4a") is None
    with pytest.raises(BrokenFile, match=r"a\.m4a: cannot be read as sound; use a whole \.wav file$"):
        read_sound(tmp_path / "a.m4a")


def test_a_track_of_no_known_codec_is_no_sound(tmp_path: Path) -> None:
    pytest.importorskip("av")
    write_sound(tone(0.1), tmp_path / "a.wav")
    damaged = bytearray((tmp_path / "a.wav").read_bytes())
    damaged[20:22] = b"\xfe\x7f"
    (tmp_path / "a.wav").write_bytes(damaged)
    assert read_media_sound(tmp_path / "a.wav") is None
    with pytest.raises(BrokenFile, match=r"a\.wav: cannot be read as sound"):
        read_sound(tmp_path / "a.wav")


def test_a_playlist_opens_nothing_else(tmp_path: Path) -> None:
    write_media(tmp_path / "other.m4a", tone())
    listed = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.m4a\n#EXT-X-ENDLIST\n"
    for text in (listed, "ffconcat version 1.0\nfile other.m4a\n"):
        (tmp_path / "list.m4a").write_text(text)
        assert read_media_sound(tmp_path / "list.m4a") is None


def test_without_pyav_it_is_said_what_reads_media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.m4a").write_bytes(b"something")
    monkeypatch.setattr("visavis.data.sound.has_pyav", lambda: False)
    with pytest.raises(BrokenFile, match=r"\.m4a and \.mp4 are read where PyAV is: pip install 'visavis\[view\]'"):
        read_sound(tmp_path / "a.m4a")
    write_sound(tone(0.1, 16_000), tmp_path / "a.wav")
    assert len(read_sound(tmp_path / "a.wav")) == 1_600
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(VisavisError, match=r"writing a film needs av; install it with: pip install 'visavis\[view\]'"):
        pyav("writing a film")
