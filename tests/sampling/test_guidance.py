from __future__ import annotations

import torch
from torch import Tensor

from tests.networks import network
from visavis.sampling.guidance import guided

X, TIME = torch.zeros(2, 3), torch.zeros(1)


def constant(value: float, variance: float | None = None) -> Tensor:
    values = torch.full((2, 3), value)
    return values if variance is None else torch.cat([values, torch.full((2, 3), variance)], 1)


def ask(scale: float, variance: bool = False) -> Tensor:
    user, nobody = constant(5.0, 0.7 if variance else None), constant(3.0, -0.7 if variance else None)
    return guided(network(lambda *_: user), network(lambda *_: nobody), scale, 3)(TIME)(X, 0)


def test_guidance_goes_from_the_unconditional_through_the_conditional() -> None:
    for scale, expected in ((0.0, 3.0), (1.0, 5.0), (2.5, 8.0)):
        assert torch.equal(ask(scale), constant(expected))


def test_the_variance_comes_from_the_conditional() -> None:
    assert torch.equal(ask(2.0, variance=True), constant(7.0, 0.7))


def test_both_are_asked_about_the_same_place() -> None:
    seen: list[tuple[Tensor, Tensor]] = []

    def predict(x: Tensor, time: Tensor) -> Tensor:
        seen.append((x, time))
        return x

    x, times = torch.randn(2, 3), torch.tensor([1.0, 2.0])
    torch.testing.assert_close(guided(network(predict), network(predict), 3.0, 3)(times)(x, 1), x)
    assert [torch.equal(a, x) and t.tolist() == [2.0, 2.0] for a, t in seen] == [True, True]


def test_rows_guided_each_by_its_own_scale_are_rows_alone() -> None:
    scales = [0.3, 1.0, 2.7]
    for shape in ((3, 4), (3, 2, 5, 4)):
        x, offset = torch.randn(shape), torch.randn(shape[1:])

        def seen(x: Tensor, offset: Tensor = offset) -> Tensor:
            return torch.cat([x.sin() + offset, x], -1)

        def blind(x: Tensor) -> Tensor:
            return torch.cat([x.cos(), -x], -1)

        def asked(x: Tensor, scale: float | Tensor) -> Tensor:
            informed, uninformed = network(lambda x, _: seen(x)), network(lambda x, _: blind(x))
            return guided(informed, uninformed, scale, 4)(TIME)(x, 0)

        together = asked(x, torch.tensor(scales))
        alone = torch.cat([asked(x[row : row + 1], scale) for row, scale in enumerate(scales)])
        assert torch.equal(together, alone)
        assert torch.equal(together[..., 4:], x)
