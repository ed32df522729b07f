from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.small_systems import ARIG_FORM, CONFIGS, chunk_for, make, part
from visavis.analysis.states import STATES
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import register_space, space_from_groups
from visavis.core.state import select_rows
from visavis.models.arig.rollout import ArigState, interface_of
from visavis.models.arig.states import NO_STATE
from visavis.streaming.session import Session
from visavis.system.folder import save_system
from visavis.system.shipped import load
from visavis.system.system import System

FRAMES = 40
ANGLE = (66, "logit")
LIVE_PORTRAIT = register_space(
    space_from_groups(
        "test-live-portrait",
        {"exp": (63, "weight"), "yaw": ANGLE, "pitch": ANGLE, "roll": ANGLE, "scale": (1, "ratio")},
    )
)
"""LivePortrait's 262 numbers: 63 of expression, 66 bins for each of three head angles, a scale."""


def gradients(frame: int) -> dict[str, Tensor]:
    """How much each frame of each input moves frame `frame` (T,)."""
    system = make("arig")
    chunk = chunk_for(system, FRAMES)
    for value in chunk.values.values():
        value.requires_grad_()
    sample = system.advance(chunk, system.init_state(1))[0].sample
    found = torch.autograd.grad(sample[0, 0, frame].sum(), list(chunk.values.values()))
    return {
        name: (gradient[0].view(FRAMES, -1) != 0).any(1) for name, gradient in zip(chunk.values, found, strict=True)
    }


@pytest.mark.parametrize("frame", [1, 2, 7, 33])
def test_the_agents_voice_reaches_its_frame_and_all_else_the_frame_before(frame: int) -> None:
    for name, reached in gradients(frame).items():
        last = frame if name == "agent_speech" else frame - 1
        assert not reached[last + 1 :].any(), name
        assert reached[last], name


def test_of_the_past_no_more_is_kept_than_the_config_says() -> None:
    system = make("arig")
    chunk = chunk_for(system, FRAMES)
    _, state = system.step(chunk, system.init_state(1))
    kept = state.model
    assert isinstance(kept, ArigState)
    sizes = {
        field.name: getattr(kept, field.name) for field in fields(kept) if field.name not in ("context", "emphasis")
    }
    width, history, chunk_frames = ARIG_FORM.width, ARIG_FORM.history, ARIG_FORM.chunk
    assert {name: tuple(value.shape) for name, value in sizes.items()} == {
        "steps": (1,),
        "agent_heard": (1, history, width),
        "user_heard": (1, history - 1, width),
        "moved": (1, history, width),
        "behaviours": (1, 2, chunk_frames - 1, width),
        "state": (1,),
        "noise": (1, 0, 61),
    }
    assert kept.context.slots == ARIG_FORM.capacity - 1


def test_before_the_first_frame_everything_is_as_in_it() -> None:
    """What was before the beginning is the first frame that is heard, and a face at rest, over and over."""
    system = make("arig")
    chunk = chunk_for(system, 1)
    _, state = system.step(chunk, system.init_state(1))
    kept = state.model
    assert isinstance(kept, ArigState)
    assert torch.equal(kept.agent_heard[:, :-1], kept.agent_heard[:, 1:])
    assert torch.equal(kept.behaviours[:, :, :-1], kept.behaviours[:, :, 1:])
    rest = system.model.motion(torch.zeros(1, system.space.width))  # type: ignore[operator]
    torch.testing.assert_close(kept.moved[:, 0], rest)
    torch.testing.assert_close(kept.moved[:, -2], rest)
    assert not torch.allclose(kept.moved[:, -1], rest), "the frame that was drawn"


