from __future__ import annotations

from dataclasses import replace

import torch

from tests.small_systems import PAPER_FORM
from visavis.core.spaces import space_named
from visavis.models.timar.spec import TIMAR

FLAME = space_named("flame56")


def test_it_takes_both_voices_and_the_user_to_the_end_of_the_turn() -> None:
    interface = TIMAR.interface(PAPER_FORM)
    assert [(one.name, one.kind) for one in interface.inputs] == [
        ("user_speech", "speech"),
        ("agent_speech", "speech"),
        ("user_motion", "motion"),
    ]
    assert (interface.hop, interface.past_frames, interface.people) == (5, 15, ("agent",))
    assert {interface.look_ahead(one.name) for one in interface.inputs} == {4}


def test_its_parts_fit_each_other() -> None:
    torch.manual_seed(0)
    model = TIMAR.build(PAPER_FORM, 7, FLAME.width)
    rollout = TIMAR.rollout(model, TIMAR.drawing(), FLAME, 1)
    assert rollout.interface.past_steps == 1
    assert TIMAR.rollout(model, TIMAR.drawing(), FLAME, None).interface == TIMAR.interface(PAPER_FORM)


def test_it_says_whether_guidance_changes_what_is_drawn() -> None:
    assert TIMAR.guidable(PAPER_FORM)
    assert not TIMAR.guidable(replace(PAPER_FORM, head="mlp"))
