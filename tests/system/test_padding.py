"""Inputs of several recordings, padded only where a step looks at them."""

from __future__ import annotations

import numpy as np
import torch

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec
from visavis.system.generate import padded_input
from visavis.system.padding import PaddedInput
from visavis.system.request import Request


def test_after_its_end_a_voice_is_silent_and_the_last_frame_of_all_else_is_held() -> None:
    voices = PaddedInput(InputSpec("mix", "speech"), (torch.ones(samples_in(5)), torch.full((samples_in(2),), 2.0)))
    heard = voices.between(1, 4)
    assert heard.shape == (2, samples_in(3))
    assert heard[0].unique().tolist() == [1.0]
    assert heard[1, : samples_in(1)].unique().tolist() == [2.0]
    assert heard[1, samples_in(1) :].unique().tolist() == [0.0]
    numbers = PaddedInput(InputSpec("masks", "signal", width=1), (torch.tensor([[1.0], [2.0], [3.0]]),))
    assert numbers.between(2, 5).flatten().tolist() == [3.0, 3.0, 3.0]
    assert numbers.between(4, 6).flatten().tolist() == [3.0, 3.0]
    assert numbers.between(0, 2).flatten().tolist() == [1.0, 2.0]


def test_the_sound_of_a_recording_is_not_copied() -> None:
    system = make("toy of pairs")
    spec = system.interface.of_kind("speech")[0]
    sound = np.zeros(samples_in(50), np.float32)
    request = Request({spec.name: sound}, seed=0)
    held = padded_input(system, spec, [request], [50])
    assert held is not None
    assert np.shares_memory(held.values[0].numpy(), sound)
