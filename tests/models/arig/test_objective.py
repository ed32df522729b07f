from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.small_systems import ARIG_EXTENDED_FORM, ARIG_FORM, CONFIGS, make
from visavis.analysis.states import STATES
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.steps import Chunk
from visavis.data.gestures import GESTURES
from visavis.data.windows import Batch
from visavis.models.arig.additions import ArigAdditions
from visavis.models.arig.model import Arig, ArigConfig, Surroundings, Understood
from visavis.models.arig.objective import ArigObjective, ArigObjectiveConfig
from visavis.models.arig.states import NO_STATE
from visavis.sampling.config import DenoisingConfig, SamplingConfig, sampler_for
from visavis.system.system import System

FRAMES, ROWS = 60, 2


def system_of(form: ArigConfig = ARIG_FORM, sampling: SamplingConfig = CONFIGS["arig"].sampling) -> System:
    """A system whose motion has no bounds, and is shown as it is drawn."""
    torch.manual_seed(3)
    config = replace(CONFIGS["arig"], space="flame56", model=form, sampling=sampling)
    system = System(config).eval()
    with torch.no_grad():
        for weights in system.model.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    system.model.motion_mean.fill_(0.2)
    system.model.motion_std.fill_(0.1)
    return system


def objective(form: ArigConfig = ARIG_FORM, **changes: Any) -> ArigObjective:
    system = system_of(form)
    assert isinstance(system.model, Arig)
    config = ArigObjectiveConfig(**{"motion_noise": 0.0, "state_drop": 0.0, **changes})
    return ArigObjective(system.model, system.encoder, system.space, config).eval()


def batch(rows: int = ROWS, frames: int = 24, width: int = 56) -> Batch:
    generator = torch.Generator().manual_seed(1)
    speech = [0.1 * torch.randn(rows, samples_in(frames), generator=generator) for _ in range(2)]
    motion = [torch.rand(rows, frames, width, generator=generator) for _ in range(2)]
    states = torch.randint(len(STATES), (rows, frames), generator=generator)
    return labelled(Batch(*speech, *motion, torch.ones(rows, dtype=torch.bool)), states)


def labelled(given: Batch, states: Tensor) -> Batch:
    """With states (B, T), and no gestures."""
    nothing = torch.zeros(*states.shape, len(GESTURES), dtype=torch.int64)
    return replace(given, agent_labels=torch.cat([states[..., None], nothing], dim=-1))


def states_of(given: Batch) -> Tensor:
    assert given.agent_labels is not None
    return given.agent_labels[..., 0]


def understood_by(made: ArigObjective, given: Batch, before: Tensor) -> tuple[Surroundings, Understood]:
    around = made.surroundings(given, made.model.normalise(given.agent_motion), given.user_seen)
    return around, made.model.understand(around.rows, before.flatten(), made.context(around))


def shifted(states: Tensor) -> Tensor:
    return torch.cat([torch.full_like(states[:, :1], NO_STATE), states[:, :-1]], dim=1)


def losses(of: ArigObjective, given: Batch) -> dict[str, Tensor]:
    return dict(of(given, torch.Generator().manual_seed(2)))


FLOW = DenoisingConfig("rectified-flow", "v")


BF16_FORMS = {
    "noise": ARIG_FORM,
    "flow": ARIG_EXTENDED_FORM,
    "mean velocity": replace(ARIG_FORM, additions=ArigAdditions(own_motion=False, mean_head=True, mean_velocity=True)),
}


@pytest.mark.parametrize("form", BF16_FORMS.values(), ids=BF16_FORMS.keys())
def test_it_is_learned_in_bf16_too(form: ArigConfig) -> None:
    """As much is lost, and what is learned in float32 is learned."""
    found = {}
    for half in (False, True):
        system = system_of(form, SamplingConfig(steps=1))
        assert isinstance(system.model, Arig)
        of = ArigObjective(system.model, system.encoder, system.space, ArigObjectiveConfig()).eval()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            lost = losses(of, batch())["loss"]
        lost.backward()
        learned = {name for name, weights in of.named_parameters() if weights.grad is not None and weights.grad.any()}
        found[half] = lost.item(), learned
    assert found[True][0] == pytest.approx(found[False][0], rel=0.03)
    assert found[True][1] == found[False][1]


