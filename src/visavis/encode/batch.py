"""Speech features of a batch of windows, as no gradient touches them.

Shapes: B windows, S samples, T frames, E features a frame.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from visavis.core.protocols import SpeechEncoder
from visavis.encode.phonetic import Disturbance, PhoneticEncoder


@torch.no_grad()
def encode_speech(
    encoder: SpeechEncoder[Any], user: Tensor, agent: Tensor, disturbance: Disturbance | None = None
) -> tuple[Tensor, Tensor]:
    """Features (B, T, E) of the user's and the agent's voice (B, S); a window counts as the whole recording.

    disturbance: of both voices (2 B), for a phonetic encoder.
    """
    features = encode_recording(encoder, torch.cat([user, agent]), disturbance)
    return features[: len(user)], features[len(user) :]


@torch.no_grad()
def encode_recording(encoder: SpeechEncoder[Any], sound: Tensor, disturbance: Disturbance | None = None) -> Tensor:
    """Features (B, T, E) of one recording (B, S); a window counts as the whole of it.

    disturbance: of its spectra (B), for a phonetic encoder.
    """
    state = encoder.init_state(len(sound))
    if disturbance is not None and isinstance(encoder, PhoneticEncoder):
        return encoder.encode(sound, state, disturbance)[0]
    return encoder.encode(encoder.prepared(sound), state)[0]
