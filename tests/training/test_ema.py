from __future__ import annotations

import pytest
import torch
from torch import nn

from visavis.training.ema import Ema, trained_parameters


def filled(module: nn.Module, value: float) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(value)


def test_average_follows_the_closed_form() -> None:
    module = nn.Linear(2, 1)
    filled(module, 0.0)
    ema, expected = Ema(module, 0.5), 0.0
    for step in range(1, 40):
        filled(module, float(step))
        ema.update(step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert ema.average["weight"].tolist() == [[pytest.approx(expected, rel=1e-5)] * 2]


def test_average_is_float32_and_leaves_frozen_parameters_out() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).requires_grad_(False)).bfloat16()
    ema = Ema(module, 0.9)
    assert set(ema.average) == {"0.weight", "0.bias"} == set(trained_parameters(module))
    ema.update(1)
    assert {tensor.dtype for tensor in ema.average.values()} == {torch.float32}


def test_installed_weights_go_away_again_even_after_an_error() -> None:
    module = nn.Linear(2, 1)
    filled(module, 1.0)
    ema = Ema(module, 0.5)
    filled(module, 3.0)

    def fail_inside() -> None:
        with ema.installed():
            assert module.bias.tolist() == [1.0]
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_inside()
    assert module.bias.tolist() == [3.0]
    assert ema.average["bias"].tolist() == [1.0]
    ema.install()
    assert module.bias.tolist() == [1.0]


def test_load_takes_over_the_values() -> None:
    module = nn.Linear(1, 1)
    ema = Ema(module, 0.5)
    ema.load({"weight": torch.full((1, 1), 4.0), "bias": torch.full((1,), 5.0)})
    assert (float(ema.average["weight"]), float(ema.average["bias"])) == (4.0, 5.0)
