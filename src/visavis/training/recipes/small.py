"""The recipes of our own small models, which train on two CPU cores."""

from __future__ import annotations

from dataclasses import replace

from visavis.encode.augment import AugmentConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.models.dualtalk.model import DualTalkConfig
from visavis.models.dualtalk.objective import DualTalkObjectiveConfig
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.model import TimarConfig
from visavis.models.timar.objective import TimarObjectiveConfig
from visavis.models.timar.rollout import DrawingConfig
from visavis.sampling.config import SamplingConfig
from visavis.system.config import SystemConfig
from visavis.training.lips import LipsConfig
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe


def timar_small() -> Recipe:
    """0.4 s turns, 8 s of context, five frames a token, 6.2 M parameters, a phonetic speech encoder: trains on two CPU
    cores."""
    return small("timar-small", frames_per_turn=10, turns_per_layer=4, window_turns=20)


def timar_small_forced() -> Recipe:
    """The second part of timar-small's training, on from the first: half of the windows continue its own motion."""
    return _forced(small("timar-small-forced", frames_per_turn=10, turns_per_layer=4, window_turns=20))


def timar_small_1s() -> Recipe:
    """The small model with the paper's turn of 1 s and the same 8 s of context, on from timar-small."""
    return _forced(small("timar-small-1s", frames_per_turn=25, turns_per_layer=2, window_turns=8))


def timar_small_200ms() -> Recipe:
    """The small model with turns of 0.2 s, one token a stream, and the same 8 s of context, on from timar-small."""
    return _forced(small("timar-small-200ms", frames_per_turn=5, turns_per_layer=8, window_turns=40))


def timar_small_lips() -> Recipe:
    """A third part of timar-small's training, on from the second: lips of captured people among conversations."""
    return _lips(small("timar-small-lips", frames_per_turn=10, turns_per_layer=4, window_turns=20))


def timar_small_200ms_lips() -> Recipe:
    """The same for turns of 0.2 s, on from timar-small-200ms or timar-small-lips."""
    return _lips(small("timar-small-200ms-lips", frames_per_turn=5, turns_per_layer=8, window_turns=40))


def dualtalk_small() -> Recipe:
    """DualTalk with timar-small's ears in place of its own, in windows and turns as published: the baseline under equal
    data. A third of the steps, for nothing is drawn."""
    model = DualTalkConfig(width=192, feedforward=768, dropout=0.1)
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1e-3),
        schedule=ScheduleConfig(steps=4000, warmup=200, shape="cosine"),
        batch_size=16,
        ema=0.999,
    )
    system = SystemConfig("dualtalk-small", speech=PhoneticConfig(), model=model)
    return Recipe(system, model.window_turns, DualTalkObjectiveConfig(), loop)


def _lips(recipe: Recipe) -> Recipe:
    forced = _forced(recipe)
    schedule = ScheduleConfig(steps=600, warmup=50, shape="cosine")
    loop = replace(forced.loop, optimizer=OptimizerConfig(lr=1e-4), schedule=schedule)
    return replace(forced, loop=loop, lips=LipsConfig(share=0.125))


def _forced(recipe: Recipe) -> Recipe:
    objective = recipe.objective
    assert isinstance(objective, TimarObjectiveConfig)
    schedule = ScheduleConfig(steps=1000, warmup=50, shape="cosine")
    loop = replace(recipe.loop, optimizer=OptimizerConfig(lr=4e-4), schedule=schedule, ema=0.99)
    return replace(recipe, objective=replace(objective, self_forcing=0.5, closure_weight=20.0), loop=loop)


def small(name: str, frames_per_turn: int, turns_per_layer: int, window_turns: int) -> Recipe:
    """The small model with turns of so many frames, and its first training, which takes an hour on two cores."""
    model = TimarConfig(
        frames_per_turn=frames_per_turn,
        window_turns=window_turns,
        frames_per_token=5,
        token_width=256,
        width=192,
        depth=5,
        heads=6,
        dropout=0.0,
        separators=False,
        additions=TimarAdditions(
            positions="turn",
            turns_per_layer=turns_per_layer,
            skip=True,
            skip_user=True,
            mean_head=True,
            hand_over=True,
            speech_layers=3,
            guide=True,
        ),
        head="flow",
        head_width=320,
        head_depth=3,
    )
    objective = TimarObjectiveConfig(
        mask_least=1.0,
        token_drop=0.05,
        turn_drop=0.1,
        motion_drop=0.15,
        draws=2,
        mean_weight=4.0,
        speed_weight=0.5,
        hand_over_noise=0.01,
        hand_over_drop=0.05,
        closure_weight=12.0,
        gesture_weight=4.0,
        augment=AugmentConfig(warp=0.12, masks=2),
    )
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1.5e-3),
        schedule=ScheduleConfig(steps=12_000, warmup=100, shape="cosine"),
        batch_size=16,
        ema=0.999,
    )
    drawing = DrawingConfig(
        guidance_schedule="constant",
        articulation=0.0,
        articulation_frames=1,
        articulation_noise=0.0,
        smile=0.5,
        gestures=2.0,
    )
    system = SystemConfig(
        name, speech=PhoneticConfig(), model=model, drawing=drawing, sampling=SamplingConfig(steps=3, temperature=1.03)
    )
    return Recipe(system, window_turns, objective, loop)
