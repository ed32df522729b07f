from __future__ import annotations

import torch

from visavis.analysis.states import STATES, State
from visavis.models.arig.states import NO_STATE, SPEAKING, StateUnderstanding, VoiceActivity, who_speaks


def test_the_seven_states_are_four_kinds_of_voice_activity() -> None:
    assert len(STATES) == 7
    assert STATES[:2] == ("speaking", "listening")
    kinds = [tuple(one) for one in who_speaks(torch.arange(7)).tolist()]
    assert dict(zip(State, kinds, strict=True)) == SPEAKING
    assert [kinds.count(kind) for kind in ((True, False), (False, True), (True, True), (False, False))] == [1, 1, 3, 2]


def test_the_state_depends_on_the_one_before_on_both_voices_and_on_the_context() -> None:
    torch.manual_seed(0)
    understanding, yes, no = StateUnderstanding(8, heads=2), torch.tensor([True]), torch.tensor([False])
    context, before = torch.randn(1, 8), torch.tensor([1])
    feature = understanding(before, yes, no, context)
    assert understanding.logits(feature).shape == (1, 7)
    others = [
        understanding(torch.tensor([NO_STATE]), yes, no, context),
        understanding(before, no, no, context),
        understanding(before, yes, yes, context),
        understanding(before, no, yes, context),
        understanding(before, yes, no, context.flip(1)),
    ]
    assert all(not torch.allclose(feature, other) for other in others)


def test_voice_activity_is_told_of_every_frame_that_is_heard() -> None:
    torch.manual_seed(0)
    activity, heard = VoiceActivity(8, frames=3), torch.randn(5, 3, 8, requires_grad=True)
    logit = activity(heard)
    assert logit.shape == (5,)
    (gradient,) = torch.autograd.grad(logit[0], heard)
    assert (gradient[0].abs().sum(-1) > 0).all()
    assert torch.count_nonzero(gradient[1:]) == 0