@pytest.mark.parametrize(
    ("form", "sampling"),
    [
        (ARIG_FORM, CONFIGS["arig"].sampling),
        (replace(ARIG_FORM, denoises=FLOW), CONFIGS["arig"].sampling),
        (replace(ARIG_FORM, denoises=FLOW, additions=ArigAdditions(look_ahead=2)), SamplingConfig(steps=3)),
        (replace(ARIG_FORM, denoises=FLOW, additions=ArigAdditions(own_motion=False)), SamplingConfig(steps=3)),
        (replace(ARIG_FORM, additions=ArigAdditions(mean_velocity=True)), SamplingConfig(steps=1)),
    ],
    ids=["noise", "flow", "look-ahead", "no own motion", "mean velocity"],
)
@pytest.mark.parametrize("seen", [True, False], ids=["seen", "unseen"])
def test_all_frames_at_once_are_as_stepped_with_the_same_noise(
    seen: bool, form: ArigConfig, sampling: SamplingConfig
) -> None:
    """Over more frames than the cache holds: what is learned from is what will be drawn."""
    assert 4 * form.capacity * form.chunk < FRAMES
    system, given = system_of(form, sampling), batch(frames=FRAMES)
    ahead = form.additions.look_ahead
    assert isinstance(system.model, Arig)
    denoising = system.model.config.denoising
    calls = sampling.steps + 1 if sampling.solver == "ancestral" else 1
    generator = torch.Generator().manual_seed(7)
    noise = torch.randn(FRAMES - ahead, calls, ROWS, system.space.width, generator=generator)
    one_by_one = iter(noise.flatten(0, 1))
    chunk = Chunk(
        user_speech=given.user_speech,
        agent_speech=given.agent_speech,
        user_motion=given.user_motion if seen else None,
    )
    stepped, _ = system.step(chunk, system.init_state(ROWS), noise=lambda _: next(one_by_one))
    assert next(one_by_one, None) is None
    motion, said = stepped.sample[:, 0], stepped.labels["state"][:, 0]

    learned = ArigObjective(system.model, system.encoder, system.space, ArigObjectiveConfig()).eval()
    with torch.no_grad():
        filled = torch.cat([motion, torch.zeros_like(motion[:, :ahead])], dim=1)
        said = torch.cat([said, said[:, :ahead]], dim=1)
        user_seen = torch.full((ROWS,), seen)
        around, understood = understood_by(
            learned, replace(given, agent_motion=filled, user_seen=user_seen), shifted(said)
        )
        z = learned.conditions(around, understood).unflatten(0, (ROWS, FRAMES))[:, : FRAMES - ahead].flatten(0, 1)
        at_once = iter(noise.permute(1, 2, 0, 3).flatten(1, 2))
        drawn = sampler_for(denoising, sampling).sample(
            system.model.network(z), (len(z), system.space.width), lambda _: next(at_once)
        )
    told = understood.states.argmax(-1).view(ROWS, FRAMES)
    assert torch.equal(told[:, : FRAMES - ahead], said[:, : FRAMES - ahead])
    parallel = system.model.denormalise(drawn).view(ROWS, FRAMES - ahead, -1)
    torch.testing.assert_close(parallel, motion, atol=1e-5, rtol=0)
    assert motion.std(dim=1).min() > 0.01, "nothing is compared where nothing moves"


