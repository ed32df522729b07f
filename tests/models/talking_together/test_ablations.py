"""Each of the paper's ablations removes what it names: its weights, and every way from its input to the motion."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.models.talking_together.test_model import FEATURES, inputs, model_of, predicted
from tests.small_systems import CONFIGS, TOGETHER_EXTENDED_FORM, chunk_for
from visavis.models.talking_together.model import TalkingTogether, TogetherConfig
from visavis.system.system import System

WHOLE = TOGETHER_EXTENDED_FORM
ABLATED = {
    "roles": replace(WHOLE, roles=False, additions=replace(WHOLE.additions, own_voice=False)),
    "cross-attention": replace(WHOLE, cross_attention=False),
    "one person": replace(WHOLE, together=False),
    "shown past": replace(WHOLE, additions=replace(WHOLE.additions, shown_past=False)),
    "own voice": replace(WHOLE, additions=replace(WHOLE.additions, own_voice=False)),
}


def parts_of(form: TogetherConfig) -> set[str]:
    return {name.split(".")[0] for name, _ in TalkingTogether(form, FEATURES, 9).named_parameters()}


def reaches(form: TogetherConfig, name: str, of: int = 1) -> bool:
    """Whether what a model is told of person `of` reaches the motion of the first."""
    model, given = model_of(form), inputs()
    given[name].requires_grad_()
    (gradient,) = torch.autograd.grad(predicted(model, given)[:, 0].sum(), given[name], allow_unused=True)
    if gradient is None:
        return False
    own = gradient[..., of] if name == "masks" else gradient[:, of]
    return bool(own.any())


@pytest.mark.parametrize(
    ("ablated", "parts"),
    [
        ("roles", {"roles", "own_voice"}),
        ("cross-attention", {"exchange"}),
        ("one person", {"exchange"}),
        ("shown past", {"enter_shown"}),
        ("own voice", {"own_voice"}),
    ],
)
def test_its_weights_are_gone(ablated: str, parts: set[str]) -> None:
    assert parts_of(WHOLE) - parts_of(ABLATED[ablated]) == parts


def test_without_roles_nobody_is_told_who_speaks() -> None:
    assert reaches(WHOLE, "masks", of=0)
    assert reaches(WHOLE, "masks", of=1)
    assert not reaches(ABLATED["roles"], "masks", of=0)
    assert not reaches(ABLATED["roles"], "masks", of=1)
    system = System(replace(CONFIGS["together extended"], model=ABLATED["roles"])).eval()
    assert [one.name for one in system.interface.inputs] == ["mix", "places"]
    assert system.step(chunk_for(system, 20), system.init_state(1))[0].sample.shape[2] == 20


def test_without_cross_attention_the_others_motion_does_not_arrive() -> None:
    assert reaches(WHOLE, "x")
    assert not reaches(ABLATED["cross-attention"], "x")
    assert reaches(ABLATED["cross-attention"], "masks", of=1), "the other's activity is told all the same"


def test_one_person_at_a_time_knows_of_the_other_where_they_are_and_no_more() -> None:
    for name in ("x", "masks", "shown"):
        assert reaches(WHOLE, name)
        assert not reaches(ABLATED["one person"], name)
    assert reaches(ABLATED["one person"], "masks", of=0)
    assert reaches(ABLATED["one person"], "places", of=0)


def test_unseen_lips_do_not_reach_the_motion_while_they_are_noised() -> None:
    system = System(CONFIGS["together extended"]).eval()
    model, space = system.model, system.space
    assert isinstance(model, TalkingTogether)
    unseen = model.unseen(space)
    assert unseen is not None
    assert unseen.nonzero()[:, 0].tolist() == list(space.spoken)
    given = inputs(channels=space.width, features=system.encoder.width)
    given["x"].requires_grad_()
    (gradient,) = torch.autograd.grad(predicted(model, given, unseen=unseen).sum(), given["x"])
    assert not gradient[..., unseen].any()
    assert gradient[..., ~unseen].any()
    (seen,) = torch.autograd.grad(predicted(model, given).sum(), given["x"])
    assert seen[..., unseen].any()


def test_lips_are_seen_in_the_papers_form() -> None:
    system = System(CONFIGS["together"])
    assert isinstance(system.model, TalkingTogether)
    assert system.model.unseen(system.space) is None
