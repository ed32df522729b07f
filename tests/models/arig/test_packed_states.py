from __future__ import annotations

import torch

from visavis.analysis.states import STATES
from visavis.models.arig.packed_states import PackedUnderstanding
from visavis.models.arig.states import StateUnderstanding


@torch.no_grad()
def test_every_state_and_whoever_speaks_is_understood_as_before() -> None:
    torch.manual_seed(0)
    plain = StateUnderstanding(16, 2)
    for weights in plain.parameters():
        weights.add_(0.2 * torch.randn_like(weights))
    packed = PackedUnderstanding(plain)
    count = len(STATES) + 1
    before, code = torch.arange(count).repeat_interleave(4), torch.arange(4).repeat(count)
    told = before, code >= 2, code % 2 == 1, torch.randn(4 * count, 16)
    feature = plain(*told)
    torch.testing.assert_close(packed(*told), feature, atol=1e-5, rtol=0)
    torch.testing.assert_close(packed.logits(feature), plain.logits(feature), atol=1e-5, rtol=0)
    assert len(feature.unique(dim=0)) == 4 * count
