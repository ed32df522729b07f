from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.rooms import PLACES, roomed, talk, turns
from tests.small_systems import TOGETHER_EXTENDED_FORM, TOGETHER_FORM
from visavis.core.builtin_spaces import COLOCATED78, COLOCATED_ARKIT
from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace
from visavis.data.gestures import GESTURES
from visavis.data.windows import Batch
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.model import TalkingTogether, TogetherConfig, Told
from visavis.models.talking_together.objective import TogetherObjective, TogetherObjectiveConfig
from visavis.models.talking_together.surface import own_head
from visavis.sampling.process import TIME_SCALE

FRAMES = 14
PLAIN = TogetherObjectiveConfig(audio_drop=0.0, start_share=0.0, past_share=0.0, mask_drop=0.0)
"""Nothing is left to chance but the noise."""


def batch_of(rows: int = 2, space: MotionSpace = COLOCATED_ARKIT) -> Batch:
    motion = [np.stack([roomed(FRAMES, person, row, space).values for row in range(rows)]) for person in (0, 1)]
    speaking = turns(FRAMES)
    sound = [np.stack([talk(FRAMES, speaking[:, person], row) for row in range(rows)]) for person in (0, 1)]
    return Batch(
        user_speech=torch.from_numpy(sound[1]),
        agent_speech=torch.from_numpy(sound[0]),
        user_motion=torch.from_numpy(motion[1]),
        agent_motion=torch.from_numpy(motion[0]),
        user_seen=torch.ones(rows, dtype=torch.bool),
        masks=torch.from_numpy(np.tile(speaking.astype(np.float32), (rows, 1, 1))),
        places=torch.from_numpy(np.tile(PLACES.reshape(1, 1, 6), (rows, FRAMES, 1)).astype(np.float32)),
    )


def objective_of(
    config: TogetherObjectiveConfig = PLAIN,
    form: TogetherConfig = TOGETHER_FORM,
    space: MotionSpace = COLOCATED_ARKIT,
) -> TogetherObjective:
    torch.manual_seed(0)
    encoder = MelEncoder(MelConfig())
    model = TalkingTogether(form, encoder.width, space.width)
    return TogetherObjective(model, encoder, space, config).train()


def losses(objective: TogetherObjective, batch: Batch) -> dict[str, float]:
    with torch.no_grad():
        found = objective(batch, torch.Generator().manual_seed(1))
    return {name: float(value) for name, value in found.items()}


def answering(objective: TogetherObjective, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, float]) -> None:
    """The network says the truth, but for channels that are wrong by so much."""
    predicted = objective._windows

    def kept(batch: Batch, generator: torch.Generator) -> object:
        windows = predicted(batch, generator)
        answer = windows.target.clone()
        for name, by in wrong.items():
            answer[..., COLOCATED_ARKIT.indices(name)] += by
        monkeypatch.setattr(objective, "_predicted", lambda *_: answer)
        return windows

    monkeypatch.setattr(objective, "_windows", kept)


def test_the_truth_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    objective = objective_of()
    answering(objective, monkeypatch, {})
    assert all(abs(value) < 1e-9 for value in losses(objective, batch_of()).values())


def test_each_loss_is_the_mean_error_of_its_channels_and_weighs_as_the_paper_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objective = objective_of()
    answering(objective, monkeypatch, {"exp": 0.1, "jaw": 0.1, "translation": 0.02})
    found = losses(objective, batch_of())
    assert found["expression"] == pytest.approx(0.01, rel=1e-4)
    assert found["translation"] == pytest.approx(0.0004, rel=1e-3)
    assert found["rotation"] == found["lips"] == 0
    assert found["gaze"] == pytest.approx(0, abs=1e-9)
    assert found["velocity"] == pytest.approx(0, abs=1e-6), "a constant error does not move"
    turned = objective_of()
    answering(turned, monkeypatch, {"pose": 0.3})
    found = losses(turned, batch_of())
    assert found["rotation"] == pytest.approx(0.09 * 3 / 12, rel=1e-4)
    assert found["loss"] == pytest.approx(8 * found["rotation"] + found["velocity"] + 5 * found["gaze"], rel=1e-5)
    paper = TogetherObjectiveConfig()
    weights = paper.expression_weight, paper.rotation_weight, paper.translation_weight, paper.velocity_weight
    assert (*weights, paper.gaze_weight, paper.audio_drop) == (1, 8, 1, 1, 5, 0.1)