def test_no_frame_is_learned_from_what_it_shall_not_see() -> None:
    """In training as in use: the agent's voice to the frame, all else to the frame before."""
    made, given = objective(), batch()
    given = replace(given, **{name: getattr(given, name).requires_grad_() for name in ("user_motion", "agent_motion")})
    around, understood = understood_by(made, given, torch.zeros(ROWS, 24, dtype=torch.int64))
    z = made.conditions(around, understood).view(ROWS, 24, -1)
    for frame in (1, 5, 23):
        found = torch.autograd.grad(z[0, frame].sum(), [given.user_motion, given.agent_motion], retain_graph=True)
        for gradient in found:
            assert torch.count_nonzero(gradient[0, frame:]) == 0
            assert torch.count_nonzero(gradient[0, frame - 1]) > 0
            assert torch.count_nonzero(gradient[1]) == 0


def test_the_loss_is_the_noises_error_and_the_weighted_entropies() -> None:
    found = losses(objective(state_weight=0.5, activity_weight=2.0), batch())
    torch.testing.assert_close(found["loss"], found["draw"] + 0.5 * found["state"] + 2 * found["activity"])
    assert found.keys() == {"loss", "draw", "state", "activity"}


def test_without_labels_the_noise_alone_is_learned() -> None:
    found = losses(objective(), replace(batch(), agent_labels=None))
    assert found.keys() == {"loss", "draw"}
    assert found["loss"] == found["draw"]


def test_frames_of_no_told_state_count_in_no_entropy() -> None:
    made, given = objective(), batch()
    states = states_of(given)
    partly = states.clone()
    partly[:, 10:] = -1
    found = losses(made, labelled(given, partly))
    logits = understood_by(made, given, shifted(states))[1].states.view(ROWS, 24, -1)[:, :10]
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), states[:, :10].flatten())
    torch.testing.assert_close(found["state"], expected)
    none = losses(made, labelled(given, torch.full_like(states, -1)))
    assert none["state"] == none["activity"] == 0
    assert none["loss"] == none["draw"], "and nothing is divided by their number"


def test_labels_that_name_no_state_are_refused() -> None:
    given = batch()
    with pytest.raises(VisavisError, match="numbers from 0 to 6, or -1 where none is told"):
        losses(objective(), labelled(given, torch.full((ROWS, 24), 7)))
    with pytest.raises(VisavisError, match="5 numbers a frame, the state and a number for each kind of gesture"):
        losses(objective(), replace(given, agent_labels=torch.zeros(ROWS, 24, dtype=torch.int64)))


def test_who_speaks_is_learned_of_the_agent_now_and_of_the_user_a_frame_before() -> None:
    made, given = objective(), batch()
    labels = torch.full((ROWS, 24), 1)
    labels[:, 12:] = 0
    with torch.no_grad():
        for weights in made.model.activity.layers[2].parameters():
            weights.zero_()
    even = losses(made, labelled(given, labels))["activity"]
    assert even.item() == pytest.approx(torch.log(torch.tensor(2.0)).item())
    with torch.no_grad():
        made.model.activity.layers[2].bias.fill_(3.0)
    yes, no = (torch.nn.functional.softplus(torch.tensor(sign * 3.0)).item() for sign in (-1, 1))
    agent, user = (12 * yes + 12 * no) / 24, (12 * yes + 11 * no) / 23
    assert losses(made, labelled(given, labels))["activity"].item() == pytest.approx((agent + user) / 2)


def test_own_motion_is_noised_states_hidden_and_users_unseen_in_training_alone() -> None:
    plain, given = objective(), batch()
    for changes in ({"motion_noise": 0.5}, {"state_drop": 1.0}, {"motion_drop": 1.0}):
        made = objective(**changes)
        assert losses(made, given) == losses(plain, given)
        assert losses(made.train(), given)["state"] != losses(plain, given)["state"]
    unseen = replace(given, user_seen=torch.zeros(ROWS, dtype=torch.bool))
    torch.testing.assert_close(
        losses(objective(motion_drop=1.0).train(), given)["state"], losses(plain, unseen)["state"]
    )


