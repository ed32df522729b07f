from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.dyads import step_input
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw, Network
from visavis.core.steps import StepInput, StepMotion
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.history import Cached, Recomputed
from visavis.models.timar.model import DecoderConfig, Timar, TimarConfig
from visavis.models.timar.rollout import DrawingConfig, Rollout
from visavis.models.timar.tokens import TurnInputs
from visavis.models.timar.trunk import make_timar

CACHED = TimarConfig(
    frames_per_turn=12,
    window_turns=4,
    frames_per_token=3,
    token_width=8,
    width=16,
    depth=2,
    heads=2,
    separators=False,
    additions=TimarAdditions(positions="turn", turns_per_layer=2),
    head="flow",
    head_width=8,
    head_depth=1,
)
HANDED = replace(CACHED, additions=replace(CACHED.additions, skip=True, mean_head=True, hand_over=True))
WINDOWED = replace(
    CACHED,
    frames_per_turn=5,
    frames_per_token=1,
    separators=True,
    additions=replace(CACHED.additions, positions="window", turns_per_layer=0),
)
DECODED = replace(WINDOWED, decoder=DecoderConfig(width=12, depth=2, heads=3))
FEATURES, CHANNELS, TURNS = 5, 3, 7


def timar(config: TimarConfig) -> Timar:
    torch.manual_seed(0)
    model = make_timar(config, FEATURES, CHANNELS).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
        if model.hand_over is not None:
            model.hand_over.weight.mul_(0.02)
    model.motion_mean.fill_(0.5)
    model.motion_std.fill_(2.0)
    return model


def conversation(model: Timar, seed: int = 1) -> list[StepInput]:
    generator = torch.Generator().manual_seed(seed)

    def drawn(width: int) -> Tensor:
        return torch.randn(2, model.config.frames_per_turn, width, generator=generator)

    seen = torch.ones(2, model.config.frames_per_turn, dtype=torch.bool)
    return [step_input(drawn(FEATURES), drawn(FEATURES), drawn(CHANNELS), seen, seen) for _ in range(TURNS)]


def ask(scales: list[float] | None = None, start: float = 0.0) -> Draw:
    """Asks the head once at a fixed place, guided where there is guidance; no randomness."""

    def draw(network: Network, unguided: Network | None, scale: float, shape: tuple[int, ...]) -> Tensor:
        x, time = torch.full((shape[0], CHANNELS * 3), start), torch.tensor([300.0])
        if scales is not None:
            scales.append(scale if unguided is not None else math.nan)
        told = network(time)(x, 0)
        return told if unguided is None else unguided(time)(x, 0) + scale * (told - unguided(time)(x, 0))

    return draw


def ask_windowed(start: float = 0.0) -> Draw:
    return lambda *asked: asked[0](torch.zeros(1))(torch.full((asked[3][0], CHANNELS), start), 0)


def answer(make: Callable[[int], Tensor]) -> Draw:
    """Asks nothing and gives what `make` gives for so many rows."""
    return lambda *asked: make(asked[3][0])


@torch.no_grad()
def drawn(rollout: Rollout, turns: list[StepInput], draw: Draw) -> list[StepMotion]:
    state, motions = rollout.init_state(2), []
    for turn in turns:
        motion, state = rollout.step(turn, state, draw)
        motions.append(motion)
    return motions


def joined(motions: list[StepMotion]) -> Tensor:
    return torch.cat([motion.sample[:, 0] for motion in motions], dim=1)


