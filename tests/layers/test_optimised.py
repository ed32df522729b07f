from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.encode.test_mel import steady_speech
from visavis.core.clock import samples_in
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.layers.optimised import Kind, alike, packed_linear, packed_mlp, packed_phonetic, replaced
from visavis.layers.packed import FloatLinear, HalfLinear, Int8Linear


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.second(nn.functional.gelu(self.first(x)))
        return made


def test_chosen_parts_are_replaced_and_the_rest_is_shared() -> None:
    torch.manual_seed(0)
    pair = Pair()
    other = replaced(pair, lambda part: packed_linear(FloatLinear, part) if part is pair.second else None)
    x = torch.randn(5, 3)
    torch.testing.assert_close(other(x), pair(x))
    assert isinstance(other.second, FloatLinear)
    assert other.first.weight is pair.first.weight
    assert isinstance(pair.second, nn.Linear)


def test_two_layers_become_one_product_after_another() -> None:
    torch.manual_seed(0)
    pair, x = Pair(), torch.randn(5, 3)
    torch.testing.assert_close(packed_mlp(pair.first, pair.second, FloatLinear)(x), pair(x))


def test_a_copy_takes_other_parts_without_touching_the_original() -> None:
    pair = Pair()
    other = alike(pair)
    other.first = nn.Linear(3, 4)
    assert other.first is not pair.first
    assert other.second is pair.second


@pytest.mark.parametrize(
    ("kind", "convolution", "kept", "most"),
    [
        (FloatLinear, FloatLinear, torch.float32, 1e-5),
        (HalfLinear, HalfLinear, torch.bfloat16, 0.02),
        (Int8Linear, HalfLinear, torch.bfloat16, 0.02),
    ],
)
def test_a_phonetic_encoder_is_packed_and_hears_nearly_the_same(
    kind: Kind, convolution: Kind, kept: torch.dtype, most: float
) -> None:
    torch.manual_seed(0)
    made = PhoneticEncoder(PhoneticConfig(width=32, dilations=(1, 2)))
    names = list(made.state_dict())
    other = packed_phonetic(made, kind)
    sound, state, parts = torch.cat([steady_speech(20), 0.1 * steady_speech(20).flip(1)]), other.init_state(2), []
    plain, _ = made.encode(sound, made.init_state(2))
    for frames in sound.split([samples_in(count) for count in (1, 7, 12)], dim=1):
        part, state = other.encode(frames, state)
        parts.append(part)
    heard = torch.cat(parts, dim=1)
    assert heard.dtype == torch.float32
    assert (heard - plain).norm() / plain.norm() < most
    torch.testing.assert_close(other.encode(sound, other.init_state(2))[0], heard, atol=most, rtol=0)
    assert state.tails.dtype == other.init_state(2).tails.dtype == kept
    assert {type(layer.mix) for layer in other.layers} == {convolution}
    assert list(made.state_dict()) == names
    assert made.init_state(1).tails.dtype == torch.float32
