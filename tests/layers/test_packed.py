from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.errors import VisavisError
from visavis.layers import packed
from visavis.layers.packed import FloatLinear, HalfLinear, Int8Linear, PackedLinear, has_bf16, has_int8, output_of

ERRORS = {FloatLinear: 1e-6, HalfLinear: 0.004, Int8Linear: 0.015}
CPU = torch.device("cpu")
needs_int8 = pytest.mark.skipif(not has_int8(CPU), reason="needs 8-bit products of oneDNN")


def layer(bias: bool = True) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(96, 40, bias)


def values(*shape: int) -> Tensor:
    return torch.randn(*shape, 96, generator=torch.Generator().manual_seed(1))


def error(given: Tensor, wanted: Tensor) -> float:
    return ((given.float() - wanted).norm() / wanted.norm()).item()


@torch.no_grad()
@pytest.mark.parametrize("shape", [(1,), (7,), (2, 3), (2, 0), (300,)], ids=str)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("gelu", [False, True], ids=["sums", "gelu"])
@pytest.mark.parametrize(
    ("kind", "onednn"),
    [
        (FloatLinear, True),
        (FloatLinear, False),
        (HalfLinear, True),
        (HalfLinear, False),
        pytest.param(Int8Linear, True, marks=needs_int8),
    ],
)
def test_it_does_what_the_linear_layer_did(
    kind: type[FloatLinear],
    onednn: bool,
    shape: tuple[int, ...],
    bias: bool,
    gelu: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not onednn:
        monkeypatch.setattr(packed, "_has_onednn", lambda _: False)
    linear, x = layer(bias), values(*shape)
    wanted = F.gelu(linear(x)) if gelu else linear(x)
    for out in (torch.float32, torch.bfloat16):
        given = kind(linear.weight, linear.bias, out, gelu)(x)
        assert given.shape == wanted.shape
        assert given.dtype == out
        if wanted.numel():
            assert error(given, wanted) < max(ERRORS[kind], 0.003 if out == torch.bfloat16 else 0)


@torch.no_grad()
@pytest.mark.parametrize("kind", [HalfLinear, pytest.param(Int8Linear, marks=needs_int8)])
def test_a_lower_precision_is_no_better_than_its_steps(kind: type[HalfLinear]) -> None:
    linear, x = layer(), values(50)
    assert error(kind(linear.weight, linear.bias)(x), linear(x)) > ERRORS[kind] / 4


@torch.no_grad()
@needs_int8
def test_in_8_bits_a_loud_row_does_not_spoil_the_others() -> None:
    linear, x = layer(), values(6)
    small = Int8Linear(linear.weight, linear.bias)
    alone = small(x[:3])
    x[3:] *= 1000
    torch.testing.assert_close(small(x)[:3], alone, atol=1e-6, rtol=0)
    x[4] = 0
    torch.testing.assert_close(small(x)[4], linear.bias)


@torch.no_grad()
@needs_int8
def test_in_8_bits_whole_steps_are_exact() -> None:
    most = 127 if packed._has_dot_products() else 63
    weight = torch.randint(-most, most + 1, (8, 32), generator=torch.Generator().manual_seed(2)).float()
    weight[:, 0] = most
    x = torch.randint(-127, 128, (5, 32), generator=torch.Generator().manual_seed(3)).float()
    x[:, 1] = -127
    assert torch.equal(Int8Linear(weight, None)(x), x @ weight.T)


@torch.no_grad()
@needs_int8
@pytest.mark.parametrize("width", [32, 64, 192, 768])
def test_in_8_bits_large_products_do_not_overflow(width: int) -> None:
    weight, x = torch.ones(width, width), torch.ones(8, width)
    torch.testing.assert_close(Int8Linear(weight, None)(x), x @ weight.T)


@pytest.mark.parametrize("kind", [FloatLinear, HalfLinear])
def test_it_can_be_neither_moved_nor_saved(kind: type[FloatLinear]) -> None:
    linear = layer()
    model = nn.Sequential(kind(linear.weight, linear.bias))
    for move in (model.double, model.half, lambda: model.to("meta")):
        with pytest.raises(VisavisError, match="cannot be moved or cast; load the model there: load"):
            move()
    with pytest.raises(VisavisError, match=r"0\.weight is laid out for use and cannot be saved; save the system"):
        model.state_dict()


@torch.no_grad()
def test_the_weights_are_those_of_when_it_was_made() -> None:
    for kind in (FloatLinear, HalfLinear):
        for x in (values(1), values(4)):
            linear = layer()
            made = kind(linear.weight, linear.bias)
            before = made(x)
            linear.weight.mul_(2)
            linear.bias.add_(1)
            assert torch.equal(made(x), before)
            assert not torch.equal(kind(linear.weight, linear.bias)(x), before)


def test_what_a_layer_gives_is_known_beforehand() -> None:
    linear = layer()
    assert output_of(linear).dtype == torch.float32
    assert output_of(linear.double()).dtype == torch.float64
    half: PackedLinear = HalfLinear(linear.weight, linear.bias, torch.bfloat16)
    assert output_of(half).dtype == torch.bfloat16
    assert output_of(half).device == CPU


@pytest.mark.parametrize(
    ("told", "known"),
    [({"avx2": True, "avx512_bf16": False}, False), ({"avx2": False, "bf16": True}, True), ({}, False)],
)
def test_a_processor_knows_bfloat16_if_it_says_so(
    told: dict[str, bool], known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told)
    assert has_bf16(CPU) is known
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert not has_bf16(CPU)
