"""The one clock: 25 motion frames and 16 000 sound samples a second, counted in integers."""

from __future__ import annotations

from visavis.core.errors import VisavisError

FPS = 25
SAMPLE_RATE = 16_000
SAMPLES_PER_FRAME = SAMPLE_RATE // FPS
LEAST_FPS, MOST_FPS = 1, 1000
"""The frame rates that motion may have [1/s]."""
LONGEST_S = 1_000_000
"""Times in files go up to here [s]: eleven days."""


def frames_in(samples: int) -> int:
    """Whole frames covered by `samples` sound samples."""
    return samples // SAMPLES_PER_FRAME


def samples_in(frames: int) -> int:
    """Sound samples that belong to `frames` frames."""
    return frames * SAMPLES_PER_FRAME


def frames_of(seconds: float) -> int:
    """The nearest whole number of frames to a duration in seconds (for reading options and files)."""
    return round(seconds * FPS)


def require_rate(fps: float) -> float:
    """A frame rate itself; raises `VisavisError` where it is none that motion may have."""
    if not LEAST_FPS <= fps <= MOST_FPS:
        possible = f"possible are {LEAST_FPS} to {MOST_FPS:,} fps"
        raise VisavisError(f"a frame rate of {fps!s:.12} is none, {possible}; 25, 30 and 60 are usual")
    return fps