def test_a_mouth_that_moves_in_silence_can_count_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """By half the frames in which one of both is silent, as in these masks."""
    found = {}
    for weight in (1.0, 3.0):
        objective = objective_of(replace(PLAIN, silence_weight=weight))
        answering(objective, monkeypatch, {"jaw": 0.1})
        batch = batch_of()
        batch.masks[..., 0], batch.masks[..., 1] = 1, 0
        found[weight] = losses(objective, batch)["expression"]
    assert found[3.0] == pytest.approx(2 * found[1.0], rel=1e-4)


def test_a_gesture_of_either_person_can_count_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nods move the head: one person nods in half of the frames, or both."""
    nod = list(GESTURES).index("nod")
    found = {}
    for nodding in ((), (0,), (1,), (0, 1)):
        objective = objective_of(replace(PLAIN, gesture_weight=5.0))
        answering(objective, monkeypatch, {"pose": 0.3, "jaw": 0.1})
        labels = torch.zeros(2, 2, FRAMES, len(GESTURES), dtype=torch.int64)
        for person in nodding:
            labels[person, :, : FRAMES // 2, nod] = 1
        found[nodding] = losses(objective, replace(batch_of(), agent_labels=labels[0], user_labels=labels[1]))
    still = found[()]
    assert still["rotation"] == pytest.approx(losses_of_pose(monkeypatch)["rotation"])
    for nodding, times in (((0,), 2), ((1,), 2), ((0, 1), 3)):
        assert found[nodding]["rotation"] == pytest.approx(times * still["rotation"], rel=1e-4)
        assert found[nodding]["expression"] == pytest.approx(still["expression"], rel=1e-4)


def test_how_fast_a_head_nods_counts_as_much_more() -> None:
    objective = objective_of(replace(PLAIN, gesture_weight=5.0))
    true = torch.zeros(1, 2, 5, COLOCATED_ARKIT.width)
    moved = true.clone()
    moved[:, :, 2, COLOCATED_ARKIT.indices("pose")[0]] = 0.1
    labels = torch.zeros(1, 2, 5, len(GESTURES), dtype=torch.int64)
    labels[:, 1, 2, list(GESTURES).index("nod")] = 1
    labels[:, 1, 3, list(GESTURES).index("smile")] = 1
    plain, counted = (objective._velocity_error(moved, true, told)[0] for told in (None, labels))
    assert (plain > 0).tolist() == [[False, True, True, False]] * 2
    torch.testing.assert_close(counted[0], plain[0])
    torch.testing.assert_close(counted[1], plain[1] * torch.tensor([1.0, 5, 1, 1]))


def losses_of_pose(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Where nobody told of gestures."""
    objective = objective_of(replace(PLAIN, gesture_weight=5.0))
    answering(objective, monkeypatch, {"pose": 0.3, "jaw": 0.1})
    return losses(objective, batch_of())


