from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.data.gestures import GESTURES
from visavis.data.windows import Batch
from visavis.encode.augment import AugmentConfig
from visavis.layers.denoiser import Denoiser
from visavis.models.timar.objective import TimarObjective, TimarObjectiveConfig
from visavis.sampling.config import SamplingConfig, sampler_for

FORMS = ("timar shipped", "timar mlp head", "timar paper")
ALL_MASKED = TimarObjectiveConfig(mask_least=1.0, draws=2)


def objective_of(form: str, config: TimarObjectiveConfig = ALL_MASKED) -> TimarObjective:
    system = make(form)
    return TimarObjective(system.model, system.encoder, system.space, config).train()


def batch_for(objective: TimarObjective, rows: int = 2, turns: int = 3, seed: int = 0) -> Batch:
    frames, width = turns * objective.model.config.frames_per_turn, objective.errors.weights.shape[0]
    generator = torch.Generator().manual_seed(seed)
    speech = [0.1 * torch.randn(rows, samples_in(frames), generator=generator) for _ in range(2)]
    motion = [torch.rand(rows, frames, width, generator=generator) for _ in range(2)]
    return Batch(speech[0], speech[1], motion[0], motion[1], torch.ones(rows, dtype=torch.bool))


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
    objective = objective_of("timar shipped", replace(ALL_MASKED, mean_weight=0.5, speed_weight=0.2, size_weight=0.3))
    parts = losses(objective, batch_for(objective))
    mean = 0.5 * (parts["mean"] + 0.2 * parts["speed"])
    assert torch.allclose(parts["loss"], parts["draw"] + parts["guide"] + 0.3 * parts["size"] + mean)
    groups = [loss for name, loss in parts.items() if name.startswith("mean_")]
    assert torch.allclose(parts["mean"], torch.stack(groups).sum(), rtol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_a_few_steps_learn_one_batch(form: str) -> None:
    objective = objective_of(form, replace(ALL_MASKED, token_drop=0.0, hand_over_drop=0.0))
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


@pytest.mark.parametrize("form", FORMS)
def test_the_loss_is_the_mean_error_of_each_group_summed(form: str) -> None:
    objective = objective_of(form).eval()
    per_token, width = objective.model.config.frames_per_token, objective.errors.weights.shape[0]
    error = torch.rand(7, per_token * width)
    space = make(form).space
    frames = error.view(7, per_token, width)
    expected = sum(frames[..., space.indices(group)].mean() for group in space.groups)
    torch.testing.assert_close(objective._grouped(error), expected)


def test_the_likeliest_size_is_the_errors_own() -> None:
    objective = objective_of("timar shipped")
    width = objective.errors.weights.shape[0]
    white = 0.5 * torch.randn(
        400, objective.model.config.frames_per_token * width, generator=torch.Generator().manual_seed(0)
    )

    def unlikelihood(size: float) -> float:
        return objective._unlikelihood(white, torch.full_like(white, math.log(size))).item()

    assert unlikelihood(0.5) < min(unlikelihood(0.4), unlikelihood(0.6), unlikelihood(1.0))


def test_own_motion_does_not_leak_into_z_of_a_hand_over_model() -> None:
    objective = objective_of("timar shipped").eval()
    batch = batch_for(objective)

    def z(of: Batch) -> torch.Tensor:
        return objective.model.own(objective.model(objective._turns(of, torch.Generator())).tokens)

    assert torch.equal(z(batch), z(replace(batch, agent_motion=batch.agent_motion + 1)))
    assert not torch.equal(z(batch), z(replace(batch, user_motion=batch.user_motion + 1)))


def test_what_is_handed_over_is_the_true_end_of_the_token_before() -> None:
    objective = objective_of("timar shipped").eval()
    model = objective.model
    motion = torch.randn(2, 3, model.config.frames_per_turn, model.channels)
    last, known = objective._endings(motion, torch.Generator())
    tokens = model.tokens.pack(motion).flatten(1, 2).unflatten(-1, (model.config.frames_per_token, -1))
    last, known = last.unflatten(0, (2, -1)), known.view(2, -1)
    assert torch.equal(last[:, 1:], tokens[:, :-1, -3:])
    assert torch.equal(known, torch.cat([torch.zeros(2, 1), torch.ones(2, 5)], 1))


def test_in_training_endings_are_noisy_and_sometimes_withheld() -> None:
    objective = objective_of("timar shipped", replace(ALL_MASKED, hand_over_noise=0.2, hand_over_drop=0.3))
    model = objective.model
    motion = torch.zeros(40, 10, model.config.frames_per_turn, model.channels)
    last, known = objective._endings(motion, torch.Generator().manual_seed(0))
    assert last.std().item() == pytest.approx(0.2 * (1 + 0.1**2) ** 0.5, rel=0.02)
    assert last.diff(dim=1).std().item() == pytest.approx(0.2 * 0.1 * 2**0.5, rel=0.02)
    assert known.mean().item() == pytest.approx(0.7 * 19 / 20, abs=0.03)


def test_in_training_the_user_is_dropped_as_often_as_asked() -> None:
    drops = replace(ALL_MASKED, token_drop=0.1, turn_drop=0.2, motion_drop=0.3)
    objective = objective_of("timar shipped", drops)
    batch = batch_for(objective, rows=100, turns=4)
    turns = objective._turns(batch, torch.Generator().manual_seed(0))
    heard, seen = (~turns.speech_hidden).float().mean().item(), (~turns.motion_hidden).float().mean().item()
    assert heard == pytest.approx(0.9 * 0.8, abs=0.05)
    assert seen == pytest.approx(0.9 * 0.8 * 0.7, abs=0.08)
    quiet = objective.eval()._turns(batch, torch.Generator())
    assert not (quiet.speech_hidden | quiet.motion_hidden).any()


def test_predicting_the_mean_clean_value_lowers_the_diffusion_loss() -> None:
    objective = objective_of("timar paper")
    batch = batch_for(objective)
    head = objective.model.head
    assert isinstance(head, Denoiser)
    with torch.no_grad():
        random = losses(objective, batch)["draw"]
        head.final_layer.linear.weight.zero_()
        head.final_layer.linear.bias.zero_()
        mean = objective.model.normalise(batch.agent_motion).mean(dim=(0, 1))
        head.final_layer.linear.bias[: len(mean)] = mean
        steady = losses(objective, batch)["draw"]
    assert random.isfinite()
    assert steady < random


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


def test_a_guide_led_astray_is_shown_the_way_back() -> None:
    objective = objective_of("timar shipped")
    step, width = objective.model.config.frames_per_token, objective.model.channels
    last, target = torch.randn(50, 3, width), torch.randn(50, step * width)
    led, back = objective._astray(last, target, torch.Generator().manual_seed(0))
    offset = (led - last)[:, 0]
    assert offset.abs().max() > 0.3
    torch.testing.assert_close((led - last)[:, 2], offset)
    shift = (back - target).unflatten(1, (step, width))
    torch.testing.assert_close(shift, objective.deviations.continued(led - last))
    torch.testing.assert_close(shift[:, 0], offset * 0.99, atol=1e-4, rtol=1e-4)
    assert (shift[:, -1].abs() <= shift[:, 0].abs() + 1e-6).all()


def test_self_forced_windows_continue_what_the_model_drew_and_find_back_to_the_truth() -> None:
    objective = objective_of("timar shipped", replace(ALL_MASKED, self_forcing=0.5))
    lags = torch.arange(objective.deviations.autocovariance.shape[1])
    objective.deviations.autocovariance.copy_((0.5 / 0.99) ** lags)
    model, rows, turns = objective.model, 4, 3
    per_token, tokens = model.config.frames_per_token, turns * model.tokens.stream
    z = torch.randn(rows, turns, model.tokens.stream, model.config.width)
    mean, target = (torch.randn(rows, turns, model.tokens.stream, model.values) for _ in range(2))
    last, wanted, known = objective._own_endings(z, mean, target, torch.Generator().manual_seed(0))
    drawn = objective._drawn(z[:2].flatten(1, 2), mean[:2].flatten(1, 2), torch.Generator().manual_seed(0))
    assert last.shape == (2 * tokens, 3, model.channels)
    torch.testing.assert_close(last.unflatten(0, (2, tokens))[:, 1:], drawn[:, :-1, -3:])
    assert known.unflatten(0, (2, tokens)).tolist() == [[0.0] + [1.0] * (tokens - 1)] * 2
    true = target[:2].reshape(2, tokens, per_token, -1)
    back = wanted.reshape(2, tokens, per_token, -1) - true
    assert torch.count_nonzero(back[:, 0]) == 0
    offset = drawn[:, :-1, -1] - true[:, :-1, -1]
    for frame in range(per_token):
        torch.testing.assert_close(back[:, 1:, frame], 0.5 ** (frame + 1) * offset, atol=1e-5, rtol=1e-4)


def test_what_is_drawn_for_self_forcing_is_what_the_model_composes_token_by_token() -> None:
    objective = objective_of("timar shipped").eval()
    model = objective.model
    z, mean = torch.randn(1, 2, model.config.width), torch.randn(1, 2, model.values)
    generator = torch.Generator().manual_seed(5)
    last, known, tokens = torch.zeros(1, 3, model.channels), torch.zeros(1), []
    with torch.no_grad():
        for token in range(2):
            told = model.condition(z[:, token], last, known)
            noise = torch.randn(1, model.values, generator=generator)
            sampler = sampler_for(model.config.denoising, SamplingConfig(steps=5))
            drawn = sampler.sample(partial(model.precompute, told), (1, model.values), lambda _, given=noise: given)
            tokens.append(model.compose(drawn, mean[:, token], told, last, known).unflatten(1, (-1, model.channels)))
            last, known = tokens[-1][:, -3:], torch.ones(1)
    again = objective._drawn(z, mean, torch.Generator().manual_seed(5))
    torch.testing.assert_close(again, torch.stack(tokens, 1))


def test_self_forcing_needs_what_it_draws_with() -> None:
    with pytest.raises(VisavisError, match="self-forcing needs a guide and a flow head"):
        objective_of("timar paper", TimarObjectiveConfig(self_forcing=0.5))


EVERY_LOSS = replace(
    ALL_MASKED, mean_weight=4.0, speed_weight=0.5, token_drop=0.1, turn_drop=0.1, motion_drop=0.1, hand_over_drop=0.1
)
SELF_FORCED = replace(EVERY_LOSS, self_forcing=0.5)
KNOWN_FORMS = [
    ("timar shipped", EVERY_LOSS),
    ("timar shipped", SELF_FORCED),
    ("timar mlp head", TimarObjectiveConfig()),
    ("timar paper", TimarObjectiveConfig()),
]


def lips_of(objective: TimarObjective) -> torch.Tensor:
    """Which channels speech moves (D,) bool."""
    space = make("timar shipped" if objective.model.config.additions.hand_over else "timar paper").space
    lips = torch.zeros(space.width, dtype=torch.bool)
    lips[space.indices("articulation")] = True
    return lips


def captured(objective: TimarObjective, others: float, rows: int = 4, of: slice = slice(None)) -> Batch:
    """A batch, some of whose windows know lips alone, and count but for a turn; elsewhere stands something else."""
    batch, lips = batch_for(objective, rows), lips_of(objective)
    known = torch.ones(rows, len(lips), dtype=torch.bool)
    known[of] = lips
    frames = torch.ones(batch.agent_motion.shape[:2], dtype=torch.bool)
    frames[of, : objective.model.config.frames_per_turn] = False
    moved = [
        torch.where(known[:, None], motion, torch.tensor(others)) for motion in (batch.user_motion, batch.agent_motion)
    ]
    return Batch(batch.user_speech, batch.agent_speech, *moved, batch.user_seen, known, known, frames)


def learned(objective: TimarObjective, batch: Batch) -> dict[str, torch.Tensor]:
    """Losses of a batch, and after it all buffers and all gradients."""
    objective.zero_grad()
    torch.manual_seed(0)
    found = losses(objective, batch)
    found["loss"].backward()
    gradients = {f"d {name}": p.grad for name, p in objective.named_parameters() if p.grad is not None}
    buffers = {name: buffer.clone() for name, buffer in objective.named_buffers()}
    return {**{name: loss.detach() for name, loss in found.items()}, **gradients, **buffers}


def test_a_batch_too_small_for_a_self_forced_window_has_none() -> None:
    given, forced = objective_of("timar shipped", EVERY_LOSS), objective_of("timar shipped", SELF_FORCED)
    batch = batch_for(given, rows=1)
    one, other = learned(given, batch), learned(forced, batch)
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.mark.parametrize(("form", "config"), KNOWN_FORMS)
def test_saying_that_all_is_known_changes_no_bit(form: str, config: TimarObjectiveConfig) -> None:
    plain, said = objective_of(form, config), objective_of(form, config)
    batch = batch_for(plain, rows=4)
    known = torch.ones(4, batch.agent_motion.shape[-1], dtype=torch.bool)
    frames = torch.ones(batch.agent_motion.shape[:2], dtype=torch.bool)
    one = learned(plain, batch)
    other = learned(said, replace(batch, user_known=known, agent_known=known, agent_counted=frames))
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.mark.parametrize(("form", "config"), KNOWN_FORMS)
def test_what_is_written_where_nothing_is_known_changes_nothing(form: str, config: TimarObjectiveConfig) -> None:
    one, other = (objective_of(form, config) for _ in range(2))
    found, strange = learned(one, captured(one, 0.0)), learned(other, captured(other, torch.nan))
    assert [name for name in found if not torch.equal(found[name], strange[name])] == []
    assert all(tensor.isfinite().all() for tensor in strange.values())


@pytest.mark.parametrize(("form", "config"), KNOWN_FORMS)
def test_outputs_for_unknown_channels_get_no_gradient(form: str, config: TimarObjectiveConfig) -> None:
    objective = objective_of(form, config)
    model, lips = objective.model, lips_of(objective)
    learned(objective, captured(objective, 0.3))
    last: dict[str, torch.nn.Module] = {
        "head": model.head.final_layer.linear if isinstance(model.head, Denoiser) else model.head[-1]  # type: ignore[index]
    }
    if model.mean_head is not None:
        assert model.guide is not None
        assert model.lips is not None
        guide = model.guide
        last |= {"mean": model.mean_head[-1], "lips": model.lips}  # type: ignore[index]
        last |= {"guess": guide.guess, "size": guide.size, "carry": guide.carry, "pull": guide.pull}
    for name, linear in last.items():
        gradient = linear.weight.grad
        assert isinstance(gradient, torch.Tensor)
        by_channel = gradient.unflatten(0, (-1, len(lips))).abs().sum((0, 2))
        assert torch.count_nonzero(by_channel[~lips]) == 0, name
        assert (by_channel[lips] > 0).all(), name


def test_units_and_deviations_of_unknown_channels_stay() -> None:
    objective = objective_of("timar shipped", SELF_FORCED)
    guide, lips = objective.model.guide, lips_of(objective)
    assert guide is not None
    covariance, lasting = guide.covariance.clone(), objective.deviations.autocovariance.clone()
    learned(objective, captured(objective, 0.3))
    assert torch.equal(guide.covariance[:, ~lips], covariance[:, ~lips])
    assert torch.equal(objective.deviations.autocovariance[~lips], lasting[~lips])
    assert (guide.covariance[:, lips] != covariance[:, lips]).flatten(2).any(-1).all()
    assert (objective.deviations.autocovariance[lips] != lasting[lips]).any(1).all()


def test_a_groups_error_is_the_mean_over_what_is_known_and_counts() -> None:
    objective = objective_of("timar shipped").eval()
    some = captured(objective, 0.3, of=slice(1, 3))
    model, space = objective.model, make("timar shipped").space
    turns = objective._turns(some, torch.Generator())
    seen = model(turns)
    mean = model.tokens.unpack(model.mean(model.own(seen.tokens), seen.voice)).flatten(1, 2)
    error = (mean - model.normalise(some.agent_motion)).square()
    assert some.agent_known is not None
    assert some.agent_counted is not None
    counts = some.agent_known[:, None] & some.agent_counted[..., None]
    found = losses(objective, some)
    for name in space.groups:
        channels = space.indices(name)
        torch.testing.assert_close(found[f"mean_{name}"], error[..., channels][counts[..., channels]].mean())


def test_unknown_motion_is_handed_over_as_the_model_expects_it(monkeypatch: pytest.MonkeyPatch) -> None:
    objective = objective_of("timar shipped").eval()
    some, lips, model = captured(objective, 0.3), lips_of(objective), objective.model
    handed: list[torch.Tensor] = []
    endings = objective._endings

    def watched(motion: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        handed.append(motion)
        return endings(motion, generator)

    monkeypatch.setattr(objective, "_endings", watched)
    losses(objective, some)
    seen = model(objective._turns(some, torch.Generator()))
    mean = model.tokens.unpack(model.mean(model.own(seen.tokens), seen.voice))
    true = model.normalise(some.agent_motion).unflatten(1, (3, -1))
    torch.testing.assert_close(handed[0][..., ~lips], mean[..., ~lips])
    torch.testing.assert_close(handed[0][..., lips], true[..., lips])


def test_unknown_channels_of_a_user_are_shown_at_their_mean() -> None:
    objective = objective_of("timar shipped").eval()
    some, lips = captured(objective, 0.0), lips_of(objective)
    at_mean = replace(
        some, user_motion=torch.where(lips, some.user_motion, objective.model.motion_mean), user_known=None
    )
    assert losses(objective, some) == losses(objective, at_mean)
    assert losses(objective, some) != losses(objective, replace(some, user_known=None)), "zeros are not the mean"


def test_among_whole_windows_those_known_in_part_do_not_change_units_or_deviations() -> None:
    mixed, whole = (
        objective_of("timar shipped", replace(EVERY_LOSS, augment=AugmentConfig(0, 0, chance=0))) for _ in range(2)
    )
    some = captured(mixed, 0.3, of=slice(2, 4))
    jaws = replace(some, agent_motion=some.agent_motion.clone())
    jaws.agent_motion[2:] += 5 * torch.rand(jaws.agent_motion[2:].shape)
    found, other = learned(mixed, some), learned(whole, jaws)
    assert found["mean_jaw"] != other["mean_jaw"]
    for name in ("deviations.autocovariance", "model.guide.covariance"):
        assert torch.equal(found[name], other[name])


def test_errors_where_lips_close_count_more() -> None:
    """Only in the mean and the guide, and only in windows in which lips close between openings."""
    plain, emphasised = (
        objective_of("timar shipped", replace(ALL_MASKED, closure_weight=w)).eval() for w in (1.0, 5.0)
    )
    still = batch_for(plain)
    still.agent_motion.fill_(0.3)
    closing = replace(still, agent_motion=still.agent_motion.clone())
    closing.agent_motion[..., plain.errors.space.channels.index("MouthClose")] = torch.tensor([0.3, 0, 0, 0, 0]).repeat(
        6
    )
    for batch, more in ((still, False), (closing, True)):
        one, other = losses(plain, batch), losses(emphasised, batch)
        assert (float(other["mean"].detach()) > 1.1 * float(one["mean"].detach())) == more
        assert {name for name in one if not torch.equal(one[name], other[name])} == (
            {"mean", "guide", "loss"} if more else set()
        )


def test_a_mean_that_jumps_between_turns_moves_at_the_wrong_speed() -> None:
    """As much as one that jumps between tokens, or within one."""
    objective = objective_of("timar shipped")
    config = objective.model.config
    shape = (4, 3 * config.frames_per_turn, objective.errors.weights.shape[0])
    true = torch.randn(shape, generator=torch.Generator().manual_seed(0)).cumsum(1)

    def packed(frames: torch.Tensor) -> torch.Tensor:
        return objective.model.tokens.pack(frames.unflatten(1, (-1, config.frames_per_turn)))

    errors, alike = [], packed(torch.ones(shape))
    for at in (config.frames_per_turn, config.frames_per_token, 1):
        jumping = true.clone()
        jumping[:, at:] += 1
        errors.append(float(objective._speed_error(packed(jumping), packed(true), None, alike)))
        silent = torch.ones(4, 3, objective.model.tokens.stream, shape[-1], dtype=torch.bool)
        assert float(objective._speed_error(packed(jumping), packed(true), silent, alike)) == pytest.approx(errors[-1])
    assert errors == pytest.approx([errors[0]] * 3)
    assert errors[0] > 0


def test_errors_in_gestures_count_more_in_their_channels() -> None:
    """In the mean, its change and the guide; the gestures are those of the log."""
    plain, emphasised = (
        objective_of("timar shipped", replace(ALL_MASKED, gesture_weight=w)).eval() for w in (1.0, 5.0)
    )
    calm = batch_for(plain)
    labels = torch.zeros(*calm.agent_motion.shape[:2], len(GESTURES), dtype=torch.int64)
    nodding = replace(calm, agent_labels=labels.clone())
    assert nodding.agent_labels is not None
    nodding.agent_labels[:, 5:15, list(GESTURES).index("nod")] = 1
    for batch, more in ((calm, False), (replace(calm, agent_labels=labels), False), (nodding, True)):
        one, other = losses(plain, batch), losses(emphasised, batch)
        changed = {name for name in one if not torch.equal(one[name], other[name])}
        assert changed == ({"mean", "speed", "guide", "loss"} if more else set())
        assert (float(other["mean"].detach()) > float(one["mean"].detach())) == more
