from __future__ import annotations

import pytest
import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.models.talking_together.fixations import Aims, Fixation, no_fixation, rested

AIMS = Aims((0.0, 0.1, 0.15, 0.5), (0.0, 0.05, 0.25, 0.5))


def drifting(frames: int = 400, seed: int = 0) -> Tensor:
    """Looks of two people (1, P, T, 2) that drift for some tenths of a radian, as a network draws them."""
    generator = torch.Generator().manual_seed(seed)
    times = torch.arange(frames)[:, None] / 25
    phases = 6.28 * torch.rand(2, 1, 2, generator=generator)
    return (0.3 * torch.sin(torch.tensor([1.3, 0.7]) * times + phases))[None]


def begin(rows: int = 1) -> Fixation:
    return no_fixation(rows, 2, torch.zeros(1))


def test_eyes_rest_and_jump_where_what_is_drawn_drifts() -> None:
    drawn = drifting()
    made, _ = rested(drawn, begin(), 0.1, Aims(), drawn.shape[-2])
    still = made.diff(dim=2).norm(dim=-1) == 0
    assert (drawn.diff(dim=2).norm(dim=-1) > 0).all()
    assert 0.7 < still.float().mean() < 0.98, "they rest"
    moves = made.diff(dim=2).norm(dim=-1)[~still]
    assert moves.median() > 0.04, "and where they move, it is a jump, in two frames"
    assert (made - drawn).norm(dim=-1).max() < 0.25, "to where they were drawn"
    assert (made[:, :, :1] == drawn[:, :, :1]).all(), "from where they were drawn first"


def test_a_jump_takes_two_frames_and_the_next_one_waits() -> None:
    drawn = torch.zeros(1, 2, 30, 2)
    drawn[:, 0, 10:, 1] = 0.3
    drawn[:, 0, 13:, 1] = 0.6
    made, fixation = rested(drawn, begin(), 0.1, Aims(), drawn.shape[-2])
    assert made[0, 0, :, 1].tolist() == pytest.approx([0.0] * 10 + [0.3] + [0.6] * 19)
    assert not made[0, 1].any(), "nobody else jumps"
    assert fixation.frames.tolist() == [[19, 35]]
    drawn[:, 0, 16:, 1] = 0.0
    soon, _ = rested(drawn, begin(), 0.1, Aims(), drawn.shape[-2])
    assert soon[0, 0, :, 1].tolist() == pytest.approx([0.0] * 10 + [0.3] + [0.6] * 5 + [0.3] + [0.0] * 13)


def test_in_pieces_eyes_rest_and_jump_as_in_one_but_for_what_they_see_ahead() -> None:
    drawn = drifting()
    whole, last = rested(drawn, begin(), 0.1, AIMS, drawn.shape[-2])
    pieces, fixation = [], begin()
    for piece in drawn.split(100, dim=2):
        made, fixation = rested(piece, fixation, 0.1, AIMS, piece.shape[-2])
        pieces.append(made)
    joined = torch.cat(pieces, dim=2)
    assert torch.equal(joined[:, :, :96], whole[:, :, :96])
    moves = joined.diff(dim=2).norm(dim=-1)
    joints = moves[:, :, 99::100]
    assert (joints <= moves.max()).all()
    assert (joints == 0).float().mean() > 0.5, "a joint is no reason to jump"
    still = torch.full((1, 2, 100, 2), 0.07)
    held = Fixation(torch.full((1, 2, 2), 0.03), torch.full((1, 2), 50))
    made, after = rested(still, held, 0.1, AIMS, still.shape[-2])
    assert torch.equal(made, AIMS.as_people(held.look)[:, :, None].expand_as(made)), "what they rested on stays"
    assert after.frames.tolist() == [[150, 150]]
    assert last.look.shape == (1, 2, 2)


def test_angles_become_as_far_as_peoples_in_the_same_direction() -> None:
    sizes = torch.tensor([0.0, 0.05, 0.1, 0.125, 0.15, 0.325, 0.5, 0.9])
    for way in (torch.tensor([1.0, 0.0]), torch.tensor([-0.6, 0.8])):
        moved = AIMS.as_people(sizes[:, None] * way)
        torch.testing.assert_close(moved, torch.tensor([0, 0.025, 0.05, 0.15, 0.25, 0.375, 0.5, 0.9])[:, None] * way)
    looks = drifting()
    assert torch.equal(Aims().as_people(looks), looks)


def test_aims_have_no_jump_of_their_own() -> None:
    sizes = torch.linspace(0, 1, 10_001)[:, None] * torch.tensor([0.0, 1.0])
    assert AIMS.as_people(sizes).diff(dim=0)[:, 1].max() < 5 * 1e-4
    assert AIMS.as_people(sizes).diff(dim=0)[:, 1].min() > 0


@pytest.mark.parametrize(
    ("drawn", "people"),
    [
        ((0.0, 0.2, 0.1), (0.0, 0.1, 0.1)),
        ((0.0, 0.1), (0.0, 0.2)),
        ((0.1, 0.2), (0.1, 0.2)),
        ((0.0, 0.1, 0.2), (0.0, 0.2)),
    ],
)
def test_aims_that_fall_jump_or_do_not_pair_are_refused(drawn: tuple[float, ...], people: tuple[float, ...]) -> None:
    with pytest.raises(VisavisError, match="both rise from 0, are as many and end alike"):
        Aims(drawn, people)
