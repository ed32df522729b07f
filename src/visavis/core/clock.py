"""The one clock: 25 motion frames and 16 000 sound samples a second, counted in integers."""

from __future__ import annotations

FPS = 25
SAMPLE_RATE = 16_000
SAMPLES_PER_FRAME = SAMPLE_RATE // FPS


def frames_in(samples: int) -> int:
    """Whole frames covered by `samples` sound samples."""
    return samples // SAMPLES_PER_FRAME


def samples_in(frames: int) -> int:
    """Sound samples that belong to `frames` frames."""
    return frames * SAMPLES_PER_FRAME


def frames_of(seconds: float) -> int:
    """The nearest whole number of frames to a duration in seconds (for reading options and files)."""
    return round(seconds * FPS)
