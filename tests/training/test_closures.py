from __future__ import annotations

import torch

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.training.closures import closures


def mouth(opening: list[float], closing: list[float] | None = None) -> torch.Tensor:
    motion = torch.zeros(1, len(opening), ARKIT61.width)
    motion[0, :, ARKIT61.channels.index("JawOpen")] = torch.tensor(opening)
    if closing is not None:
        motion[0, :, ARKIT61.channels.index("MouthClose")] = torch.tensor(closing)
    return motion


def where(motion: torch.Tensor) -> list[int]:
    return closures(motion, ARKIT61)[0].nonzero()[:, 0].tolist()


def test_lips_close_between_openings() -> None:
    assert where(mouth([0.3, 0.3, 0.02, 0.3, 0.3])) == [2]
    assert where(mouth([0.3] * 5, [0, 0, 0.28, 0, 0])) == [2], "with the jaw open"
    assert where(mouth([0.3, 0.25, 0.2, 0.25, 0.3])) == []


def test_a_mouth_at_rest_does_not_close() -> None:
    assert where(mouth([0.0] * 10)) == []
    assert where(mouth([0.05, 0.0, 0.05])) == []
    assert where(mouth([0.3] + [0.0] * 20 + [0.3])) == [*range(1, 6), *range(16, 21)], "but it does near speech"


def test_spaces_without_lips_have_none() -> None:
    assert not closures(torch.rand(2, 9, FLAME56.width), FLAME56).any()
