from __future__ import annotations

import torch
from torch import Tensor

from tests.networks import network
from tests.sampling.exact import Gaussian, knowing, noise_from
from visavis.core.protocols import Held
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.draw import make_draw
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.noise import SeededNoise
from visavis.sampling.parameterisation import X0, Velocity
from visavis.sampling.sampler import DenoisingSampler

SHAPE = (2, 2, 6, 3)
TOGETHER = DenoisingTask(CosineLogSnr(), X0())


def test_a_plain_draw_is_the_samplers() -> None:
    sampler = DenoisingSampler(TOGETHER, Ddim(), 8)
    asked = knowing(TOGETHER, 8, Gaussian(0.3, 0.5).clean)
    assert torch.equal(
        make_draw(sampler, noise_from(1))(asked, None, 3.0, SHAPE), sampler.sample(asked, SHAPE, noise_from(1))
    )


def test_guidance_moves_a_draw_away_from_the_unguided() -> None:
    sampler = DenoisingSampler(TOGETHER, Ddim(), 8)
    informed, blind = (network(lambda x, _, to=to: torch.full_like(x, to)) for to in (2.0, 0.5))
    drawn = make_draw(sampler, noise_from(1))(informed, blind, 2.0, SHAPE)
    torch.testing.assert_close(drawn, torch.full(SHAPE, 3.5))


def test_each_row_is_guided_by_its_own_scale_as_if_it_were_alone() -> None:
    task = DenoisingTask(CosineDiffusion(), X0(), learned_variance=True)
    sampler = DenoisingSampler(task, Ancestral(), 5)

    def saying(shift: float) -> object:
        return network(lambda x, time: torch.cat([(x + shift).tanh() + time[:, None] / 999, 0 * x], -1))

    def drawn(seeds: list[int], scale: float | Tensor) -> Tensor:
        noise = SeededNoise(torch.tensor(seeds), torch.zeros(len(seeds), dtype=torch.int64))
        return make_draw(sampler, noise)(saying(1.0), saying(-1.0), scale, (len(seeds), 4))  # type: ignore[arg-type]

    together = drawn([5, 6, 7], torch.tensor([0.5, 1.0, 3.0]))
    assert torch.equal(together, torch.cat([drawn([5], 0.5), drawn([6], 1.0), drawn([7], 3.0)]))


def test_held_values_are_in_the_draw_and_its_noise_is_called_in_the_same_order_every_time() -> None:
    held = Held(torch.randn(SHAPE), torch.arange(6)[:, None].expand(SHAPE) < 2)
    sampler = DenoisingSampler(TOGETHER, Ddim(), 8)
    one, again = (
        make_draw(sampler, noise_from(1))(knowing(TOGETHER, 8, Gaussian(0.3, 0.5).clean), None, 1.0, SHAPE, held)
        for _ in range(2)
    )
    assert torch.equal(one, again)
    assert torch.equal(one[held.mask], held.values[held.mask])


def test_a_flow_without_held_values_calls_its_noise_once() -> None:
    calls: list[tuple[int, ...]] = []

    def noise(shape: tuple[int, ...]) -> Tensor:
        calls.append(shape)
        return torch.zeros(shape)

    sampler = sampler_for(DenoisingTask(RectifiedFlow(), Velocity()), SamplingConfig(3))
    make_draw(sampler, noise)(network(lambda x, _: x), network(lambda x, _: 0 * x), 2.0, (4, 5))
    assert calls == [(4, 5)]