def test_a_few_steps_learn_one_batch() -> None:
    made, given = objective().train(), batch()
    optimizer = torch.optim.Adam(made.parameters(), 3e-3)
    seen = []
    for _ in range(120):
        found = losses(made, given)
        optimizer.zero_grad()
        found["loss"].backward()
        optimizer.step()
        seen.append({name: value.item() for name, value in found.items()})
    for name in ("draw", "state", "activity"):
        assert seen[-1][name] < 0.8 * seen[0][name], name


def test_what_is_unknown_counts_in_no_loss() -> None:
    made, given = objective(), batch()
    known = torch.zeros(ROWS, 56, dtype=torch.bool)
    known[:, :10] = True

    def partly(others: float) -> Batch:
        unknown = torch.full_like(given.agent_motion, others)
        return replace(
            given,
            agent_motion=torch.where(known[:, None], given.agent_motion, unknown),
            user_motion=torch.where(known[:, None], given.user_motion, unknown),
            agent_known=known,
            user_known=known,
        )

    assert losses(made, partly(0.0)) == losses(made, partly(torch.nan))
    losses(made, partly(0.0))["loss"].backward()
    gradient = made.model.head.final_layer.linear.weight.grad
    assert gradient is not None
    assert torch.count_nonzero(gradient[10:]) == 0
    assert torch.count_nonzero(gradient[:10]) > 0


def test_saying_that_all_is_known_changes_nothing() -> None:
    made, given = objective(), batch()
    known = torch.ones(ROWS, 56, dtype=torch.bool)
    said = replace(given, user_known=known, agent_known=known, agent_counted=torch.ones(ROWS, 24, dtype=torch.bool))
    assert losses(made, said) == losses(made, given)


def test_a_learned_variance_is_refused() -> None:
    system = make("arig")
    form = replace(ARIG_FORM, denoises=DenoisingConfig("cosine-diffusion", "x0", learned_variance=True))
    with pytest.raises(VisavisError, match="variance is not learned"):
        ArigObjective(Arig(form, 5, 61), system.encoder, system.space, ArigObjectiveConfig())


EXTENDED = replace(
    ARIG_FORM,
    denoises=FLOW,
    additions=ArigAdditions(look_ahead=2, own_motion=False, ask_user=True, mean_head=True, noise_lags=3),
)


def arkit_batch() -> Batch:
    """A batch with a gesture and closing lips."""
    given = batch(frames=30, width=61)
    assert given.agent_labels is not None
    given.agent_labels[:, 5:15, 1 + list(GESTURES).index("nod")] = 1
    return given


def extended(**changes: Any) -> ArigObjective:
    torch.manual_seed(3)
    system = System(replace(CONFIGS["arig"], model=EXTENDED)).eval()
    with torch.no_grad():
        for weights in system.model.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    assert isinstance(system.model, Arig)
    return ArigObjective(system.model, system.encoder, system.space, ArigObjectiveConfig(**changes)).eval()


def test_around_a_mean_the_loss_is_of_the_mean_its_change_the_sizes_and_what_is_left() -> None:
    found = losses(extended(mean_weight=2.0, speed_weight=0.5, size_weight=0.3), arkit_batch())
    mean = 2 * (found["mean"] + 0.5 * found["speed"])
    states = found["state"] + found["activity"]
    torch.testing.assert_close(found["loss"], found["draw"] + mean + 0.3 * found["size"] + states)


def test_gestures_and_closing_lips_count_more_in_the_mean() -> None:
    plain, given = losses(extended(), arkit_batch()), arkit_batch()
    for changes in ({"gesture_weight": 5.0}, {"closure_weight": 5.0}):
        found = losses(extended(**changes), given)
        assert found["mean"] > plain["mean"]
        assert {name for name in plain if name.startswith("mean_") and found[name] != plain[name]} == set()


