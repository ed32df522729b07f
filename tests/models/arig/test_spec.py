from __future__ import annotations

import torch

from tests.small_systems import ARIG_FORM
from visavis.core.spaces import space_named
from visavis.models.arig.model import ArigConfig
from visavis.models.arig.spec import ARIG
from visavis.models.arig.states import STATES
from visavis.system.specs import spec_of

FLAME = space_named("flame56")


def test_it_hears_the_agent_to_the_frame_and_all_else_to_the_frame_before() -> None:
    interface = ARIG.interface(ArigConfig())
    assert {one.name: interface.look_ahead(one.name) for one in interface.inputs} == {
        "user_speech": -1,
        "agent_speech": 0,
        "user_motion": -1,
    }
    assert (interface.hop, interface.people, interface.latency_frames, interface.live) == (1, ("agent",), 1, True)
    assert interface.labels == {"state": STATES}


def test_its_parts_fit_each_other() -> None:
    torch.manual_seed(0)
    model = ARIG.build(ARIG_FORM, 7, FLAME.width)
    rollout = ARIG.rollout(model, ARIG.drawing(), FLAME, None)
    assert rollout.interface == ARIG.interface(ARIG_FORM)
    assert not ARIG.guidable(ARIG_FORM)
    assert spec_of(ARIG_FORM) is ARIG