@pytest.mark.parametrize(
    ("config", "drawing"),
    [
        (CACHED, DrawingConfig()),
        (CACHED, DrawingConfig(rounds=3, guidance=1.7)),
        (CACHED, DrawingConfig(rounds=2, own_history=True)),
        (CACHED, DrawingConfig(rounds=3, own_history=True, re_enter=True, guidance=1.7)),
        (CACHED, DrawingConfig(rounds=2, re_enter=True)),
        (HANDED, DrawingConfig()),
        (HANDED, DrawingConfig(guidance=2.0)),
    ],
)
def test_the_cache_gives_what_the_recomputed_window_gives(config: TimarConfig, drawing: DrawingConfig) -> None:
    model = timar(config)
    turns = conversation(model)
    cached, windowed = Rollout(model, drawing), Rollout(model, drawing, config.history_turns)
    assert isinstance(cached.history, Cached)
    assert isinstance(windowed.history, Recomputed)
    fast, slow = (drawn(rollout, turns, ask()) for rollout in (cached, windowed))
    torch.testing.assert_close(joined(fast), joined(slow), atol=1e-4, rtol=0)
    if config.additions.mean_head:
        for one, other in zip(fast, slow, strict=True):
            torch.testing.assert_close(one.mean, other.mean, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    "config",
    [
        HANDED,
        replace(WINDOWED, additions=replace(WINDOWED.additions, mean_head=True)),
        replace(DECODED, additions=replace(DECODED.additions, mean_head=True)),
    ],
    ids=["cached", "windowed", "encoder-decoder"],
)
def test_turn_by_turn_gives_what_the_network_computes_on_whole_windows(config: TimarConfig) -> None:
    model = timar(config)
    assert model.mean_head is not None
    turns = conversation(model)
    ask_head = ask() if config.additions.hand_over else ask_windowed()
    rollout = Rollout(model, DrawingConfig())
    embedded = [rollout._turn(turn) for turn in turns]
    for place, motion in enumerate(drawn(rollout, turns, ask_head)):
        window = reduce(TurnInputs.followed_by, embedded[max(0, place - config.history_turns) : place + 1])
        with torch.no_grad():
            seen = model(window)
            expected = model.mean(model.own(seen.tokens), seen.voice)[:, -1]
            mean = model.denormalise(model.tokens.unpack(expected))
        assert motion.mean is not None
        torch.testing.assert_close(motion.mean[:, 0], mean, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("frames", "rounds", "expected"),
    [
        (25, 1, [25]),
        (25, 3, [4, 9, 12]),
        (25, 5, [2, 3, 6, 7, 7]),
        (5, 3, [1, 2, 2]),
        (5, 9, [1, 1, 1, 1, 1]),
    ],
)
def test_the_cosine_schedule_unmasks_at_least_one_token_a_round(frames: int, rounds: int, expected: list[int]) -> None:
    model = timar(replace(WINDOWED, frames_per_turn=frames))
    counts: list[int] = []

    def counted(rows: int) -> Tensor:
        counts.append(rows // 2)
        return torch.zeros(rows, CHANNELS)

    drawn(Rollout(model, DrawingConfig(rounds=rounds)), conversation(model)[:1], answer(counted))
    assert counts == expected
    assert sum(counts) == frames
    if rounds < 5:
        left = [frames - sum(counts[: i + 1]) for i in range(rounds)]
        assert left[:-1] == [math.floor(frames * math.cos(math.pi / 2 * (i + 1) / rounds)) for i in range(rounds - 1)]


def test_tokens_are_drawn_from_left_to_right() -> None:
    model = timar(WINDOWED)
    calls: list[int] = []

    def numbered(rows: int) -> Tensor:
        calls.append(rows // 2)
        return torch.full((rows, CHANNELS), float(len(calls)))

    sample = joined(drawn(Rollout(model, DrawingConfig(rounds=3)), conversation(model)[:1], answer(numbered)))
    expected = [number for number, count in enumerate(calls, 1) for _ in range(count)]
    assert sample[0, :, 0].tolist() == [0.5 + 2 * number for number in expected]


def test_a_guidance_of_one_is_off() -> None:
    model = timar(CACHED)
    turns, scales = conversation(model), list[float]()
    plain = joined(drawn(Rollout(model, DrawingConfig(rounds=2)), turns, ask(scales)))
    assert all(math.isnan(scale) for scale in scales)
    off = joined(drawn(Rollout(model, DrawingConfig(rounds=2, guidance=1 + 1e-9)), turns, ask()))
    torch.testing.assert_close(off, plain, atol=1e-4, rtol=0)
    strong = joined(drawn(Rollout(model, DrawingConfig(rounds=2, guidance=3.0)), turns, ask()))
    assert (strong - plain).abs().max() > 0.01


def test_guidance_grows_with_the_fraction_unmasked_or_stays() -> None:
    model = timar(CACHED)
    first = conversation(model)[:1]
    linear, constant = list[float](), list[float]()
    drawn(Rollout(model, DrawingConfig(rounds=2, guidance=3.0)), first, ask(linear))
    fixed = DrawingConfig(rounds=2, guidance=3.0, guidance_schedule="constant")
    drawn(Rollout(model, fixed), first, ask(constant))
    assert linear == [1 + 2 * 2 / 4, 3.0]
    assert constant == [3.0, 3.0]


def test_the_unguided_branch_does_not_know_the_users_turn() -> None:
    model = timar(replace(CACHED, additions=replace(CACHED.additions, turns_per_layer=0)))
    alone = Rollout(model, DrawingConfig(guidance=2.0), 0)
    first, other = conversation(model)[0], conversation(model, seed=2)[0]
    stranger = replace(first, values={**first.values, **{name: other[name] for name in ("user_speech", "user_motion")}})

    def without(*asked: Any) -> Tensor:
        blind: Tensor = asked[1](torch.zeros(1))(torch.zeros(asked[3]), 0)
        return blind

    assert torch.equal(joined(drawn(alone, [first], without)), joined(drawn(alone, [stranger], without)))
    assert not torch.equal(joined(drawn(alone, [first], ask())), joined(drawn(alone, [stranger], ask())))


def test_the_mlp_head_draws_without_guidance() -> None:
    model = timar(replace(CACHED, head="mlp"))
    turns, scales = conversation(model), list[float]()
    guided = joined(drawn(Rollout(model, DrawingConfig(guidance=3.0)), turns, ask(scales)))
    assert all(math.isnan(scale) for scale in scales)
    assert torch.equal(guided, joined(drawn(Rollout(model, DrawingConfig()), turns, ask())))


@pytest.mark.parametrize("context", [0, 1, 2])
def test_progressive_context_sees_so_many_turns_and_none_before(context: int) -> None:
    model = timar(WINDOWED)
    rollout = Rollout(model, DrawingConfig(), context)
    turns = conversation(model)
    last = drawn(rollout, turns, ask_windowed())[-1].sample[:, 0]
    fresh = drawn(rollout, turns[-1 - context :], ask_windowed())[-1].sample[:, 0]
    torch.testing.assert_close(fresh, last, atol=1e-5, rtol=0)
    if context:
        shorter = drawn(rollout, turns[-context:], ask_windowed())[-1].sample[:, 0]
        assert not torch.allclose(shorter, last, atol=1e-3)


@pytest.mark.parametrize("config", [WINDOWED, DECODED], ids=["encoder-only", "encoder-decoder"])
def test_own_history_decides_whether_past_motion_is_seen(config: TimarConfig) -> None:
    model = timar(config)
    turns = conversation(model)[:2]
    for own_history in (False, True):
        rollout = Rollout(model, DrawingConfig(own_history=own_history))
        seconds = []
        for start in (0.0, 1.0):
            _, state = rollout.step(turns[0], rollout.init_state(2), ask_windowed(start))
            seconds.append(rollout.step(turns[1], state, ask_windowed())[0].sample[:, 0])
        assert torch.equal(seconds[0], seconds[1]) is not own_history


@pytest.mark.parametrize("config", [WINDOWED, DECODED], ids=["encoder-only", "encoder-decoder"])
def test_re_entering_decides_whether_a_round_sees_the_rounds_before(config: TimarConfig) -> None:
    model = timar(config)
    turn = conversation(model)[:1]

    def after(first: float) -> Draw:
        rounds = iter([answer(lambda rows: torch.full((rows, CHANNELS), first)), ask_windowed()])
        return lambda *asked: next(rounds)(*asked)

    for re_enter in (False, True):
        rollout = Rollout(model, DrawingConfig(rounds=2, re_enter=re_enter))
        one, other = (joined(drawn(rollout, turn, after(first)))[:, 2:] for first in (0.0, 1.0))
        assert torch.equal(one, other) is not re_enter


def test_hand_over_gives_each_token_the_end_of_the_one_before() -> None:
    model = timar(HANDED)
    values: list[Tensor] = []
    told: list[tuple[Tensor, Tensor]] = []
    original = model.condition

    def spy(z: Tensor, last: Tensor, known: Tensor) -> Tensor:
        told.append((last, known))
        return original(z, last, known)

    model.condition = spy  # type: ignore[method-assign]

    def remembered(rows: int) -> Tensor:
        values.append(torch.randn(rows, 3 * CHANNELS))
        return values[-1]

    drawn(Rollout(model, DrawingConfig()), conversation(model)[:2], answer(remembered))
    assert len(told) == len(values) == 8
    assert not told[0][1].any()
    for before, (last, known) in zip(values, told[1:], strict=False):
        assert known.all()
        assert torch.equal(last, before.view(2, 3, CHANNELS))


@pytest.mark.parametrize("context", [-1, 4])
def test_impossible_context_is_refused(context: int) -> None:
    with pytest.raises(VisavisError, match=f"context of {context} turns is not possible; this model takes 0 to 3"):
        Rollout(timar(WINDOWED), DrawingConfig(), context)


def test_impossible_drawing_is_refused() -> None:
    for drawing in (DrawingConfig(own_history=True), DrawingConfig(re_enter=True)):
        with pytest.raises(VisavisError, match="keeps own motion out of the trunk"):
            Rollout(timar(HANDED), drawing)
    with pytest.raises(VisavisError, match="'rounds' cannot be 0; it is at least 1"):
        DrawingConfig(rounds=0)


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_articulation_nears_the_mean_within_each_token_where_speech_moves(guidance: float) -> None:
    model = timar(HANDED)
    turn = conversation(model)[:1]
    free, near = (
        drawn(Rollout(model, DrawingConfig(articulation=share, guidance=guidance), spoken=(0, 2)), turn, ask())[0]
        for share in (1.0, 0.25)
    )
    assert near.mean is not None
    first = slice(0, 3)
    distance, before = ((one.sample - near.mean)[:, 0][:, first] for one in (near, free))
    for frame, share in enumerate((0.75, 0.5, 0.25)):
        torch.testing.assert_close(distance[:, frame, [0, 2]], share * before[:, frame, [0, 2]], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(distance[:, :, 1], before[:, :, 1])


def test_articulation_can_near_the_mean_sooner() -> None:
    model = timar(HANDED)
    turn = conversation(model)[:1]
    free, near = (
        drawn(Rollout(model, drawing, spoken=(0,), smiling=(2,)), turn, ask())[0]
        for drawing in (DrawingConfig(), DrawingConfig(articulation=0.0, articulation_frames=2, smile=0.4))
    )
    assert near.mean is not None
    distance, before = ((one.sample - near.mean)[:, 0][:, :3] for one in (near, free))
    for channel, shares in ((0, (0.5, 0.0, 0.0)), (1, (1.0, 1.0, 1.0)), (2, (0.8, 0.6, 0.4))):
        wanted = torch.tensor(shares) * before[..., channel]
        torch.testing.assert_close(distance[..., channel], wanted, atol=1e-4, rtol=1e-3)
    with pytest.raises(VisavisError, match="'articulation_frames' cannot be -1; it is at least 0"):
        DrawingConfig(articulation_frames=-1)


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_smiles_near_the_mean_within_each_token_beside_speech(guidance: float) -> None:
    model = timar(HANDED)
    turn = conversation(model)[:1]

    def made(**shares: float) -> StepMotion:
        drawing = DrawingConfig(guidance=guidance, **shares)
        return drawn(Rollout(model, drawing, spoken=(0,), smiling=(2,)), turn, ask())[0]

    free, smiling, both = made(), made(smile=0.5), made(smile=0.5, articulation=0.25)
    assert free.mean is not None
    first = slice(0, 3)
    before, alone, beside = ((one.sample - free.mean)[:, 0][:, first] for one in (free, smiling, both))
    for frame, progress in enumerate((1 / 3, 2 / 3, 1.0)):
        for left, share in ((alone, 0.5), (beside, 0.5)):
            wanted = (1 - progress * (1 - share)) * before[:, frame, 2]
            torch.testing.assert_close(left[:, frame, 2], wanted, atol=1e-4, rtol=1e-3)
        wanted = (1 - progress * 0.75) * before[:, frame, 0]
        torch.testing.assert_close(beside[:, frame, 0], wanted, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(alone[..., :2], before[..., :2])
    torch.testing.assert_close(beside[..., 1], before[..., 1])


def test_what_is_not_to_near_the_mean_stays_as_it_was_drawn() -> None:
    model = timar(HANDED)
    turns = conversation(model)
    plain = joined(drawn(Rollout(model, DrawingConfig()), turns, ask()))
    assert torch.equal(joined(drawn(Rollout(model, DrawingConfig(), spoken=(0,), smiling=(2,)), turns, ask())), plain)
    spoken = joined(drawn(Rollout(model, DrawingConfig(articulation=0.0), spoken=(0,)), turns, ask()))
    beside = DrawingConfig(articulation=0.0, smile=1.0)
    assert torch.equal(joined(drawn(Rollout(model, beside, spoken=(0,), smiling=(2,)), turns, ask())), spoken)


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_what_speech_moves_can_be_left_to_the_guide(guidance: float) -> None:
    """Then nothing is left to chance in the first token there, and elsewhere all is as before."""
    model = timar(replace(HANDED, additions=replace(HANDED.additions, guide=True)))
    turn = conversation(model)[:1]

    def made(noise: float, at: float) -> Tensor:
        drawing = DrawingConfig(guidance=guidance, articulation_noise=noise)
        draw = answer(lambda rows: torch.full((rows, CHANNELS * 3), at))
        return drawn(Rollout(model, drawing, spoken=(0, 2)), turn, draw)[0].sample[:, 0, :3]

    none, half, some = made(0.0, 0.5), made(0.5, 0.5), made(1.0, 0.5)
    assert torch.equal(none[..., [0, 2]], made(1.0, 0.0)[..., [0, 2]])
    torch.testing.assert_close(half[..., [0, 2]], (none + some)[..., [0, 2]] / 2)
    assert torch.equal(none[..., 1], some[..., 1])
    assert not torch.allclose(none[..., 0], some[..., 0])


@pytest.mark.parametrize("name", ["articulation", "smile"])
def test_nearing_needs_a_mean_and_a_share(name: str) -> None:
    with pytest.raises(VisavisError, match=f"{name} nears the mean; it needs a model with a mean head"):
        Rollout(timar(CACHED), replace(DrawingConfig(), **{name: 0.5}))
    with pytest.raises(VisavisError, match=rf"'{name}' cannot be 1\.5; it is at least 0 and at most 1"):
        replace(DrawingConfig(), **{name: 1.5})


def test_articulation_without_noise_needs_a_guide_and_a_share() -> None:
    with pytest.raises(VisavisError, match="articulation_noise leaves the guess of a guide; it needs a model with one"):
        Rollout(timar(HANDED), DrawingConfig(articulation_noise=0.0))
    with pytest.raises(VisavisError, match=r"'articulation_noise' cannot be 2\.0; it is at least 0 and at most 1"):
        DrawingConfig(articulation_noise=2.0)


def test_gestures_add_to_what_is_shown_and_never_to_what_is_handed_over() -> None:
    model = timar(HANDED)
    turns = conversation(model)
    plain, nodding = (
        drawn(Rollout(model, DrawingConfig(gestures=gain), gesturing=(1,)), turns, ask()) for gain in (0.0, 1.5)
    )
    assert all(
        torch.equal(one.mean, other.mean)
        for one, other in zip(plain, nodding, strict=True)
        if one.mean is not None and other.mean is not None
    )
    before, after = joined(plain), joined(nodding)
    assert torch.equal(before[..., [0, 2]], after[..., [0, 2]])
    mean = torch.cat([motion.mean[:, 0, :, 1] for motion in plain if motion.mean is not None], dim=1)
    quick, last = torch.zeros(2), mean[:, 0]
    for frame in range(mean.shape[1]):
        quick = math.exp(-2 * math.pi * 0.5 / 25) * (quick + mean[:, frame] - last)
        last = mean[:, frame]
        torch.testing.assert_close(after[:, frame, 1], before[:, frame, 1] + 1.5 * quick, atol=1e-4, rtol=1e-4)


def test_gestures_need_a_mean_and_a_gain() -> None:
    with pytest.raises(VisavisError, match="gestures are the mean's; they need a model with a mean head"):
        Rollout(timar(CACHED), DrawingConfig(gestures=1.0))
    with pytest.raises(VisavisError, match=r"'gestures' cannot be -1; it is at least 0 and at most 10"):
        DrawingConfig(gestures=-1)
