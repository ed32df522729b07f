from __future__ import annotations

import numpy as np
import pytest
import torch

from visavis.core.look_weights import FULL_LOOK_RAD, look_weights


def test_an_eye_shows_in_the_two_ways_that_it_turns_and_in_no_other() -> None:
    inwards, down = np.array([0.3, -0.3, 0.0, 0.9]), np.array([0.0, 0.15, -0.6, 0.0])
    shown = look_weights("Left", inwards, down)
    np.testing.assert_allclose(shown["EyeLookInLeft"], [0.5, 0, 0, 1.5])
    np.testing.assert_allclose(shown["EyeLookOutLeft"], [0, 0.5, 0, 0])
    np.testing.assert_allclose(shown["EyeLookDownLeft"], [0, 0.25, 0, 0])
    np.testing.assert_allclose(shown["EyeLookUpLeft"], [0, 0, 1, 0])
    np.testing.assert_allclose((shown["EyeLookInLeft"] - shown["EyeLookOutLeft"]) * FULL_LOOK_RAD, inwards)


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_in_torch_it_is_the_same_and_has_a_gradient(side: str) -> None:
    inwards, down = torch.tensor([0.2, -0.4], requires_grad=True), torch.tensor([-0.1, 0.3])
    shown = look_weights(side, inwards, down)
    same = look_weights(side, inwards.detach().numpy(), down.numpy())
    assert set(shown) == {f"EyeLook{way}{side}" for way in ("In", "Out", "Down", "Up")}
    for name, weight in shown.items():
        np.testing.assert_allclose(weight.detach().numpy(), same[name], rtol=1e-6)
    shown[f"EyeLookIn{side}"].sum().backward()
    assert inwards.grad is not None
    np.testing.assert_allclose(inwards.grad.numpy(), [1 / FULL_LOOK_RAD, 0], rtol=1e-6)
