from __future__ import annotations

import torch

from tests.small_systems import DUALTALK_FORM
from visavis.core.spaces import space_named
from visavis.models.dualtalk.spec import DUALTALK

FLAME = space_named("flame56")


def test_it_takes_both_voices_and_the_user_to_the_end_of_the_turn() -> None:
    interface = DUALTALK.interface(DUALTALK_FORM)
    assert [(one.name, one.kind) for one in interface.inputs] == [
        ("user_speech", "speech"),
        ("agent_speech", "speech"),
        ("user_motion", "motion"),
    ]
    assert (interface.hop, interface.past_frames, interface.people) == (5, 10, ("agent",))
    assert {interface.look_ahead(one.name) for one in interface.inputs} == {4}


def test_its_parts_fit_each_other() -> None:
    torch.manual_seed(0)
    model = DUALTALK.build(DUALTALK_FORM, 7, FLAME.width)
    rollout = DUALTALK.rollout(model, DUALTALK.drawing(), FLAME, 1)
    assert rollout.interface.past_steps == 1
    assert DUALTALK.rollout(model, DUALTALK.drawing(), FLAME, None).interface == DUALTALK.interface(DUALTALK_FORM)


def test_it_says_whether_guidance_changes_what_is_drawn() -> None:
    assert not DUALTALK.guidable(DUALTALK_FORM)