def test_blind_windows_are_learned_from_noise_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In training, in that share of the windows."""
    objective = objective_of(replace(PLAIN, blind_share=1.0))
    told: list[torch.Tensor] = []
    forward = objective.model.forward

    def kept(x: torch.Tensor, time: torch.Tensor, of: Told) -> torch.Tensor:
        told.append(time)
        return forward(x, time, of)

    monkeypatch.setattr(objective.model, "forward", kept)
    losses(objective, batch_of(rows=3))
    losses(objective.eval(), batch_of(rows=3))
    assert told[0].tolist() == [objective.model.config.denoising.process.schedule(8).times[0] * TIME_SCALE] * 3
    assert told[1].max() < told[0].min()


def test_gaze_that_is_off_by_an_angle_costs_one_minus_its_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of people who look straight ahead and turn their eyes by 0.3 about y; a fifth of the batch counts thrice."""
    batch = batch_of(rows=5)
    for motion in (batch.agent_motion, batch.user_motion):
        for group in ("neck", "pose", "gaze"):
            motion[..., COLOCATED_ARKIT.indices(group)] = 0
    objective = objective_of(replace(PLAIN, gaze_emphasis=3.0))
    answering(objective, monkeypatch, {"gaze": 0.0})
    predicted = objective._windows

    def turned(batch: Batch, generator: torch.Generator) -> object:
        windows = predicted(batch, generator)
        answer = windows.target.clone()
        answer[..., COLOCATED_ARKIT.indices("gaze")[[1, 4]]] = 0.3
        monkeypatch.setattr(objective, "_predicted", lambda *_: answer)
        return windows

    monkeypatch.setattr(objective, "_windows", turned)
    assert losses(objective, batch)["gaze"] == pytest.approx((1 - np.cos(0.3)) * (4 + 3) / 5, rel=1e-4)


def test_where_eyes_are_told_past_the_partner_a_wrong_head_leaves_them_where_they_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {}
    for aimed in (False, True):
        form = replace(TOGETHER_FORM, additions=TogetherAdditions(partner_frame=True, partner_gaze=aimed))
        objective = objective_of(form=form)
        answering(objective, monkeypatch, {"pose": 0.3})
        found[aimed] = losses(objective, batch_of())["gaze"]
    assert found[False] > 0.01
    assert found[True] == pytest.approx(0, abs=1e-9)


def test_velocity_is_of_vertices_in_millimetres_a_frame() -> None:
    objective = objective_of()
    true = torch.zeros(1, 2, 3, 67)
    moved = true.clone()
    moved[:, :, 1, COLOCATED_ARKIT.indices("JawOpen")] = 0.5
    jaw = int(COLOCATED_ARKIT.indices("JawOpen")[0])
    open_jaw = 0.25 * float(own_head().shapes[jaw, jaw])
    torch.testing.assert_close(objective._velocity_error(moved, true), torch.full((1, 2, 2), open_jaw))
    shifted = true.clone()
    shifted[:, :, 1, COLOCATED_ARKIT.indices("translation")[0]] = 0.003
    torch.testing.assert_close(objective._velocity_error(shifted, true), torch.full((1, 2, 2), 9.0))
    nodding = true.clone()
    nodding[:, :, 1, COLOCATED_ARKIT.indices("pose")[0]] = 0.01
    inertia = float(own_head().places[1, 1] + own_head().places[2, 2])
    torch.testing.assert_close(
        objective._velocity_error(nodding, true), torch.full((1, 2, 2), 1e-4 * inertia), rtol=1e-3, atol=0
    )
    steady = true.clone()
    steady[..., jaw] = 0.5
    torch.testing.assert_close(objective._velocity_error(steady, true), torch.zeros(1, 2, 2))


def single(objective: TogetherObjective, batch: Batch) -> torch.Tensor:
    """The gradient by the target, where the network is wrong everywhere by 1."""
    found: list[torch.Tensor] = []
    predicted = objective._predicted

    def wrong(windows: object, _: torch.Generator) -> torch.Tensor:
        answer = (windows.target + 1).requires_grad_()  # type: ignore[attr-defined]
        found.append(answer)
        return answer

    objective._predicted = wrong  # type: ignore[method-assign]
    loss = objective(batch, torch.Generator().manual_seed(1))["loss"]
    objective._predicted = predicted  # type: ignore[method-assign]
    (gradient,) = torch.autograd.grad(loss, found[0])
    return gradient


