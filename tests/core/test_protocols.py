from __future__ import annotations

import dataclasses

import pytest
import torch

from visavis.core.protocols import Chunk


def test_a_chunk_is_a_value_and_unseen_motion_is_none_not_zeros() -> None:
    sound = torch.zeros(1, 640)
    chunk = Chunk(sound, sound)
    assert chunk.user_motion is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        chunk.user_speech = torch.ones(1, 640)  # type: ignore[misc]
