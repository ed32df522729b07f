from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from visavis.view.looks import LOOKS, Look, soft_step


@pytest.mark.parametrize("look", LOOKS)
def test_materials_brighten_with_the_light(look: Look) -> None:
    for skin in (look.skin, look.hair, look.cloth):
        colours = skin.lit(np.linspace(-1, 1, 50))
        np.testing.assert_allclose(colours[[0, -1], :3], [skin.shade, skin.bright], atol=1e-9)
        assert (np.diff(colours[:, :3].sum(-1)) >= -1e-9).all()
        assert (colours[:, 3] == 1).all()


def test_two_people_differ_in_skin_hair_and_clothes() -> None:
    one, other = LOOKS
    for field in dataclasses.fields(one):
        assert getattr(one, field.name) != getattr(other, field.name)


def test_the_soft_step_is_soft_and_ends_at_0_and_1() -> None:
    np.testing.assert_allclose(soft_step(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])), [0, 0, 0.5, 1, 1])
    assert float(soft_step(0.01)) < 0.001
