from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from visavis.core.clock import samples_in
from visavis.core.spaces import space_named
from visavis.data.windows import Batch
from visavis.encode.batch import encode_speech
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.models.dualtalk.objective import DualTalkObjective, DualTalkObjectiveConfig

SPACE = space_named("flame56")
SIZES = DualTalkConfig(
    frames_per_turn=5, window_turns=3, width=16, lstm_layers=1, encoder_layers=1, feedforward=32, dropout=0.0
)


def objective(change_weight: float = 1.0) -> DualTalkObjective:
    torch.manual_seed(0)
    encoder = MelEncoder(MelConfig(bands=8))
    model = DualTalk(SIZES, encoder.width, SPACE.width)
    model.motion_mean.fill_(0.2)
    model.motion_std.fill_(0.5)
    return DualTalkObjective(model, encoder, SPACE, DualTalkObjectiveConfig(change_weight)).eval()


def batch(rows: int = 2, frames: int = 15) -> Batch:
    generator = torch.Generator().manual_seed(1)
    speech = [0.1 * torch.randn(rows, samples_in(frames), generator=generator) for _ in range(2)]
    motion = [torch.rand(rows, frames, SPACE.width, generator=generator) for _ in range(2)]
    return Batch(speech[0], speech[1], motion[0], motion[1], torch.ones(rows, dtype=torch.bool))


def losses(of: DualTalkObjective, given: Batch) -> dict[str, torch.Tensor]:
    return dict(of(given, torch.Generator()))


def test_the_loss_is_each_groups_mean_error_and_the_error_of_the_change() -> None:
    found = losses(objective(change_weight=0.5), batch())
    groups = sum(found[f"mean_{name}"] for name in SPACE.groups)
    torch.testing.assert_close(found["loss"], groups + 0.5 * found["change"])


def test_a_constant_error_is_no_error_of_the_change() -> None:
    made, given = objective(), batch()
    shifted = replace(given, agent_motion=given.agent_motion + 0.5)
    before, after = losses(made, given), losses(made, shifted)
    torch.testing.assert_close(before["change"], after["change"], rtol=1e-4, atol=1e-5)
    assert (before["mean_exp"] - after["mean_exp"]).abs() > 0.01


def test_an_unseen_user_counts_as_standing_at_the_mean() -> None:
    made, given = objective(), batch()
    unseen = replace(given, user_seen=torch.zeros(2, dtype=torch.bool))
    still = replace(given, user_motion=torch.full_like(given.user_motion, 0.2))
    assert losses(made, unseen)["loss"] == losses(made, still)["loss"]
    assert losses(made, unseen)["loss"] != losses(made, given)["loss"]


def test_a_few_steps_learn_one_batch() -> None:
    made, given = objective().train(), batch()
    optimizer = torch.optim.Adam(made.parameters(), 3e-3)
    seen = []
    for _ in range(60):
        loss = losses(made, given)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert seen[-1] < 0.7 * seen[0]


@pytest.mark.parametrize("name", ["user_speech", "agent_speech"])
def test_both_voices_are_heard(name: str) -> None:
    made, given = objective(), batch()
    voice = getattr(given, name)
    paused = replace(given, **{name: voice * (torch.arange(voice.shape[1]) < voice.shape[1] // 2)})
    one, other = losses(made, given), losses(made, paused)
    assert max(float((one[key] - other[key]).abs().detach()) for key in one) > 1e-6


def partly_known(given: Batch, others: float) -> Batch:
    """Jaws alone are known, of either, in the first ten frames; elsewhere stands something else."""
    jaw = torch.zeros(SPACE.width, dtype=torch.bool)
    jaw[SPACE.indices("jaw")] = True
    known = jaw.expand(2, -1)
    return replace(
        given,
        user_motion=torch.where(jaw, given.user_motion, torch.tensor(others)),
        agent_motion=torch.where(jaw, given.agent_motion, torch.tensor(others)),
        user_known=known,
        agent_known=known,
        agent_counted=(torch.arange(15) < 10).expand(2, -1),
    )


def test_what_is_unknown_counts_in_no_loss() -> None:
    made = objective()
    found, strange = (losses(made, partly_known(batch(), others)) for others in (0.0, torch.nan))
    assert {name: float(loss.detach()) for name, loss in found.items()} == {
        name: float(loss.detach()) for name, loss in strange.items()
    }
    assert found["mean_exp"] == found["mean_pose"] == 0
    found["loss"].backward()
    last = made.model.synthesis_module.blendshape_predictor
    others = [i for i in range(SPACE.width) if i not in SPACE.indices("jaw")]
    assert last.weight.grad is not None
    assert torch.count_nonzero(last.weight.grad[others]) == 0
    assert torch.count_nonzero(last.weight.grad[SPACE.indices("jaw")]) > 0


def test_the_mean_is_over_what_is_known() -> None:
    made, given = objective(), partly_known(batch(), 0.3)
    shown = replace(given, user_motion=torch.where(given.user_known[0], given.user_motion, made.model.motion_mean))  # type: ignore[index]
    all_of_it = replace(shown, user_known=None, agent_known=None, agent_counted=None)
    part, whole = losses(made, given), losses(made, all_of_it)
    user, agent = encode_speech(made.encoder, given.user_speech, given.agent_speech)
    with torch.no_grad():
        drawn = made.model(user, made.model.normalise(shown.user_motion), agent)
    error = (drawn - made.model.normalise(given.agent_motion)).square()[..., SPACE.indices("jaw")]
    torch.testing.assert_close(part["mean_jaw"], error[:, :10].mean())
    torch.testing.assert_close(whole["mean_jaw"], error.mean())


def test_saying_that_all_is_known_changes_nothing() -> None:
    made, given = objective(), batch()
    known = torch.ones(2, SPACE.width, dtype=torch.bool)
    said = replace(given, user_known=known, agent_known=known, agent_counted=torch.ones(2, 15, dtype=torch.bool))
    assert losses(made, said) == losses(made, given)
