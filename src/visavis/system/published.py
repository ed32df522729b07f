"""Published checkpoints as systems: the weights, and around them what they were trained with."""

from __future__ import annotations

from pathlib import Path

from visavis.core.errors import VisavisError
from visavis.system.config import SystemConfig
from visavis.system.official import fill, read_official, require_speech_width
from visavis.system.system import System

_ASTRAY = (ValueError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError, RuntimeError)
"""What reading sizes off shapes leads to that are none of a published model's."""


def load_published(path: Path, speech_encoder: str | None = None) -> System:
    """A published checkpoint, such as TIMAR.pth or DualTalk.pth, as a system.

    speech_encoder: the wav2vec 2.0 that it hears with, a hub name or a folder (None: the hub's of fitting width).
    DualTalk brings its own; there it is a folder whose config.json tells sizes that the weights do not.
    Raises `VisavisError` for anything else than such a checkpoint, and for a speech encoder that does not fit.
    """
    checkpoint = read_official(path)
    try:
        made = checkpoint.format.read(checkpoint.content, path, speech_encoder)
    except _ASTRAY as error:
        if isinstance(error, VisavisError):
            raise
        raise VisavisError(
            f"{path} has weights of shapes that no published model has ({error}); download it again"
        ) from error
    system = System(SystemConfig(path.stem, made.space, made.speech, made.model, sampling=made.sampling))
    if made.speech_width is not None:
        require_speech_width(made.speech_width, system.encoder.width)
    channels = len(made.weights["motion_mean"])
    if channels != system.space.width:
        raise VisavisError(
            f"{path} speaks {channels} channels; published models speak {made.space}, {system.space.width}"
        )
    fill(system.model, made.weights, str(path))
    return system.eval()
