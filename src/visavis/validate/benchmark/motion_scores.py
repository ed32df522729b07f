"""All metrics of one motion of one case, each as a share of the metric over all clips."""

from __future__ import annotations

import numpy as np

from visavis.analysis.closures import closed_level, is_bilabial
from visavis.analysis.detectors import DETECTORS, shows
from visavis.analysis.gaze import has_gaze
from visavis.analysis.head import head_speed
from visavis.analysis.head_gestures import nods
from visavis.analysis.lips import has_jaw, has_rounding
from visavis.analysis.listening import listening_mask
from visavis.analysis.moments import line_moments
from visavis.core.colocation import has_places
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.validate.benchmark.cases import Case
from visavis.validate.benchmark.dataset_statistics import DatasetStatistics
from visavis.validate.benchmark.pair_scores import in_a_room, room_shares
from visavis.validate.metrics.gaze import gaze_error_deg, mutual_gaze
from visavis.validate.metrics.intervals import Share, Shares, shares_of, shares_of_matches
from visavis.validate.metrics.lips import (
    closure_rate,
    jaw_correlation,
    jaw_correlation_throughout,
    jaw_lag_ms,
    lip_sync,
    moving_while_silent,
    rounding_correlation,
)
from visavis.validate.metrics.pair_tables import Vertices
from visavis.validate.metrics.per_clip import Reference, score_clip
from visavis.validate.metrics.reactions import answered, reactivity, score_reaction
from visavis.validate.metrics.seams import seams

WHILE_LISTENING = ("nod",)
"""Reactions that are looked for only while the person listens: speaking people stress words with the head."""


def score_motion(
    prediction: Motion,
    case: Case,
    truth: Reference,
    dataset: DatasetStatistics,
    frames_per_turn: int,
    partner: Motion | None = None,
    vertices: Vertices | None = None,
) -> Shares:
    """The protocol, z-scored errors, head speed, lips, seams and reactions of one motion; and what people in one room
    are scored for (`room_shares`).

    Only what the true motion knows is scored. partner: who was drawn together with this person (None: nobody, the true
    one stands beside). vertices: of any head, for errors of vertices.
    """
    scores = score_clip(prediction, truth) | standard_errors(prediction, case.truth, dataset.variance)
    scores |= lip_scores(prediction, case)
    if has_gaze(prediction.space) and case.truth.knows("gaze") and case.truth.knows("pose"):
        scores["gaze_error_deg"] = gaze_error_deg(prediction, case.truth)
        user = case.user_motion
        if user is not None and user.knows("gaze") and user.knows("pose") and not has_places(prediction.space):
            scores["gaze_mutual"] = mutual_gaze(prediction, user)
    if 1 < frames_per_turn < len(prediction) - 1:
        found = seams(prediction, frames_per_turn)
        scores |= {"seam_speed": found.speed, "seam_acceleration": found.acceleration}
    shares = shares_of(scores) | _head(prediction, case.truth) | reaction_shares(prediction, case, dataset)
    beside = partner or case.user_motion
    if beside is not None and in_a_room(case):
        shares |= room_shares(prediction, beside, case, frames_per_turn, vertices)
    return shares


def standard_errors(prediction: Motion, target: Motion, variance: np.ndarray) -> dict[str, float]:
    """`zmse_` of every group and part: squared error over each channel's variance (D,); 1 = the mean face, about.

    Channels that never move in the data are left out, and groups and parts that hold nothing else or are not known.
    """
    frames = min(len(prediction), len(target))
    error = np.mean((prediction.values[:frames].astype(np.float64) - target.values[:frames]) ** 2, axis=0)
    moving = variance > 1e-8
    scaled = error / np.where(moving, variance, 1.0)
    names = [name for name in (*target.space.groups, *target.space.parts) if target.knows(name)]
    selections = {name: _selected(target.space, name, moving) for name in names}
    return {f"zmse_{name}": float(scaled[channels].mean()) for name, channels in selections.items() if len(channels)}


def reaction_shares(prediction: Motion, case: Case, dataset: DatasetStatistics) -> Shares:
    """F1 and onset errors of every reaction the space can show, against the log or the true motion's detections."""
    listening = listening_mask(case.voice, len(case.truth))
    shares: Shares = {}
    for kind in DETECTORS:
        if shows(kind, case.truth):
            truth = [event.onset for event in case.events(kind)] if kind in dataset.logged else case.truth
            where = listening if kind in WHILE_LISTENING else None
            shares |= shares_of_matches(kind.replace(" ", "_"), score_reaction(kind, prediction, truth, where))
    if shows("nod", case.truth):
        shares |= _nods_by_moment(prediction, case, listening)
    return shares


def reactivity_shares(motion: Motion, with_other_user: Motion) -> Shares:
    """`reactivity_` of every group."""
    return shares_of({f"reactivity_{group}": value for group, value in reactivity(motion, with_other_user).items()})


def _head(prediction: Motion, target: Motion) -> Shares:
    if not shows("nod", target):
        return {}
    frames = min(len(prediction), len(target))
    moved, true = (float(head_speed(motion.cut(0, frames)).sum()) for motion in (prediction, target))
    return {"head_speed_ratio": Share(moved, true)}


def lip_scores(prediction: Motion, case: Case) -> dict[str, float]:
    """Everything about lips that the true motion knows, by name; NaN where the clip has nothing to say."""
    voice, truth = case.voice, case.truth
    if not has_jaw(truth):
        return {}
    sync = lip_sync(prediction, voice)
    scores = {
        "lip_correlation": sync.correlation,
        "lip_best_correlation": sync.best_correlation,
        "lip_lag_ms": sync.lag_ms,
        "lip_jaw_correlation": jaw_correlation(prediction, truth, voice),
        "lip_jaw_correlation_throughout": jaw_correlation_throughout(prediction, truth),
        "lip_jaw_lag_ms": jaw_lag_ms(prediction, truth, voice),
        "lip_moving_while_silent": moving_while_silent(prediction, truth, voice),
    }
    if has_rounding(truth):
        scores["lip_rounding_correlation"] = rounding_correlation(prediction, truth, voice)
    phonemes = case.events("phoneme")
    if phonemes and voice.speaking.any():
        closed = closed_level(prediction, voice)
        bilabial = [event for event in phonemes if is_bilabial(event)]
        other = [event for event in phonemes if not is_bilabial(event)]
        scores["lip_closure_bilabial"] = closure_rate(prediction, bilabial, closed)
        scores["lip_closure_other"] = closure_rate(prediction, other, closed)
    return scores


def _nods_by_moment(prediction: Motion, case: Case, listening: np.ndarray) -> Shares:
    """`react_nods_after_line`, `_in_pause` and `_elsewhere`: shares of such moments that a nod follows."""
    moments = line_moments(case.talk.events, case.talk.user.number, listening)
    found = nods(prediction, listening)
    named = {"after_line": moments.line_ends, "in_pause": moments.pauses, "elsewhere": moments.elsewhere}
    return {f"react_nods_{name}": Share(answered(found, onsets), len(onsets)) for name, onsets in named.items()}


def _selected(space: MotionSpace, name: str, moving: np.ndarray) -> np.ndarray:
    channels = space.indices(name)
    selected: np.ndarray = channels[moving[channels]]
    return selected
