"""Sound in media containers (.m4a, .mp4, .mov, .webm, ...). The one door to PyAV.

S samples, C channels.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Any

import numpy as np

from visavis.core.errors import missing_extra

_OPENED = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,matroska,mp3,aac,ogg,flac,wav,aiff,avi,asf,mpegts",
}
"""Files that hold sound themselves: not playlists, which name other files and addresses."""


def pyav(purpose: str) -> Any:
    """The module `av`; raises `VisavisError`, saying what to install for `purpose`, where it is missing."""
    try:
        import av
    except ImportError as error:
        raise missing_extra("av", "view", purpose) from error
    return av


def has_pyav() -> bool:
    """Whether `av` is installed."""
    return importlib.util.find_spec("av") is not None


def read_media_sound(path: str | os.PathLike[str]) -> tuple[np.ndarray, int] | None:
    """The first sound track of a container: (S, C) float32, and its rate [Hz].

    None for a file without a sound track, or that is no container. Needs PyAV (`has_pyav`).
    """
    av = pyav("reading sound of media files")
    try:
        with av.open(os.fspath(path), options=_OPENED) as container:
            if not container.streams.audio:
                return None
            stream = container.streams.audio[0]
            rate = int(getattr(stream, "rate", None) or 0)
            if not rate:  # damaged: the track names no codec that is known
                return None
            resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=rate)
            frames = [*container.decode(stream), None]
            pieces = [piece.to_ndarray() for frame in frames for piece in resampler.resample(frame)]
    except (av.FFmpegError, ValueError):
        return None
    return (np.concatenate(pieces, axis=1).T.astype(np.float32), rate) if pieces else None
