"""The layers by which a model may be sharded, as its spec names them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.data.windows import Batch
from visavis.system.specs import spec_of


class Elsewhere(torch.Tensor):
    """Weights of a shape, a type and a device, with which nothing can be done here."""

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        assert function.__name__ in ("__get__", "detach", "requires_grad_"), f"{function} outside of a block's call"
        return super().__torch_function__(function, types, given, named or {})


def conceal(block: nn.Module, called: list[nn.Module]) -> None:
    """Leave a block its weights only while it is called, as sharding does."""
    owned = [(part, *one) for part in block.modules() for one in part.named_parameters(recurse=False)]

    def show(*_: object) -> None:
        called.append(block)
        for part, name, parameter in owned:
            part.register_parameter(name, parameter)

    def hide(*_: object) -> None:
        for part, name, parameter in owned:
            part.register_parameter(name, nn.Parameter(parameter.detach().as_subclass(Elsewhere)))

    hide()
    block.register_forward_pre_hook(show)
    block.register_forward_hook(hide)


@pytest.mark.parametrize(
    ("form", "learned"),
    [
        ("timar shipped", {"mask_least": 1.0, "self_forcing": 0.5}),
        ("timar paper", {}),
        ("timar encoder-decoder", {}),
        ("dualtalk", {}),
        ("arig", {"self_forcing": 0.5}),
        ("arig extended", {}),
    ],
)
def test_every_step_calls_all_blocks_and_uses_their_weights_in_no_other_way(
    form: str, learned: dict[str, float]
) -> None:
    system = make(form)
    learning = spec_of(system.config.model).learning
    assert learning is not None
    config = replace(learning.config(), **learned)
    whole: nn.Module = learning.make(system.model, system.encoder, system.space, config, system.config.sampling)
    concealed, called = copy.deepcopy(whole), list[nn.Module]()
    blocks = [module for module in concealed.modules() if isinstance(module, learning.blocks)]
    for block in blocks:
        conceal(block, called)

    frames, random = 3 * system.interface.hop, torch.Generator().manual_seed(1)
    user, agent = 0.1 * torch.randn(2, 2, samples_in(frames), generator=random)
    moved, moving = torch.rand(2, 2, frames, system.space.width, generator=random)
    batch = Batch(user, agent, moved, moving, torch.ones(2, dtype=torch.bool))

    def losses(objective: nn.Module) -> dict[str, Tensor]:
        torch.manual_seed(5)
        given: dict[str, Tensor] = objective.train()(batch, torch.Generator().manual_seed(6))
        return {name: loss.detach() for name, loss in given.items()}

    with torch.no_grad():
        torch.testing.assert_close(losses(concealed), losses(whole), rtol=0, atol=0)
    assert blocks
    assert set(map(id, called)) == set(map(id, blocks))