def test_of_a_teacher_all_is_learned_but_what_speech_moves() -> None:
    given = arkit_batch()
    made = extended(teacher_share=1.0)
    with torch.no_grad():
        around, understood = understood_by(made, given, torch.full((ROWS, 30), NO_STATE))
        assert made.model.expected is not None
        expected = made.model.expected(made.conditions(around, understood), around.rows.agent_heard)
        own = made.model.denormalise(expected.view(ROWS, 30, -1))
    spoken = made.errors.spoken.bool()
    agreeing = replace(given, agent_expected=own)
    found = losses(extended(teacher_share=1.0, state_drop=1.0), agreeing)
    silent = replace(agreeing, agent_motion=torch.where(spoken, own, given.agent_motion))
    assert found["mean"] > losses(extended(teacher_share=1.0, state_drop=1.0), silent)["mean"] >= 0
    assert losses(made, replace(given, agent_expected=own + 1))["mean"] > losses(made, agreeing)["mean"]
    untaught = losses(extended(), given)
    assert losses(extended(), agreeing) == untaught, "a share of nothing"


def test_correlated_noise_learns_in_training_alone_how_slowly_motion_moves() -> None:
    made, given = extended(noise_rate=1.0), arkit_batch()
    assert made.model.noise is not None
    before = made.model.noise.autocovariance.clone()
    losses(made, given)
    assert torch.equal(made.model.noise.autocovariance, before)
    slow = replace(given, agent_motion=given.agent_motion.cumsum(1) / 10)
    losses(made.train(), slow)
    covariance = made.model.noise.autocovariance
    assert (covariance[1] / covariance[0]).mean() > 0.8


def test_half_of_the_states_before_can_be_the_models_own() -> None:
    """They are those that it would tell one after another, and are told in training alone."""
    forced, given = objective(state_forcing=1.0), batch()
    plain = objective()
    assert losses(forced, given) == losses(plain, given)
    assert losses(forced.train(), given)["state"] != losses(plain.train(), given)["state"]
    with torch.no_grad():
        around = forced.surroundings(given, forced.model.normalise(given.agent_motion), given.user_seen)
        context = forced.context(around)
        own = forced._own_states(around.rows, context, ROWS)
        again = forced.model.understand(around.rows, shifted(own).flatten(), context).states
    assert again is not None
    assert torch.equal(again.argmax(-1).view(ROWS, 24), own)


def test_rare_states_count_more_where_they_are_balanced() -> None:
    states = torch.zeros(ROWS, 24, dtype=torch.int64)
    states[0, 5] = 4
    weights = objective(state_balance=1.0)._balance(states.flatten())
    assert weights.mean().item() == pytest.approx(1)
    assert (weights[5] / weights[0]).item() == pytest.approx(47)
    assert (objective()._balance(states.flatten()) == 1).all()


def test_self_forced_windows_go_on_from_what_the_model_draws() -> None:
    forced, given = objective(form=replace(ARIG_FORM, denoises=FLOW), self_forcing=0.5).train(), batch()
    other = replace(given, agent_motion=given.agent_motion.clone())
    other.agent_motion[0] += 0.3
    seen = [
        forced.surroundings(
            one, forced.model.normalise(one.agent_motion), one.user_seen, torch.Generator().manual_seed(0)
        )
        for one in (given, other)
    ]
    assert seen[0].moved is not None
    assert seen[1].moved is not None
    assert torch.equal(seen[0].moved[0], seen[1].moved[0]), "the first window is drawn, whatever the truth"
    other.agent_motion[1] += 0.3
    third = forced.surroundings(
        other, forced.model.normalise(other.agent_motion), other.user_seen, torch.Generator().manual_seed(0)
    )
    assert third.moved is not None
    assert not torch.equal(third.moved[1], seen[0].moved[1])
    with pytest.raises(VisavisError, match="set self_forcing to 0"):
        extended(self_forcing=0.5)