def test_of_one_speaker_only_the_lips_are_learned_and_only_while_they_speak() -> None:
    gradient = single(objective_of(replace(PLAIN, single_share=1.0)), batch_of())
    lips = COLOCATED_ARKIT.indices("articulation")
    others = [i for i in range(67) if i not in lips]
    speaking = torch.from_numpy(turns(FRAMES)[:, 0])
    assert not gradient[:, 1].any(), "nothing of the silent one"
    assert not gradient[..., others].any()
    assert (gradient[:, 0][:, speaking][..., lips] != 0).all()
    assert not gradient[:, 0][:, ~speaking].any()


def test_a_partner_whose_motion_is_unknown_makes_a_window_of_one_speaker() -> None:
    alone = replace(batch_of(), user_seen=torch.tensor([False, True]))
    gradient = single(objective_of(), alone)
    others = [i for i in range(67) if i not in COLOCATED_ARKIT.indices("articulation")]
    assert not gradient[0, 1].any()
    assert not gradient[0, 0][..., others].any()
    assert gradient[1, 1].any()
    assert gradient[1, 0][..., others].any()


def test_the_silenced_are_neither_heard_nor_told_to_speak() -> None:
    batch = batch_of()
    quiet = objective_of(replace(PLAIN, single_share=1.0))._windows(batch, torch.Generator().manual_seed(0))
    torch.testing.assert_close(quiet.mix, batch.agent_speech)
    assert not quiet.masks[..., 1].any()
    assert torch.equal(quiet.masks[..., 0], batch.masks[..., 0])  # type: ignore[index]
    assert not quiet.target[:, 1].any()
    both = objective_of()._windows(batch, torch.Generator().manual_seed(0))
    torch.testing.assert_close(both.mix, batch.agent_speech + batch.user_speech)


def test_what_is_unknown_counts_in_nothing() -> None:
    known = torch.ones(2, 67, dtype=torch.bool)
    known[:, COLOCATED_ARKIT.indices("translation")] = False
    counted = torch.ones(2, FRAMES, dtype=torch.bool)
    counted[:, 5:] = False
    gradient = single(objective_of(), replace(batch_of(), agent_known=known, agent_counted=counted))
    assert not gradient[:, 0][..., COLOCATED_ARKIT.indices("translation")].any()
    assert not gradient[:, 0, 5:].any()
    assert gradient[:, 0, :5].any()
    assert gradient[:, 1].any()
    gradient = single(objective_of(), replace(batch_of(), user_counted=counted))
    assert not gradient[:, 1, 5:].any()
    assert gradient[:, 1, :5].any()
    assert gradient[:, 0, 5:].any()
    partly = single(objective_of(), replace(batch_of(), user_known=known))
    assert not partly[:, 1].any(), "of a partner all is learned or nothing"


def test_gradients_reach_every_weight() -> None:
    objective = objective_of(replace(PLAIN, audio_drop=0.5, past_share=1.0), TOGETHER_EXTENDED_FORM)
    with torch.no_grad():
        for weights in objective.model.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
    objective(batch_of(8), torch.Generator().manual_seed(0))["loss"].backward()
    missing = [
        name for name, weights in objective.model.named_parameters() if weights.grad is None or not weights.grad.any()
    ]
    assert missing == []


def test_expression_codes_without_shapes_count_by_themselves() -> None:
    objective = objective_of(space=COLOCATED78)
    found = losses(objective, batch_of(space=COLOCATED78))
    assert all(np.isfinite(value) for value in found.values())
    true = torch.zeros(1, 2, 2, 78)
    moved = true.clone()
    moved[:, :, 1, COLOCATED78.indices("exp")] = 0.2
    torch.testing.assert_close(objective._velocity_error(moved, true), torch.full((1, 2, 1), 0.04))


def test_in_use_nothing_is_left_to_chance_but_noise() -> None:
    objective = objective_of(TogetherObjectiveConfig(single_share=1.0, start_share=1.0)).eval()
    windows = objective._windows(batch_of(), torch.Generator().manual_seed(0))
    assert not windows.single.any()
    assert windows.exists.all()


def test_a_batch_without_signals_is_refused() -> None:
    with pytest.raises(VisavisError, match="needs masks and places"):
        objective_of()(replace(batch_of(), masks=None), torch.Generator())
