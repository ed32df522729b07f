from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.small_systems import make
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import FPS, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.core.steps import Chunk
from visavis.system.generate import generate_batch
from visavis.system.request import Request

FRAMES = 23


def voice(frames: int = FRAMES, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(samples_in(frames))).astype(np.float32)


def motion(frames: int = FRAMES, space: MotionSpace = ARKIT61, fps: float = FPS) -> Motion:
    return Motion(np.random.default_rng(5).uniform(0, 1, (frames, space.width)), space, fps)


def test_the_result_is_the_agents_motion_in_the_systems_space() -> None:
    system = make("timar shipped")
    drawn = system.generate(voice(), voice(seed=1), motion())
    assert drawn.space is ARKIT61
    assert drawn.fps == FPS
    assert drawn.values.shape == (FRAMES, ARKIT61.width)
    low, high = ARKIT61.limits()
    assert (drawn.values >= low).all()
    assert (drawn.values <= high).all()


def test_a_last_partial_turn_is_padded_and_trimmed() -> None:
    system = make("timar shipped")
    padded = 30
    silence = np.zeros(samples_in(padded - FRAMES), dtype=np.float32)
    held = np.pad(motion().values, ((0, padded - FRAMES), (0, 0)), mode="edge")
    user, agent = voice(), voice(seed=1)
    short = system.generate(user, agent, motion())
    longer = system.generate(
        np.concatenate([user, silence]), np.concatenate([agent, silence]), Motion(held, system.space)
    )
    assert np.array_equal(short.values, longer.values[:FRAMES])
    odd = np.concatenate([user, np.ones(300, dtype=np.float32)])
    assert np.array_equal(short.values, system.generate(odd, agent, motion()).values)


def test_it_is_the_live_steps_over_a_long_input() -> None:
    system = make("timar shipped")
    user, agent, seen = voice(20), voice(20, seed=1), motion(20)
    sounds = [torch.from_numpy(sound)[None] for sound in (user, agent)]
    chunk = Chunk(user_speech=sounds[0], agent_speech=sounds[1], user_motion=torch.from_numpy(seen.values)[None])
    live, _ = system.step(chunk, system.init_state(1, 4))
    assert np.array_equal(system.generate(user, agent, seen, seed=4).values, live.sample[0, 0].numpy())


def test_everything_is_cut_to_the_common_length() -> None:
    system = make("timar shipped")
    expected = system.generate(voice(), voice(seed=1), motion()).values
    longer = np.concatenate([voice(), voice(9, seed=7)])
    assert np.array_equal(system.generate(longer, voice(seed=1), motion()).values, expected)
    assert len(system.generate(voice(), voice(40), motion(50))) == FRAMES
    assert len(system.generate(voice(), voice(), motion(12))) == 12


def test_unseen_motion_is_a_condition_of_its_own() -> None:
    system = make("timar shipped")
    unseen = system.generate(voice(), voice(seed=1)).values
    zero = system.generate(voice(), voice(seed=1), Motion(np.zeros((FRAMES, 61)), ARKIT61)).values
    assert not np.array_equal(unseen, zero)
    assert not np.array_equal(system.generate(voice(), voice(seed=1), motion()).values, zero)


def test_a_seed_chooses_the_draw() -> None:
    system = make("timar shipped")
    one, again, other = (system.generate(voice(), voice(seed=1), seed=seed).values for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    calm = [system.generate(voice(), voice(seed=1), seed=seed, temperature=0.0).values for seed in (1, 2)]
    assert np.array_equal(calm[0], calm[1])


def test_noise_is_asked_for_in_drawing_order() -> None:
    shapes: list[tuple[int, ...]] = []

    def noise(shape: tuple[int, ...]) -> torch.Tensor:
        shapes.append(shape)
        return torch.full(shape, len(shapes) / 10)

    flow = make("timar shipped")
    drawn = flow.generate(voice(20), voice(20), noise=noise)
    assert shapes == [(1, 5 * 61)] * 4
    shapes.clear()
    assert np.array_equal(flow.generate(voice(20), voice(20), noise=noise, seed=9).values, drawn.values)
    shapes.clear()
    make("timar paper").generate(voice(10), voice(10), noise=noise, steps=3)
    assert shapes == [(5, 56)] * (2 * (1 + 3))
    shapes.clear()
    make("timar paper, own history").generate(voice(5), voice(5), noise=noise, steps=2)
    assert [shape[0] for shape in shapes] == [1, 1, 1, 2, 2, 2, 2, 2, 2]


def test_a_model_that_draws_nonsense_says_so() -> None:
    system = make("timar shipped")
    with torch.no_grad():
        system.model.mask_token[0, 0, 0] = torch.nan
    with pytest.raises(VisavisError, match=r"what shipped drew: \d+ values are NaN or infinite, the first in frame 0"):
        system.generate(voice(), voice())


def test_progress_counts_frames_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    system = make("timar shipped")
    system.generate(voice(), voice(), progress=lambda done, total: told.append((done, total)))
    assert told == [(10, 23), (20, 23), (23, 23)]


def test_the_mean_comes_along_where_it_is_asked_for_and_the_model_has_one() -> None:
    asked, plain = (Request.dyad(voice(), voice(), None, seed=0, mean=mean) for mean in (True, False))
    one, other = generate_batch(make("timar shipped"), [asked, plain])
    assert one.mean is not None
    assert one.mean.values.shape == one.sample.values.shape
    assert other.mean is None
    assert generate_batch(make("timar paper"), [asked])[0].mean is None


def test_recordings_of_any_length_are_made_side_by_side_as_each_by_itself() -> None:
    system = make("timar shipped")
    requests = [Request.dyad(voice(n, n), voice(n, n + 1), motion(n), seed=n) for n in (23, 41, 10)]
    for one, request in zip(generate_batch(system, requests), requests, strict=True):
        alone = system.generate(**request.values, seed=request.seed)
        np.testing.assert_allclose(one.sample.values, alone.values, atol=1e-4)


def test_what_cannot_be_used_is_refused() -> None:
    system = make("timar shipped")
    holed = voice()
    holed[100] = np.nan
    broken = motion()
    broken.values[3, 7] = np.inf
    cases = [
        ((holed, voice(), None), "user speech holds NaN"),
        ((voice(), holed, None), "agent speech holds NaN"),
        ((voice()[None], voice(), None), r"user speech must be mono, .* \(1, 14720\) was given"),
        ((voice(), voice(), broken), "user motion: 1 values are NaN or infinite, the first in frame 3"),
        ((voice(), voice(), motion(space=FLAME56)), "the model speaks arkit61, the user's motion is in flame56"),
        ((voice(), voice(), motion(fps=30)), "user motion at 30 fps; resample it to 25 first"),
        ((voice()[:600], voice(), None), "not one common frame"),
        ((voice(), voice()[:0], None), "not one common frame"),
        ((voice(), voice(), motion(0)), "not one common frame"),
    ]
    for (user, agent, seen), lesson in cases:
        with pytest.raises(VisavisError, match=lesson):
            system.generate(user, agent, seen)
