"""ARIG small, which trains on two CPU cores, and smaller ones under one equal budget, to be compared.

The small ones see the same windows in the same order. What differs from `arig-tiny` is what their names say:

    arig-tiny-white         noise that is independent from frame to frame
    arig-tiny-one-step      a head that predicts the mean velocity, and draws in one step
    arig-tiny-now           no look-ahead in the agent's voice (paper)
    arig-tiny-paper         the paper's form: own past motion, predicted noise in 15 steps, no mean
    arig-tiny-told          own past motion with strong noise on it, which is told
    arig-tiny-forced        own past motion, in half of the windows what the model itself draws
    arig-tiny-no-...        the paper's ablations: what each names is not there
    arig-tiny-linear        one linear layer for bidirectional-integrated learning
    arig-tiny-codebook      entries of a codebook, chosen anew each frame, for what diffusion draws
"""

from __future__ import annotations

from dataclasses import replace

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

WINDOW_FRAMES = 250
FLOW = DenoisingConfig("rectified-flow", "v")
OBJECTIVE = ArigObjectiveConfig(
    state_weight=0.3,
    activity_weight=0.3,
    state_balance=0.5,
    state_drop=0.2,
    state_forcing=0.5,
    draws=1,
    motion_drop=0.15,
    mean_weight=4.0,
    teacher_share=0.8,
    speed_weight=0.5,
    closure_weight=20.0,
    gesture_weight=4.0,
    augment=AugmentConfig(warp=0.12, masks=2),
)
SMALL = ArigConfig(
    width=192,
    heads=6,
    feedforward=384,
    chunk=4,
    capacity=64,
    bidirectional_depth=1,
    context_depth=3,
    coarse_sounds=5,
    head_width=256,
    denoises=FLOW,
    additions=ArigAdditions(look_ahead=2, own_motion=False, ask_user=True, mean_head=True, noise_lags=24),
)
TINY = replace(SMALL, width=128, heads=4, feedforward=256, head_width=192, context_depth=2)
AROUND_MEAN = ArigDrawing(articulation=0.0, smile=0.5, gestures=2.0)


def arig_small() -> Recipe:
    """A frame at a time, 80 ms of the agent's voice ahead, 10 s of context, motion from the voices alone, drawn from
    noise that is correlated in time."""
    recipe = _recipe("arig-small", SMALL, lr=1.2e-3, steps=10_000)
    return replace(recipe, system=replace(recipe.system, sampling=replace(recipe.system.sampling, temperature=0.92)))


def arig_tiny() -> Recipe:
    """arig-small, smaller and shorter."""
    return _tiny("arig-tiny", TINY)


def arig_tiny_white() -> Recipe:
    """Noise that is independent from frame to frame."""
    return _tiny("arig-tiny-white", _with(TINY, noise_lags=0))


def arig_tiny_one_step() -> Recipe:
    """A head that predicts the mean velocity of a flow over a stretch of its path, and draws in one step."""
    form = replace(TINY, additions=replace(TINY.additions, mean_velocity=True))
    recipe = _tiny("arig-tiny-one-step", form)
    return replace(recipe, system=replace(recipe.system, sampling=SamplingConfig(steps=1)))


def arig_tiny_now() -> Recipe:
    """No look-ahead in the agent's voice."""
    return _tiny("arig-tiny-now", _with(TINY, look_ahead=0))


def arig_tiny_paper() -> Recipe:
    """The paper's form: own past motion, predicted noise in 15 steps, no mean, no look-ahead."""
    form = replace(TINY, denoises=ArigConfig().denoises, additions=ArigAdditions())
    recipe = _tiny("arig-tiny-paper", form, replace(OBJECTIVE, draws=4), ArigDrawing())
    return replace(recipe, system=replace(recipe.system, sampling=SamplingConfig(steps=15, solver="ancestral")))


def arig_tiny_told() -> Recipe:
    """Own past motion with noise of up to one deviation on it, which is told; half of that when it is drawn."""
    form = replace(TINY, additions=ArigAdditions(look_ahead=2, ask_user=True, told_noise=True))
    return _tiny("arig-tiny-told", form, replace(OBJECTIVE, motion_noise=1.0), ArigDrawing(history_noise=0.5))


def arig_tiny_forced() -> Recipe:
    """Own past motion, in half of the windows what the model itself draws there."""
    form = replace(TINY, additions=ArigAdditions(look_ahead=2, ask_user=True))
    return _tiny("arig-tiny-forced", form, replace(OBJECTIVE, self_forcing=0.5), ArigDrawing())


def arig_tiny_no_context() -> Recipe:
    """No long-range context: four chunks."""
    return _tiny("arig-tiny-no-context", replace(TINY, capacity=4))


def arig_tiny_no_states() -> Recipe:
    """No conversational states."""
    return _tiny("arig-tiny-no-states", replace(TINY, states=False))


def arig_tiny_no_user_motion() -> Recipe:
    """The user is heard and not seen."""
    return _tiny("arig-tiny-no-user-motion", replace(TINY, user_motion=False))


def arig_tiny_linear() -> Recipe:
    """One linear layer in the place of bidirectional-integrated learning."""
    return _tiny("arig-tiny-linear", replace(TINY, learning="linear"))


def arig_tiny_codebook() -> Recipe:
    """A discrete codebook in the place of the continuous head."""
    form = replace(TINY, codebook=256, additions=ArigAdditions(look_ahead=2, own_motion=False, ask_user=True))
    return _tiny("arig-tiny-codebook", form, drawing=ArigDrawing())


def _with(form: ArigConfig, *, look_ahead: int | None = None, noise_lags: int | None = None) -> ArigConfig:
    additions = form.additions
    return replace(
        form,
        additions=replace(
            additions,
            look_ahead=additions.look_ahead if look_ahead is None else look_ahead,
            noise_lags=additions.noise_lags if noise_lags is None else noise_lags,
        ),
    )


def _tiny(
    name: str, model: ArigConfig, objective: ArigObjectiveConfig = OBJECTIVE, drawing: ArigDrawing = AROUND_MEAN
) -> Recipe:
    return _recipe(name, model, lr=1.5e-3, steps=2000, objective=objective, drawing=drawing)


def _recipe(
    name: str,
    model: ArigConfig,
    lr: float,
    steps: int,
    objective: ArigObjectiveConfig = OBJECTIVE,
    drawing: ArigDrawing = AROUND_MEAN,
) -> Recipe:
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=lr),
        schedule=ScheduleConfig(steps=steps, warmup=200, shape="cosine"),
        batch_size=8,
        ema=0.999,
    )
    sampling = SamplingConfig(steps=3)
    system = SystemConfig(name, speech=PhoneticConfig(), model=model, drawing=drawing, sampling=sampling)
    return Recipe(system, WINDOW_FRAMES, objective, loop)
