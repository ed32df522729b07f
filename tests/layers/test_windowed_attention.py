from __future__ import annotations

import pytest
import torch

from visavis.layers.windowed_attention import WindowedCrossAttention


def attention(window: int | None) -> WindowedCrossAttention:
    torch.manual_seed(0)
    made = WindowedCrossAttention(8, 2, window)
    torch.nn.init.normal_(made.proj.weight, std=0.3)
    return made


def reached(window: int | None, stride: int = 1) -> list[int]:
    """Which frames of the other reach frame 5."""
    x, other = torch.randn(1, 12, 8), torch.randn(1, 12, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(attention(window)(x, other, stride)[0, 5].sum(), other)
    return torch.nonzero(gradient[0].abs().sum(-1) > 1e-9).flatten().tolist()


def test_nothing_is_exchanged_before_it_is_learned() -> None:
    x = torch.randn(1, 4, 8)
    assert torch.equal(WindowedCrossAttention(8, 2, 1)(x, torch.randn(1, 4, 8), 1), x)


def test_each_frame_asks_those_in_its_window() -> None:
    assert reached(0) == [5]
    assert reached(2) == [3, 4, 5, 6, 7]
    assert reached(2, stride=2) == [4, 5, 6]
    assert reached(None) == list(range(12))


def test_the_same_frame_alone_is_a_linear_map_without_queries() -> None:
    one = attention(0)
    assert {name.split(".")[0] for name, _ in one.named_parameters()} == {"norm", "values", "proj"}
    x, other = torch.randn(1, 6, 8), torch.randn(1, 6, 8)
    torch.testing.assert_close(one(x, other, 1), x + one.proj(one.values(one.norm(other))))


def test_a_window_of_one_frame_is_what_attention_comes_to() -> None:
    near, same = attention(1), attention(0)
    same.load_state_dict({name: value for name, value in near.state_dict().items() if name in same.state_dict()})
    x, other = torch.randn(1, 6, 8), torch.randn(1, 6, 8)
    torch.testing.assert_close(near(x, other, stride=2), same(x, other, stride=2))


def test_only_differences_of_time_count() -> None:
    one = attention(2)
    x, other = torch.randn(1, 14, 8), torch.randn(1, 14, 8)
    whole, part = one(x, other, 1), one(x[:, 4:], other[:, 4:], 1)
    torch.testing.assert_close(whole[:, 6:], part[:, 2:], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("window", [0, 2, None])
def test_frames_that_do_not_exist_are_not_asked(window: int | None) -> None:
    one, exists = attention(window), (torch.arange(8) >= 3).expand(1, -1)
    x, other = torch.randn(1, 8, 8), torch.randn(1, 8, 8)
    out = one(x, other, 1, exists)
    assert torch.isfinite(out).all()
    torch.testing.assert_close(out[:, 3:], one(x[:, 3:], other[:, 3:], 1), atol=1e-5, rtol=1e-5)
