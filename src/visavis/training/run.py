"""From a recipe's name and a data folder to a trained system in a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from visavis.analysis.head import head_steps
from visavis.analysis.lips import jaw_sum
from visavis.core.config import override
from visavis.core.contract import Learning
from visavis.core.errors import VisavisError
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace, space_named
from visavis.core.steps import Chunk
from visavis.data.folder import Clip, list_clips
from visavis.data.known import counted_frames, neutral
from visavis.data.windows import Batch, WindowSet, statistics
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.layers.standard import Standardised
from visavis.system import DEFAULT_MODEL
from visavis.system.folder import load_speech, save_weights
from visavis.system.request import MIX
from visavis.system.shipped import folder_of, load_trainable
from visavis.system.specs import spec_of
from visavis.system.system import System
from visavis.training.feed import Windows
from visavis.training.lips import captured_windows
from visavis.training.loop import FitReport, fit
from visavis.training.mixture import Mixture
from visavis.training.recipes import RECIPES, recipe_named
from visavis.training.recipes.recipe import Recipe
from visavis.training.run_folder import BEFORE, check_run_folder
from visavis.training.taught import expectation

_VALIDATION_SHARE = 20


def train(
    recipe: str | Recipe,
    data: Path,
    out: Path,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
    init_from: Path | None = None,
    lips: Path | None = None,
    speech: Path | None = None,
    teacher: Path | None = None,
) -> FitReport:
    """Train a recipe, or the one of a name, on DIR/train (all of a flat folder) and leave a loadable system in `out`.

    Every 20th recording is kept out of training and validated on. `init_from`: a run or model folder, or the name of
    a shipped model, whose weights and statistics are the first ones (of a run that is resumed, its own are); turns may
    differ in length. `lips`: a data folder of captured people, all of whose DIR/train is trained on. `speech`: a run or
    model folder, or shipped model, whose trained speech encoder is heard with (None: that of `init_from`, or of the
    shipped default). `teacher`: what another model expects of the same recordings, see `training.teacher`.
    A recipe with an earlier part begins with that, in OUT/before, unless it starts from `init_from`.
    Raises `VisavisError` for unknown names or keys, data that cannot be used, or a run folder in use.
    """
    recipe = override(recipe_named(recipe) if isinstance(recipe, str) else recipe, overrides or {})
    _check_lips(recipe, lips)
    _check_speech(recipe, speech)
    _check_teacher(recipe, teacher)
    begun = check_run_folder(out, recipe, resume)
    if recipe.before is not None and init_from is None and not begun:
        init_from = out / BEFORE
        train(recipe.first, data, init_from, resume, None, None, lips, speech, teacher)
    space = space_named(recipe.system.space)
    train_clips, validation_clips = training_clips(data)
    torch.manual_seed(recipe.loop.seed)
    system = System(recipe.system)
    if init_from is not None:
        _take_over(system, load_trainable(init_from), init_from)
    if isinstance(system.encoder, PhoneticEncoder):
        load_speech(system.encoder, folder_of(speech or init_from or DEFAULT_MODEL))
    frames = recipe.frames
    labels, signals = _learning(recipe).labels(recipe.objective), _learning(recipe).signals(space)
    expected = None if teacher is None else expectation(teacher)
    conversations, validation = (
        WindowSet(clips, frames, space, labels=labels, expected=expected, signals=signals)
        for clips in (train_clips, validation_clips)
    )
    captured = None
    if lips is not None and recipe.lips is not None:
        captured = captured_windows(clips_to_learn_from(lips), frames, space, recipe.lips, labels, signals)
    if init_from is None:
        _take_statistics(system, train_clips, _learning(recipe))
    objective = make_objective(system.model, system.encoder, space, recipe)
    held_out = validation.load(validation.order(0, 0)[:16], 0)
    at_lips = None if captured is None else captured.load(captured.order(0, 0)[:16], 0)

    def on_validate(_: nn.Module, step: int) -> dict[str, float]:
        del step
        save_weights(system, out)
        scores = sample_scores(system, held_out)
        if at_lips is not None:
            scores |= {f"captured_{name}": score for name, score in sample_scores(system, at_lips).items()}
        return scores

    windows: Windows = conversations
    if captured is not None and recipe.lips is not None:
        windows = Mixture(conversations, captured, recipe.lips.exact_share)
    return fit(
        objective,
        recipe.loop,
        windows,
        validation,
        out,
        resume=resume,
        on_validate=on_validate,
        recipe=recipe,
        blocks=_learning(recipe).blocks,
    )


def make_objective(model: Standardised, encoder: SpeechEncoder[Any], space: MotionSpace, recipe: Recipe) -> nn.Module:
    """What a recipe's model learns; raises `VisavisError` for an objective of another model."""
    learning, sampling = _learning(recipe), recipe.system.sampling
    module: nn.Module = learning.make(model, encoder, space, recipe.objective, sampling)
    return module


def _learning(recipe: Recipe) -> Learning:
    """How the recipe's model learns; raises `VisavisError` where it cannot, or learns otherwise."""
    spec = spec_of(recipe.system.model)
    if spec.learning is None:
        raise VisavisError(f"models of kind {spec.tag!r} cannot be trained here; choose a recipe of another kind")
    if type(recipe.objective) is not spec.learning.config:
        raise VisavisError(
            f"the objective of recipe {recipe.system.name} is not one of its model's; take it from a recipe"
        )
    return spec.learning


