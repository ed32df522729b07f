"""ARIG small: frame by frame, on two CPU cores."""

from __future__ import annotations

from visavis.encode.augment import AugmentConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.models.arig.additions import ArigAdditions
from visavis.models.arig.model import ArigConfig
from visavis.models.arig.objective import ArigObjectiveConfig
from visavis.models.arig.rollout import ArigDrawing
from visavis.sampling.config import DenoisingConfig, SamplingConfig
from visavis.system.config import SystemConfig
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe

CONTEXT_FRAMES = 250


def arig_small() -> Recipe:
    """A frame at a time, 80 ms of the agent's voice ahead, 10 s of context, motion from the voices alone, drawn from
    noise that is correlated in time."""
    model = ArigConfig(
        width=192,
        heads=6,
        feedforward=384,
        chunk=4,
        capacity=64,
        bidirectional_depth=1,
        context_depth=3,
        coarse_sounds=5,
        head_width=256,
        denoises=DenoisingConfig("rectified-flow", "v"),
        additions=ArigAdditions(look_ahead=2, own_motion=False, mean_head=True, noise_lags=24),
    )
    objective = ArigObjectiveConfig(
        state_weight=0.3,
        activity_weight=0.3,
        state_balance=0.5,
        state_drop=0.2,
        state_forcing=0.5,
        draws=1,
        motion_drop=0.15,
        mean_weight=4.0,
        speed_weight=0.5,
        closure_weight=20.0,
        gesture_weight=4.0,
        augment=AugmentConfig(warp=0.12, masks=2),
    )
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1.2e-3),
        schedule=ScheduleConfig(steps=10_000, warmup=200, shape="cosine"),
        batch_size=8,
        ema=0.999,
    )
    drawing = ArigDrawing(articulation=0.0, smile=0.5, gestures=2.0)
    sampling = SamplingConfig(steps=3)
    system = SystemConfig("arig-small", speech=PhoneticConfig(), model=model, drawing=drawing, sampling=sampling)
    return Recipe(system, CONTEXT_FRAMES, objective, loop)
