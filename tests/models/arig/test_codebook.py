from __future__ import annotations

import torch
import torch.nn.functional as F

from visavis.models.arig.codebook import LEVELS, Codebook


def taught(count: int = 16) -> tuple[Codebook, torch.Tensor]:
    """A codebook after some batches of motion that lies around a few places."""
    torch.manual_seed(0)
    book, generator = Codebook(8, 3, count), torch.Generator().manual_seed(1)
    places = 2 * torch.randn(5, 3, generator=generator)
    for _ in range(60):
        chosen = torch.randint(5, (200,), generator=generator)
        motion = places[chosen] + 0.2 * torch.randn(200, 3, generator=generator)
        book.learn(motion, 0.1, generator)
    return book, motion


def test_what_was_often_seen_is_made_of_entries_the_better_the_more_levels_count() -> None:
    book, motion = taught()
    chosen = F.one_hot(book.nearest(motion), 16).float()
    errors = []
    for levels in range(LEVELS + 1):
        part = chosen.clone()
        part[:, levels:] = 0
        errors.append((book.motion(part) - motion).square().mean().item())
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 0.1 * errors[0]
    assert errors[-1] < 0.01 * errors[0]


def test_it_gives_logits_of_each_level() -> None:
    book, _ = taught()
    assert book(torch.randn(7, 8)).shape == (7, LEVELS, 16)
