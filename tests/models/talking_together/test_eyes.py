from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.rooms import roomed
from tests.small_systems import CONFIGS, TOGETHER_FORM, chunk_for
from visavis.analysis.gaze import angle_to_partner_deg
from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, COLOCATED_ARKIT
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import quaternions_of, turned
from visavis.core.spaces import MotionSpace
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.eyes import RestingEyes
from visavis.models.talking_together.fixations import Aims, no_fixation
from visavis.models.talking_together.rollout import TogetherDrawing
from visavis.system.system import System

FRAMES = 80


def seen(rest: float, aims: Aims | None = None, space: MotionSpace = COLOCATED_ARKIT) -> list[Motion]:
    """Two people who move smoothly, with eyes that rest."""
    motion = torch.stack([torch.from_numpy(roomed(FRAMES, person, 0, space).values) for person in (0, 1)])[None]
    moved, _ = RestingEyes(space, rest, aims or Aims()).step(motion, no_fixation(1, 2, motion), motion.shape[2])
    return [Motion(one.numpy(), space) for one in moved[0]]


def test_eyes_stay_on_what_they_look_at_while_heads_move() -> None:
    for person, partner in (seen(0.1), seen(0.1)[::-1]):
        past = angle_to_partner_deg(person, partner)
        assert (np.abs(np.diff(past)) < 0.05).mean() > 0.7
        turns = np.abs(np.diff(person["pose"], axis=0)).sum(axis=1)
        assert (turns > 1e-4).all(), "heads go on moving"
        assert np.abs(np.diff(person["gaze"], axis=0)).sum(axis=1).min() > 1e-4, "and eyes turn against them"
    drifting = angle_to_partner_deg(*seen(0.0))
    assert (np.abs(np.diff(drifting)) < 0.05).mean() < 0.2


def test_look_weights_follow_the_eyes_as_in_simulated_faces() -> None:
    for motion in seen(0.1):
        for rotation, side, inwards in zip(
            COLOCATED_ARKIT.rotations_in("gaze"), ("Left", "Right"), (-1, 1), strict=True
        ):
            x, y, z = turned(quaternions_of(motion.values, rotation), np.array([0.0, 0.0, 1.0])).T
            yaw, down = inwards * np.arctan2(x, z), np.arctan2(-y, np.hypot(x, z))
            for way, angle in (("In", yaw), ("Out", -yaw), ("Down", down), ("Up", -down)):
                shown = motion[f"EyeLook{way}{side}"][:, 0]
                np.testing.assert_allclose(shown, np.clip(np.maximum(angle, 0) / 0.6, 0, 1), atol=1e-5)


def test_nothing_but_eyes_and_look_weights_is_moved() -> None:
    moving = {*COLOCATED_ARKIT.groups["gaze"], *COLOCATED_ARKIT.parts["look"]}
    for free, resting in zip(seen(0.0), seen(0.1), strict=True):
        same = [i for i in range(COLOCATED_ARKIT.width) if i not in moving]
        np.testing.assert_allclose(free.values[:, same], resting.values[:, same], atol=1e-6)
        assert not np.allclose(free["gaze"], resting["gaze"], atol=1e-3)


def test_a_space_without_look_weights_has_eyes_that_rest() -> None:
    past = angle_to_partner_deg(*seen(0.1, space=COLOCATED78))
    assert (np.abs(np.diff(past)) < 0.05).mean() > 0.7


def test_people_look_as_far_past_one_another_as_aims_say() -> None:
    near = Aims((0.0, 0.3, 0.6), (0.0, 0.03, 0.6))
    plain, nearer = (angle_to_partner_deg(*seen(0.05, aims)) for aims in (Aims(), near))
    resting = (np.abs(np.diff(plain, prepend=0)) < 0.05) & (plain < 15)
    assert resting.sum() > 20
    np.testing.assert_allclose(nearer[resting], plain[resting] / 10, atol=0.3)


def drawing_with(drawing: TogetherDrawing, additions: TogetherAdditions) -> System:
    torch.manual_seed(3)
    form = replace(TOGETHER_FORM, additions=additions)
    system = System(replace(CONFIGS["together extended"], model=form, drawing=drawing)).eval()
    with torch.no_grad():
        for weights in system.model.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
        system.model.motion_std.fill_(0.15)
    return system


@pytest.mark.parametrize("partner_gaze", [False, True])
def test_eyes_rest_across_the_windows_of_a_recording(partner_gaze: bool) -> None:
    """Joints are no reason to jump, and all else is drawn as without rest, however the network is told of eyes."""
    told = TogetherAdditions(partner_frame=True, partner_gaze=partner_gaze)
    resting = drawing_with(TogetherDrawing(guidance=1.0, rest=0.05), told)
    free = drawing_with(TogetherDrawing(guidance=1.0), told)
    hop = resting.interface.hop
    chunk = chunk_for(resting, 12 * hop)
    motion, _ = resting.step(chunk, resting.init_state(1, 2))
    drawn, _ = free.step(chunk, free.init_state(1, 2))
    past = RestingEyes(COLOCATED_ARKIT, 0.05, Aims()).past(motion.sample)[0]
    moves = past.diff(dim=1).norm(dim=-1)
    assert (moves[:, hop - 1 :: hop] < 1e-4).float().mean() > 0.5
    assert (moves > 0.02).any(), "elsewhere they jump"
    moving = {*COLOCATED_ARKIT.groups["gaze"], *COLOCATED_ARKIT.parts["look"]}
    same = [i for i in range(COLOCATED_ARKIT.width) if i not in moving]
    torch.testing.assert_close(motion.sample[..., same], drawn.sample[..., same])


def test_a_space_in_which_nobody_is_anywhere_says_what_it_needs() -> None:
    with pytest.raises(VisavisError, match=r"eyes cannot rest \(0.1 rad\) in motion space arkit61.* colocated_arkit"):
        RestingEyes(ARKIT61, 0.1, Aims())
    RestingEyes(ARKIT61, 0.0, Aims())
