from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.data.windows import Batch
from visavis.training.objectives import TimarObjective, TimarObjectiveConfig

FORMS = ("timar shipped", "timar mlp head")
ALL_MASKED = TimarObjectiveConfig(mask_least=1.0, draws=2)


def objective_of(form: str, config: TimarObjectiveConfig = ALL_MASKED) -> TimarObjective:
    system = make(form)
    return TimarObjective(system.model, system.encoder, system.space, config).train()


def batch_for(objective: TimarObjective, rows: int = 2, turns: int = 3, seed: int = 0) -> Batch:
    frames, width = turns * objective.model.config.frames_per_turn, objective.weights.shape[0]
    generator = torch.Generator().manual_seed(seed)
    speech = [0.1 * torch.randn(rows, samples_in(frames), generator=generator) for _ in range(2)]
    motion = [torch.rand(rows, frames, width, generator=generator) for _ in range(2)]
    return Batch(*speech, *motion, torch.ones(rows, dtype=torch.bool))


def losses(objective: TimarObjective, batch: Batch, seed: int = 1) -> dict[str, torch.Tensor]:
    return dict(objective(batch, torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize("form", FORMS)
def test_losses_are_finite_scalars_that_follow_the_generator(form: str) -> None:
    objective = objective_of(form).eval()
    batch = batch_for(objective)
    first, again = losses(objective, batch), losses(objective, batch)
    assert all(loss.shape == () and loss.isfinite() for loss in first.values())
    assert {name: float(loss.detach()) for name, loss in first.items()} == {
        name: float(loss.detach()) for name, loss in again.items()
    }


def test_the_loss_is_the_sum_of_its_parts() -> None:
    objective = objective_of("timar shipped", replace(ALL_MASKED, mean_weight=0.5))
    parts = losses(objective, batch_for(objective))
    assert torch.allclose(parts["loss"], parts["draw"] + 0.5 * parts["mean"])
    groups = [loss for name, loss in parts.items() if name.startswith("mean_")]
    assert torch.allclose(parts["mean"], torch.stack(groups).sum(), rtol=1e-4)


def test_a_few_steps_learn_one_batch() -> None:
    objective = objective_of("timar shipped", replace(ALL_MASKED, token_drop=0.0, hand_over_drop=0.0))
    batch = batch_for(objective)
    optimizer = torch.optim.Adam(objective.parameters(), 3e-3)
    seen: list[float] = []
    for step in range(40):
        loss = losses(objective, batch, seed=step)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert sum(seen[-5:]) < 0.8 * sum(seen[:5])


def test_an_unseen_user_is_not_looked_at() -> None:
    objective = objective_of("timar shipped").eval()
    batch = batch_for(objective)
    moved = replace(batch, user_motion=batch.user_motion + 1)

    def loss(of: Batch) -> float:
        return losses(objective, of)["loss"].item()

    assert loss(batch) != loss(moved)
    hidden = torch.zeros_like(batch.user_seen)
    assert loss(replace(batch, user_seen=hidden)) == loss(replace(moved, user_seen=hidden))


def test_masking_stays_above_its_least_ratio() -> None:
    objective = objective_of("timar mlp head", TimarObjectiveConfig(mask_least=0.7))
    generator = torch.Generator().manual_seed(0)
    ratios = [float(objective._masked((8, 4, 25), generator).float().mean()) for _ in range(60)]
    assert min(ratios) >= 0.7
    assert max(ratios) > 0.95
    assert len({round(ratio, 2) for ratio in ratios}) > 10
    assert objective.eval()._masked((8, 4, 25), generator).all()


def test_own_motion_is_not_shown_to_a_hand_over_model() -> None:
    with pytest.raises(VisavisError, match=r"set objective\.mask_least to 1"):
        objective_of("timar shipped", TimarObjectiveConfig(mask_least=0.7))


def test_the_generative_head_does_not_decay() -> None:
    objective = objective_of("timar shipped")
    names = objective.undecayed()
    assert names
    assert names <= {name for name, _ in objective.named_parameters()}
    assert all(".head." in f".{name}" for name in names)
