"""The named recipes: functions that return complete configs."""

from __future__ import annotations

from collections.abc import Callable

from visavis.core.errors import unknown
from visavis.training.recipes import frame_by_frame, paper, small, tiny, together
from visavis.training.recipes.recipe import Recipe

_FUNCTIONS: tuple[Callable[[], Recipe], ...] = (
    small.timar_small,
    small.timar_small_forced,
    small.timar_small_1s,
    small.timar_small_200ms,
    small.timar_small_lips,
    small.timar_small_200ms_lips,
    small.dualtalk_small,
    paper.timar_base,
    paper.timar_large,
    paper.timar_huge,
    paper.timar_mlp_head,
    paper.timar_bidirectional,
    paper.timar_encoder_decoder,
    paper.dualtalk,
    paper.arig,
    frame_by_frame.arig_small,
    frame_by_frame.arig_tiny,
    frame_by_frame.arig_tiny_white,
    frame_by_frame.arig_tiny_one_step,
    frame_by_frame.arig_tiny_now,
    frame_by_frame.arig_tiny_paper,
    frame_by_frame.arig_tiny_told,
    frame_by_frame.arig_tiny_forced,
    frame_by_frame.arig_tiny_no_context,
    frame_by_frame.arig_tiny_no_states,
    frame_by_frame.arig_tiny_no_user_motion,
    frame_by_frame.arig_tiny_linear,
    frame_by_frame.arig_tiny_codebook,
    tiny.timar_tiny,
    tiny.timar_tiny_mlp_head,
    tiny.timar_tiny_bidirectional,
    tiny.timar_tiny_encoder_decoder,
    tiny.timar_tiny_extended,
    tiny.dualtalk_tiny,
    together.together,
    together.together_small,
    together.together_tiny,
    together.together_tiny_single,
    together.together_tiny_no_stage2,
    together.together_tiny_no_roles,
    together.together_tiny_no_cross,
    together.together_tiny_no_gaze,
    together.together_tiny_one_person,
    together.together_tiny_same_frame,
    together.together_tiny_held,
    together.together_tiny_room_frame,
    together.together_tiny_partner_gaze,
    together.together_tiny_one_voice,
    together.together_tiny_seen_lips,
)
RECIPES: dict[str, Callable[[], Recipe]] = {function.__name__.replace("_", "-"): function for function in _FUNCTIONS}


def recipe_named(name: str) -> Recipe:
    """The recipe of that name; raises `VisavisError` naming the known ones."""
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]()
