from __future__ import annotations

import pytest
import torch

from tests.small_systems import ARIG_FORM
from visavis.core.errors import VisavisError
from visavis.layers.denoiser import Denoiser
from visavis.models.arig.model import Arig, ArigConfig, Surroundings, windows

FEATURES, CHANNELS = 5, 4


def arig() -> Arig:
    torch.manual_seed(0)
    return Arig(ARIG_FORM, FEATURES, CHANNELS).eval()


def surroundings(frames: int = 1) -> Surroundings:
    config, generator = ARIG_FORM, torch.Generator().manual_seed(1)
    width, history = config.width, config.history

    def rows(*shape: int) -> torch.Tensor:
        return torch.randn(2, frames, *shape, width, generator=generator).requires_grad_()

    return Surroundings(rows(history + 1), rows(history), rows(history), rows(2, config.chunk))


def test_the_sizes_are_the_papers() -> None:
    config = ArigConfig()
    assert (config.width, config.feedforward, config.chunk, config.capacity, config.history) == (512, 2048, 6, 512, 6)
    assert (config.bidirectional_depth, config.head_depth, config.coarse_sounds, config.last_motions) == (2, 3, 3, 5)
    with torch.device("meta"):
        model = Arig(config, 768, 262)
    assert model.audio.weight.shape == (512, 768)
    assert model.motion.weight.shape == (512, 262)
    assert model.head.cond_embed.weight.shape == (262, 512), "the head is told a condition projected to D"
    assert len(model.short_range.bidirectional) == 2
    assert model.long_range.blocks[0].mlp.fc1.out_features == 2048  # type: ignore[union-attr]
    assert isinstance(model.head, Denoiser)
    assert len(model.head.res_blocks) == 3
    assert model.head.final_layer.linear.out_features == 262


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(VisavisError, match="width 20 must be a multiple of twice the heads, 16"):
        ArigConfig(width=20)
    with pytest.raises(VisavisError, match="last_motions 5 reach back further than history 3; set it higher"):
        ArigConfig(history=3)


def test_windows_end_at_each_frame_and_repeat_the_first() -> None:
    found = windows(torch.arange(5.0).view(1, 5, 1), 3)[0, :, :, 0]
    assert found.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]


def test_an_unseen_user_is_told_as_such_and_not_as_a_face_at_rest() -> None:
    model, motion = arig(), torch.zeros(2, CHANNELS)
    seen = model.seen_motion(motion, torch.tensor([True, False]))
    torch.testing.assert_close(seen[0], model.motion(motion[0]))
    torch.testing.assert_close(seen[1], model.unseen)
    assert not torch.allclose(seen[0], seen[1])


def test_the_condition_depends_on_all_that_surrounds_a_frame_and_on_no_other_row() -> None:
    model, around = arig(), surroundings()
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    rows = around.rows
    context = model.long_range(model.summary(rows)[:, None])[:, 0]
    understood = model.understand(rows, torch.tensor([0, 1]), context)
    assert around.moved is not None
    assert rows.moved is not None
    z = model.condition(understood.intended, rows.moved[:, -ARIG_FORM.last_motions :])
    assert z.shape == (2, 16)
    assert understood.states is not None
    assert understood.states.shape == (2, 7)
    every = [around.agent_heard, around.moved, around.behaviours]
    for gradient in torch.autograd.grad(z[0].sum(), every, retain_graph=True):
        assert torch.count_nonzero(gradient[0]) > 0
        assert torch.count_nonzero(gradient[1]) == 0
    _, user_speaks = model.who_speaks(rows)
    (gradient,) = torch.autograd.grad(user_speaks[0], around.user_heard)
    assert torch.count_nonzero(gradient[0]) > 0


def test_the_head_is_asked_at_all_times_of_a_draw() -> None:
    model, z, x = arig(), torch.randn(3, ARIG_FORM.width), torch.randn(3, CHANNELS)
    torch.nn.init.normal_(model.head.final_layer.linear.weight)
    times = torch.tensor([900.0, 20.0])
    predict = model.network(z)(times)
    for step, time in enumerate(times):
        torch.testing.assert_close(predict(x, step), model.head(x, time.expand(3), z))
