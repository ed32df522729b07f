from __future__ import annotations

import torch

from visavis.layers.denoiser import Denoiser
from visavis.layers.packed_denoiser import PackedDenoiser


def head(times: int = 1) -> Denoiser:
    torch.manual_seed(0)
    made = Denoiser(7, 9, 16, 12, 2, times)
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return made


@torch.no_grad()
def test_it_predicts_at_every_time_what_the_head_predicts() -> None:
    plain = head()
    packed = PackedDenoiser(plain)
    x, z = torch.randn(3, 7), torch.randn(3, 16)
    for times in (torch.tensor([0.0, 400.0, 999.0]), torch.tensor([250.0])):
        for _ in range(2):
            modulations = packed.precompute(times, z)
            assert len(modulations) == len(times)
            for step, time in enumerate(times):
                wanted = plain(x, time.expand(3), z)
                torch.testing.assert_close(packed.at(x, modulations[step]), wanted, atol=1e-5, rtol=0)


@torch.no_grad()
def test_of_two_process_times_it_tells_which_is_which() -> None:
    plain, x, z = head(times=2), torch.randn(3, 7), torch.randn(3, 16)
    packed = PackedDenoiser(plain)
    times = torch.tensor([[0.0, 10.0], [10.0, 0.0]])
    found = [packed.at(x, each) for each in packed.precompute(times, z)]
    for told, drawn in zip(times, found, strict=True):
        torch.testing.assert_close(drawn, plain(x, told.expand(3, 2), z), atol=1e-5, rtol=0)
    assert (found[0] - found[1]).abs().amin(1).max() > 1e-4


def test_times_that_were_met_in_inference_serve_elsewhere() -> None:
    packed, times, z = PackedDenoiser(head()), torch.tensor([3.0]), torch.randn(1, 16)
    with torch.inference_mode():
        packed.precompute(times, z)
    z.requires_grad_()
    packed.at(torch.randn(1, 7), packed.precompute(times, z)[0])
