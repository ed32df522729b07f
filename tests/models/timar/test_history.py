from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.dyads import each
from tests.models.timar.test_rollout import (
    DECODED,
    WINDOWED,
    ask_windowed,
    conversation,
    drawn,
    joined,
    timar,
)
from visavis.core.errors import VisavisError
from visavis.core.state import concat_rows, select_rows
from visavis.core.steps import StepInput
from visavis.models.timar.history import Cached
from visavis.models.timar.model import Timar, TimarConfig
from visavis.models.timar.rollout import DrawingConfig, Rollout

LONG = replace(WINDOWED, window_turns=7)
KEPT = DrawingConfig(history="cached")
FORMS = {
    "encoder-only": WINDOWED,
    "mlp": replace(WINDOWED, head="mlp"),
    "encoder-decoder": DECODED,
    "rotary": replace(WINDOWED, additions=replace(WINDOWED.additions, positions="turn")),
}


def long_conversation(model: Timar) -> list[StepInput]:
    return conversation(model) + conversation(model, seed=2)


@pytest.mark.parametrize("config", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("drawing", [DrawingConfig(), DrawingConfig(rounds=3, guidance=1.7)], ids=["plain", "guided"])
def test_a_cached_turn_is_a_recomputed_one_with_as_much_history(config: TimarConfig, drawing: DrawingConfig) -> None:
    model = timar(config)
    turns = long_conversation(model)
    assert len(turns) > 3 * config.window_turns
    cached = drawn(Rollout(model, replace(drawing, history="cached")), turns, ask_windowed())
    recomputed = [drawn(Rollout(model, drawing, history), turns, ask_windowed()) for history in range(4)]
    for turn, motion in enumerate(cached):
        history = turn if turn < config.window_turns else 2 + turn % 2
        torch.testing.assert_close(motion.sample, recomputed[history][turn].sample, atol=1e-5, rtol=0)


@pytest.mark.parametrize("config", [LONG, replace(LONG, decoder=DECODED.decoder)], ids=["encoder-only", "decoder"])
@pytest.mark.parametrize(
    "drawing",
    [
        DrawingConfig(rounds=2, own_history=True),
        DrawingConfig(rounds=3, own_history=True, re_enter=True, guidance=1.7),
    ],
    ids=["own history", "re-entering"],
)
def test_before_the_window_slides_nothing_is_lost(config: TimarConfig, drawing: DrawingConfig) -> None:
    model = timar(config)
    turns = conversation(model)
    assert len(turns) == config.window_turns
    exact, cached = (
        drawn(Rollout(model, replace(drawing, history=slid)), turns, ask_windowed()) for slid in ("exact", "cached")
    )
    torch.testing.assert_close(joined(cached), joined(exact), atol=1e-5, rtol=0)
    blind = drawn(Rollout(model, replace(drawing, own_history=False, re_enter=False)), turns, ask_windowed())
    assert not torch.allclose(joined(blind), joined(exact), atol=1e-3)


def test_rows_may_stand_at_different_turns() -> None:
    model = timar(WINDOWED)
    turns = long_conversation(model)
    rollout = Rollout(model, KEPT)
    together = joined(drawn(rollout, turns, ask_windowed()))
    frames = rollout.interface.hop
    with torch.no_grad():
        state = rollout.init_state(2)
        for turn in turns[:5]:
            _, state = rollout.step(turn, state, ask_windowed())
        early, late = rollout.init_state(1), select_rows(state, [1])
        heard = each(lambda first, sixth: torch.cat([first[:1], sixth[1:]]), turns[0], turns[5])
        motion, _ = rollout.step(heard, concat_rows([early, late]), ask_windowed())
    torch.testing.assert_close(motion.sample[0, 0], together[0, :frames], atol=1e-5, rtol=0)
    torch.testing.assert_close(motion.sample[1, 0], together[1, 5 * frames : 6 * frames], atol=1e-5, rtol=0)


def test_each_turn_costs_one_turns_work() -> None:
    model = timar(WINDOWED)
    tokens: list[int] = []
    model.encoder_blocks[0].register_forward_hook(
        lambda _module, inputs, _out: tokens.append(inputs[0][..., 0].numel())
    )
    drawn(Rollout(model, KEPT), long_conversation(model), ask_windowed())
    lanes = Cached(model).lanes
    assert set(tokens) == {2 * lanes * model.tokens.count}


def test_a_bidirectional_model_has_no_cache() -> None:
    model = timar(replace(WINDOWED, causal=False))
    with pytest.raises(VisavisError, match=r"set drawing\.history to 'exact'"):
        Rollout(model, KEPT)
    assert not isinstance(Rollout(model, DrawingConfig()).history, Cached)
