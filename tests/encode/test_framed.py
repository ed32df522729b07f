from __future__ import annotations

import torch

from visavis.core.clock import SAMPLES_PER_FRAME, samples_in
from visavis.encode.framed import FramedConfig, FramedEncoder
from visavis.encode.normalise import normalise_recording


def test_sound_is_cut_into_frames_and_nothing_else() -> None:
    encoder = FramedEncoder(FramedConfig(frames_per_turn=5))
    sound = torch.randn(2, samples_in(10), generator=torch.Generator().manual_seed(0))
    features, state = encoder.encode(sound, encoder.init_state(2))
    assert features.shape == (2, 10, encoder.width) == (2, 10, SAMPLES_PER_FRAME)
    assert torch.equal(features.flatten(1), sound)
    assert torch.equal(state.turns, encoder.init_state(2).turns)


def test_whole_recordings_are_normalised_beforehand_and_live_sound_as_it_comes() -> None:
    sound = 0.1 * torch.randn(samples_in(10), generator=torch.Generator().manual_seed(0))
    published, live = (FramedEncoder(FramedConfig(5, mode)) for mode in ("recording", "running"))
    assert torch.equal(published.prepared(sound), normalise_recording(sound))
    assert torch.equal(live.prepared(sound), sound)
    heard, state = live.encode(sound[None], live.init_state(1))
    first, middle = live.encode(sound[None, : samples_in(5)], live.init_state(1))
    second, _ = live.encode(sound[None, samples_in(5) :], middle)
    assert torch.equal(torch.cat([first, second], 1), heard)
    assert state.turns.tolist() == [3.0]
