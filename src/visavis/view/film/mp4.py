"""Pictures and sound -> an .mp4 (H.264 and AAC)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.media import pyav

Progress = Callable[[int, int], None]
"""Told after each frame: frames done, frames in all."""

_CODECS = ("libx264", "libopenh264", "h264", "mpeg4")


def encode(
    path: Path,
    frames: int,
    picture: Callable[[int], np.ndarray],
    sound: np.ndarray,
    size: tuple[int, int],
    fps: int,
    progress: Progress | None = None,
) -> None:
    """Interleave `picture(frame)` (H, W, 3) uint8 and sound (2, S) at 16 kHz, frame by frame.

    `size` is (width, height) [pixels], even; `fps` [1/s] divides 16 000. The first sample belongs to the first
    picture. Raises `VisavisError` when PyAV is missing or was built without an encoder.
    """
    av = pyav("writing a film")
    samples = SAMPLE_RATE // fps
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video: Any = container.add_stream(_codec(av), rate=fps)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "veryfast", "crf": "19"} if video.codec.name == "libx264" else {}
        audio: Any = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo") if sound.size else None
        for frame, pixels in enumerate(_rendered_ahead(picture, frames)):
            shown = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            shown.pts = frame
            container.mux(video.encode(shown))
            if audio is not None:
                piece = np.ascontiguousarray(sound[:, samples * frame : samples * (frame + 1)])
                audio_frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                audio_frame.sample_rate, audio_frame.pts = SAMPLE_RATE, samples * frame
                container.mux(audio.encode(audio_frame))
            if progress is not None:
                progress(frame + 1, frames)
        for stream in (video, audio):
            if stream is not None:
                container.mux(stream.encode(None))


def _rendered_ahead(picture: Callable[[int], np.ndarray], frames: int) -> Iterator[np.ndarray]:
    """The pictures in order; each is drawn while the one before it is encoded."""
    with ThreadPoolExecutor(1) as painter:
        coming = painter.submit(picture, 0)
        for frame in range(1, frames + 1):
            done = coming.result()
            if frame < frames:
                coming = painter.submit(picture, frame)
            yield done


def _codec(av: Any) -> str:
    for name in _CODECS:
        if name in av.codecs_available:
            return name
    raise VisavisError(
        f"the installed PyAV can write none of {', '.join(_CODECS)}; install the wheel from PyPI: pip install av"
    )