def _check_lips(recipe: Recipe, lips: Path | None) -> None:
    name = recipe.system.name
    if recipe.lips is None and lips is not None:
        mixing = ", ".join(known for known, make in RECIPES.items() if make().lips is not None)
        raise VisavisError(f"recipe {name} takes no captured lips; leave --lips out, or choose one of: {mixing}")
    if recipe.lips is not None and lips is None:
        raise VisavisError(f"recipe {name} learns from captured lips too; give their data folder with --lips DIR")


def _check_speech(recipe: Recipe, speech: Path | None) -> None:
    if speech is not None and not isinstance(recipe.system.speech, PhoneticConfig):
        raise VisavisError(
            f"recipe {recipe.system.name} does not hear with a phonetic encoder; leave --speech {speech} out"
        )


def _check_teacher(recipe: Recipe, teacher: Path | None) -> None:
    if teacher is not None and not _learning(recipe).taught:
        raise VisavisError(f"recipe {recipe.system.name} learns from no teacher; leave --teacher {teacher} out")


def _take_statistics(system: System, clips: list[Clip], learning: Learning) -> None:
    if learning.statistics is None:
        facts = statistics(clips, system.space)
    else:
        facts = learning.statistics(system.config.model, clips, system.space)
    if not facts.known.all():
        lacking = [name for name, known in zip(system.space.channels, facts.known, strict=True) if not known]
        raise VisavisError(
            f"no recording of {clips[0].folder} knows {', '.join(lacking)}; bring recordings that do, "
            "or start from a model with --init-from"
        )
    system.model.motion_mean.copy_(torch.from_numpy(facts.mean))
    system.model.motion_std.copy_(torch.from_numpy(facts.std))


def _take_over(system: System, other: System, source: Path) -> None:
    own, theirs = system.config, other.config
    weights: Mapping[str, Any] = other.model.state_dict()
    try:
        learning = spec_of(own.model).learning
        take_over = None if learning is None else learning.take_over
        if take_over is not None and type(own.model) is type(theirs.model):
            weights = take_over(weights, theirs.model, own.model)
        elif own.model != theirs.model:
            raise VisavisError("start from a run of the same sizes")
        if (theirs.space, theirs.speech) != (own.space, own.speech):
            raise VisavisError("it moves or hears otherwise; start from one of the same space and speech encoder")
    except VisavisError as error:
        raise VisavisError(f"{source} is another kind of model than the recipe's: {error}") from error
    system.model.load_state_dict(weights)


def sample_scores(system: System, batch: Batch) -> dict[str, float]:
    """Scores of generated samples: how the jaw follows the truth, and how fast the head moves against the truth's.

    The model is given what training gives it: a window counts as the recording, and of a user whose motion is known
    in part the rest stands at its mean. Only what counts of the truth is looked at; of the head nothing is said unless
    all of it is known.
    """
    generated = system.step(_given(system, batch), system.init_state(len(batch.user_speech)))[0].sample[:, 0]
    truth, counted = batch.agent_motion, counted_frames(batch)
    counted = torch.ones_like(truth, dtype=torch.bool) if counted is None else counted
    truth, counted = truth[:, : generated.shape[1]], counted[:, : generated.shape[1]]
    scores: dict[str, float] = {}
    if "jaw" in system.space.groups:
        pair = torch.stack([jaw_sum(motion, system.space, counted) for motion in (generated, truth)])
        scores["jaw_correlation"] = float(torch.corrcoef(pair)[0, 1])
    if "pose" in system.space.groups and counted[..., system.space.indices("pose")].all():
        speeds = [head_steps(motion, system.space).mean() for motion in (generated, truth)]
        scores["head_speed_ratio"] = float(speeds[0] / speeds[1])
    return scores


def _given(system: System, batch: Batch) -> Chunk:
    """What a system takes of a batch, each window as the whole recording."""
    user, agent = batch.user_speech, batch.agent_speech
    voices = {"user_speech": user, "agent_speech": agent, MIX: user + agent}
    values = {one.name: system.encoder.prepared(voices[one.name]) for one in system.interface.of_kind("speech")}
    signals = {"masks": batch.masks, "places": batch.places}
    told = {one.name: signals.get(one.name) for one in system.interface.of_kind("signal")}
    values |= {name: value for name, value in told.items() if value is not None}
    if all(one.name != "user_motion" for one in system.interface.inputs):
        return Chunk(values)
    moved = neutral(batch.user_motion, batch.user_known, system.model.motion_mean)
    seen = batch.user_seen[:, None].expand(moved.shape[:2])
    return Chunk(values, user_motion=moved, known={"user_motion": seen})


def clips_to_learn_from(data: Path) -> list[Clip]:
    """The recordings of DIR/train, of all of a flat folder."""
    return list_clips(data, "train" if (data / "train").is_dir() else None)


def training_clips(data: Path) -> tuple[list[Clip], list[Clip]]:
    """The recordings of DIR/train (of all of a flat folder) to train on, and every 20th, kept out to validate on."""
    clips = clips_to_learn_from(data)
    if len(clips) < 2:
        raise VisavisError(f"{data} holds {len(clips)} recordings to train on; at least 2 are needed, one to validate")
    held = clips[:: min(_VALIDATION_SHARE, len(clips))]
    return [clip for clip in clips if clip not in held], held
