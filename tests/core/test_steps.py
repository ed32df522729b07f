from __future__ import annotations

import torch

from visavis.core.steps import Chunk, StepMotion


def test_a_chunk_names_its_inputs_and_unseen_motion_is_left_out_not_zeros() -> None:
    sound = torch.zeros(1, 640)
    chunk = Chunk(user_speech=sound, agent_speech=sound, user_motion=None)
    assert list(chunk.values) == ["user_speech", "agent_speech"]
    assert chunk["agent_speech"] is sound
    assert Chunk({"mix": sound}, known={"mix": torch.ones(1, 1)}).known.keys() == {"mix"}


def test_motion_without_labels_says_nothing_beside_it() -> None:
    assert StepMotion(torch.zeros(1, 2, 3, 4)).labels == {}