def test_the_state_that_is_said_is_the_one_that_the_next_frame_goes_on_from() -> None:
    system, state = make("arig"), make("arig").init_state(2)
    assert state.model.state.tolist() == [NO_STATE, NO_STATE]
    chunk, said = chunk_for(system, FRAMES, rows=2), []
    for frame in range(FRAMES):
        motion, state = system.step(part(chunk, frame, frame + 1), state)
        label = motion.labels["state"]
        assert label.shape == (2, 1, 1)
        assert torch.equal(label[:, 0, 0], state.model.state)
        said.append(label)
    assert 0 <= int(torch.cat(said).min()) <= int(torch.cat(said).max()) < len(STATES)


def test_another_state_before_draws_another_frame() -> None:
    system = make("arig")
    chunk = chunk_for(system, 12)
    _, state = system.step(part(chunk, 0, 11), system.init_state(1))
    others = [
        replace(state, model=replace(state.model, state=torch.full_like(state.model.state, number)))
        for number in range(len(STATES))
    ]
    drawn = [system.step(part(chunk, 11, 12), other)[0].sample for other in others]
    assert not any(torch.equal(drawn[0], other) for other in drawn[1:])


@pytest.mark.parametrize(("context", "slots"), [(0, 0), (2, 0), (3, 1), (9, 3), (18, 3), (None, 3)])
def test_less_context_may_reach_a_frame(context: int | None, slots: int) -> None:
    system = make("arig").with_options(context=context)
    assert system.init_state(1).model.context.slots == slots
    reach = ARIG_FORM.context_depth * slots * ARIG_FORM.chunk + max(ARIG_FORM.chunk, ARIG_FORM.history)
    assert system.interface.past_frames == reach
    _, state = system.step(chunk_for(system, 20), system.init_state(1))
    assert select_rows(state, [0]).model.context.slots == slots


def test_more_context_than_there_is_is_refused() -> None:
    most = interface_of(ARIG_FORM).past_frames
    assert make("arig").with_options(context=most).rollout.interface.past_frames == most
    with pytest.raises(VisavisError, match=f"context of {most + 1} frames is not possible; this model takes 0 to"):
        make("arig").with_options(context=most + 1)


@pytest.mark.parametrize("space", ["arkit61", "flame56", "colocated78"])
def test_any_motion_space_is_spoken(space: str) -> None:
    system = System(replace(CONFIGS["arig"], space=space)).eval()
    motion, _ = system.step(chunk_for(system, 8), system.init_state(1))
    assert motion.sample.shape == (1, 1, 8, system.space.width)
    assert torch.isfinite(motion.sample).all()


@pytest.mark.parametrize("form", ["arig", "arig extended"])
def test_the_papers_own_space_is_one_to_register_and_is_drawn_whole_and_live(form: str, tmp_path: Path) -> None:
    frames = 11
    system = System(replace(CONFIGS[form], space=LIVE_PORTRAIT.name)).eval()
    rng = np.random.default_rng(0)
    user, agent = (0.1 * rng.standard_normal((2, samples_in(frames)))).astype(np.float32)
    seen = Motion(rng.standard_normal((frames, 262)), LIVE_PORTRAIT)
    whole = system.generate(user, agent, seen, seed=3)
    assert whole.space is LIVE_PORTRAIT
    assert whole.values.shape == (frames, 262)
    assert np.ptp(whole["yaw"], axis=0).min() > 0
    session, drawn = Session(system, seed=3, clock=lambda: 0.0), []
    for start, stop in ((0, 4), (4, 5), (5, frames)):
        part = slice(samples_in(start), samples_in(stop))
        session.push(user_speech=user[part], agent_speech=agent[part], user_motion=seen.cut(start, stop))
        drawn.append(session.pull().motion)
    session.close()
    drawn.append(session.pull().motion)
    assert drawn[0].space is LIVE_PORTRAIT
    np.testing.assert_array_equal(np.concatenate([one.values for one in drawn]), whole.values)
    save_system(system, tmp_path)
    again = load(tmp_path).generate(user, agent, seen, seed=3)
    np.testing.assert_allclose(again.values, whole.values, atol=1e-4)
