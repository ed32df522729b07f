"""Talking Together: the paper's form, a small one that trains on two CPU cores, and smaller ones to be compared.

All train in two parts (`Recipe.before`): conversations with all losses, then conversations among which, in a share of
the windows, one person is silenced and only the other's lips are learned. The tiny ones have one equal budget, see the
same windows in the same order, and differ from `together-tiny` in what their names say:

    together-tiny-single        silenced partners throughout: nothing but lips is learned
    together-tiny-no-stage2     the first part all the time
    together-tiny-no-roles      nobody is told who speaks
    together-tiny-no-cross      no cross-attention
    together-tiny-no-gaze       no gaze loss
    together-tiny-one-person    one person at a time: nothing of the other's motion, role or activity
    together-tiny-same-frame    cross-attention to the same frame alone, as we read the paper
    together-tiny-held          the frames that windows share are held and not told (told, windows cross-fade)
    together-tiny-room-frame    places and turns in the room's frame (paper)
    together-tiny-partner-gaze  eyes are told as how far they look past the partner's
    together-tiny-one-voice     what is heard is not told apart by who speaks (paper)
    together-tiny-seen-lips     lips are seen while they are noised, as all else is (paper)
"""

from __future__ import annotations

from dataclasses import replace

from visavis.core.clock import FPS
from visavis.encode.augment import AugmentConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.encode.speech import HUB_MODELS, Wav2VecConfig
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.fixations import REST_RAD
from visavis.models.talking_together.model import TogetherConfig
from visavis.models.talking_together.objective import TogetherObjectiveConfig
from visavis.models.talking_together.rollout import TogetherDrawing
from visavis.sampling.config import DenoisingConfig, SamplingConfig
from visavis.system.config import SystemConfig
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe, Stage

WINDOW_FRAMES = 10 * FPS
SPACE = "colocated_arkit"
_MARGIN = 12
OURS = TogetherAdditions(partner_frame=True, shown_past=True, own_voice=True, unseen_lips=True)
SMALL = TogetherConfig(
    width=256, cross_window=FPS, denoises=DenoisingConfig("cosine-log-snr-shifted", "x0"), additions=OURS
)
TINY = replace(SMALL, width=128, role_width=16)
TALK = TogetherObjectiveConfig(
    expression_weight=4.0,
    rotation_weight=2.0,
    gaze_weight=40.0,
    velocity_weight=0.2,
    closure_weight=8.0,
    silence_weight=4.0,
    gesture_weight=8.0,
    blind_share=0.2,
    augment=AugmentConfig(warp=0.12, masks=2),
)
"""Weights for standardised motion of named weights, which lips need more than the paper's expression codes."""
LIPS = replace(TALK, single_share=0.5, lips_weight=4.0)


def together() -> Recipe:
    """The paper's sizes, losses and training, on wav2vec 2.0 base, in the paper's space; its second part is as long as
    we think (the paper: silent)."""
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1e-4, betas=(0.9, 0.999), weight_decay=0.01),
        schedule=ScheduleConfig(200_000, 2000, "constant"),
        batch_size=1024,
        accumulate=64,
        ema=0.9999,
        validate_every=5000,
        checkpoint_every=5000,
    )
    model = TogetherConfig()
    system = SystemConfig(
        "together",
        space="colocated78",
        speech=Wav2VecConfig(HUB_MODELS[768], frames_per_turn=model.overlap),
        model=model,
        sampling=SamplingConfig(steps=8),
    )
    second = replace(loop, schedule=ScheduleConfig(20_000, 2000, "constant"))
    objective = TogetherObjectiveConfig()
    before = Stage(objective, loop)
    return Recipe(system, 1, replace(objective, single_share=0.5), second, None, WINDOW_FRAMES, before)


def together_small() -> Recipe:
    """8.6 M parameters, a phonetic speech encoder, 52 ARKit weights: trains on two CPU cores."""
    before = Stage(TALK, _loop(1e-3, steps=9500, batch_size=8))
    return _recipe("together-small", SMALL, LIPS, _loop(3e-4, steps=500, batch_size=8), before)


