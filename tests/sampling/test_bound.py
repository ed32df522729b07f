from __future__ import annotations

import torch
from torch import Tensor

from visavis.sampling.bound import variational_bound
from visavis.sampling.cosine import FULL, CosineDiffusion


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def noised(clean: Tensor, index: Tensor, noise: Tensor) -> Tensor:
    return CosineDiffusion().level(index, clean).noised(clean, noise)


def test_the_bound_is_zero_for_the_exact_posterior_and_positive_for_all_else() -> None:
    rows = 200
    clean, index = 0.3 * randn(rows, 4), torch.arange(1, 1000, 5)[:rows]
    x = noised(clean, index, randn(rows, 4, seed=1))
    exact = torch.cat([clean, -torch.ones_like(clean)], 1)
    torch.testing.assert_close(variational_bound(FULL, exact, clean, x, index), torch.zeros(rows), atol=1e-5, rtol=0)
    wrong_mean = torch.cat([clean + 0.5, -torch.ones_like(clean)], 1)
    wrong_variance = torch.cat([clean, torch.ones_like(clean)], 1)
    assert (variational_bound(FULL, wrong_mean, clean, x, index) > 0).all()
    assert (variational_bound(FULL, wrong_variance, clean, x, index)[:100] > 0).all()
    anything = randn(rows, 8, seed=2)
    assert (variational_bound(FULL, anything, clean, x, index) >= 0).all()
    assert (variational_bound(FULL, anything, clean, x, torch.zeros_like(index)) >= 0).all()


def test_the_bound_teaches_the_variance_only() -> None:
    out = randn(3, 8).requires_grad_()
    clean, index = randn(3, 4, seed=1), torch.tensor([10, 500, 900])
    variational_bound(FULL, out, clean, noised(clean, index, randn(3, 4, seed=2)), index).sum().backward()
    assert out.grad is not None
    assert torch.count_nonzero(out.grad[:, :4]) == 0
    assert torch.count_nonzero(out.grad[:, 4:]) == 12


def test_the_bound_weighs_values() -> None:
    clean, index = randn(3, 4), torch.tensor([0, 5, 700])
    out, x = randn(3, 8, seed=3), randn(3, 4, seed=4)
    plain = variational_bound(FULL, out, clean, x, index)
    assert torch.equal(variational_bound(FULL, out, clean, x, index, torch.ones(3, 4)), plain)
    halves = [
        variational_bound(FULL, out, clean, x, index, torch.tensor(half).expand(3, 4))
        for half in ([2.0, 2, 0, 0], [0, 0, 2.0, 2])
    ]
    torch.testing.assert_close((halves[0] + halves[1]) / 2, plain)
    assert not torch.allclose(halves[0], plain)


def test_a_row_of_several_axes_is_bounded_as_one() -> None:
    clean, index, x = randn(3, 2, 5, 4), torch.tensor([0, 5, 700]), randn(3, 2, 5, 4, seed=4)
    out = randn(3, 2, 5, 8, seed=3)
    flat = torch.cat([part.flatten(1) for part in out.split(4, dim=-1)], 1)
    torch.testing.assert_close(
        variational_bound(FULL, out, clean, x, index),
        variational_bound(FULL, flat, clean.flatten(1), x.flatten(1), index),
    )