def together_tiny() -> Recipe:
    """together-small, smaller and shorter."""
    return _tiny("together-tiny", TINY)


def together_tiny_single() -> Recipe:
    """One speaker alone, throughout."""
    alone = replace(LIPS, single_share=1.0)
    return _tiny("together-tiny-single", TINY, alone, alone)


def together_tiny_no_stage2() -> Recipe:
    """Conversations alone, throughout."""
    return _tiny("together-tiny-no-stage2", TINY, TALK, TALK)


def together_tiny_no_roles() -> Recipe:
    """Nobody is told who speaks."""
    return _tiny("together-tiny-no-roles", replace(TINY, roles=False, additions=replace(OURS, own_voice=False)))


def together_tiny_no_cross() -> Recipe:
    """No cross-attention from one person to the other."""
    return _tiny("together-tiny-no-cross", replace(TINY, cross_attention=False))


def together_tiny_no_gaze() -> Recipe:
    """No gaze loss."""
    return _tiny("together-tiny-no-gaze", TINY, replace(TALK, gaze_weight=0.0), replace(LIPS, gaze_weight=0.0))


def together_tiny_one_person() -> Recipe:
    """One person at a time."""
    return _tiny("together-tiny-one-person", replace(TINY, together=False))


def together_tiny_same_frame() -> Recipe:
    """Cross-attention to the same frame alone."""
    return _tiny("together-tiny-same-frame", replace(TINY, cross_window=0))


def together_tiny_held() -> Recipe:
    """The frames that windows share are held and not told."""
    return _tiny("together-tiny-held", replace(TINY, additions=replace(OURS, shown_past=False)))


def together_tiny_room_frame() -> Recipe:
    """Places and turns in the room's frame."""
    return _tiny("together-tiny-room-frame", replace(TINY, additions=replace(OURS, partner_frame=False)))


def together_tiny_partner_gaze() -> Recipe:
    """Eyes told as how far they look past the partner's."""
    return _tiny("together-tiny-partner-gaze", replace(TINY, additions=replace(OURS, partner_gaze=True)))


def together_tiny_one_voice() -> Recipe:
    """What is heard is told to both alike."""
    return _tiny("together-tiny-one-voice", replace(TINY, additions=replace(OURS, own_voice=False)))


def together_tiny_seen_lips() -> Recipe:
    """Lips are seen while they are noised."""
    return _tiny("together-tiny-seen-lips", replace(TINY, additions=replace(OURS, unseen_lips=False)))


def _tiny(
    name: str,
    model: TogetherConfig,
    first: TogetherObjectiveConfig = TALK,
    second: TogetherObjectiveConfig = LIPS,
) -> Recipe:
    before = Stage(first, _loop(1.5e-3, steps=1600, batch_size=8))
    return _recipe(name, model, second, _loop(5e-4, steps=400, batch_size=8), before)


def _recipe(
    name: str, model: TogetherConfig, objective: TogetherObjectiveConfig, loop: LoopConfig, before: Stage
) -> Recipe:
    shown = model.additions.shown_past
    drawing = TogetherDrawing(
        join="crossfaded" if shown else "held",
        margin=_MARGIN if shown else 0,
        guidance=1.0,
        articulation_noise=0.0,
        smile=0.5,
        nod=0.4,
        gestures=1.5,
        rest=REST_RAD,
    )
    sampling = SamplingConfig(steps=16)
    system = SystemConfig(name, space=SPACE, speech=PhoneticConfig(), model=model, drawing=drawing, sampling=sampling)
    return Recipe(system, 1, objective, loop, None, WINDOW_FRAMES, before)


def _loop(lr: float, steps: int, batch_size: int) -> LoopConfig:
    return LoopConfig(
        optimizer=OptimizerConfig(lr=lr),
        schedule=ScheduleConfig(steps=steps, warmup=min(200, steps // 4), shape="cosine"),
        batch_size=batch_size,
        ema=0.999,
    )
