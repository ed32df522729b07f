"""Scores of one case: every generated motion and every baseline against the true motion.

Shapes: T frames, D channels. Needs no network, so that processes without one can do it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from visavis.analysis.lips import has_jaw
from visavis.core.motion import Motion
from visavis.validate.benchmark.baselines import first_frame, loudness_alone, mean_face, other_clip
from visavis.validate.benchmark.cases import Case
from visavis.validate.benchmark.dataset_statistics import DatasetStatistics
from visavis.validate.benchmark.motion_scores import lip_scores, reaction_shares, reactivity_shares, score_motion
from visavis.validate.metrics.diversity import Clusters
from visavis.validate.metrics.intervals import Shares, shares_of
from visavis.validate.metrics.pair_tables import Vertices
from visavis.validate.metrics.per_clip import Reference, reference
from visavis.validate.metrics.pooled import Pools, add_pools, pool
from visavis.validate.metrics.states import state_shares

MODEL = "model"
MODEL_SWAPPED = "model, other user"
MODEL_MEAN = "model mean"
ORACLE = "oracle mean"
REAL = "real motion"
REAL_OTHER = "real motion of another clip"
MODEL_OTHER = "model on another clip"
MEAN_FACE = "mean face"
FIRST_FRAME = "first frame held"
PARTNER = "partner copied"
LOUDNESS = "loudness alone"
LIVE_RULE_LOGGED = "live rule, logged speech"
LIVE_RULE_HEARD = "live rule, Silero's speech"

ROWS = (
    MODEL, MODEL_SWAPPED, MODEL_OTHER, MODEL_MEAN, ORACLE, LOUDNESS, MEAN_FACE, FIRST_FRAME, PARTNER, REAL_OTHER, REAL,
    LIVE_RULE_LOGGED, LIVE_RULE_HEARD,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class GeneratedMotions:
    """What a model made of one case: a motion per seed, one with another user, its mean; none longer than the case.

    `partners`: of a model that moves two, the other person's motion in each draw. `confusions`: of each seed, frames by
    true and told conversational state (7, 7); none where there are no states.
    """

    samples: tuple[Motion, ...]
    swapped: Motion | None = None
    mean: Motion | None = None
    confusions: tuple[np.ndarray, ...] = ()
    partners: tuple[Motion, ...] = ()


@dataclass(frozen=True, eq=False)
class ControlSettings:
    """What the controls of a model are made with: the mean face (D,), and the frames of a turn, to look for seams."""

    face: np.ndarray
    frames_per_turn: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ControlSettings) and (
            self.frames_per_turn == other.frames_per_turn and np.array_equal(self.face, other.face)
        )


@dataclass(frozen=True, eq=False)
class ScoringSetup:
    """What is the same for every case: the dataset, the pooled clusters of every group, and all control settings.

    `vertices`: of any head, for errors of vertices of people in one room; None: these are left out.
    """

    dataset: DatasetStatistics
    clusters: Mapping[str, Clusters]
    controls: tuple[ControlSettings, ...]
    vertices: Vertices | None = None


@dataclass(frozen=True, eq=False)
class VariantMotions:
    """What one variant made of a case and of another conversation, and the number of its control settings."""

    motions: GeneratedMotions
    on_other: Motion | None
    control: int


@dataclass(frozen=True, eq=False)
class ScoringJob:
    """One case, the true motion of another conversation's, and what every variant made of it.

    `rules`: frames by true state and by the state that a rule tells (7, 7), by row; none where no variant tells states.
    """

    case: Case
    other: Motion | None
    variants: Mapping[str, VariantMotions]
    rules: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Score:
    """What a row says about one case: shares of every motion in it, their part of the pools, and frames by true and
    told conversational state (7, 7)."""

    shares: list[Shares]
    pools: Pools = field(default_factory=dict)
    confusions: np.ndarray | None = None


Scores = dict[str, Score]
"""The scores of one case by row."""


@dataclass(frozen=True, eq=False)
class CaseScores:
    """The scores of case `name`: the model's rows of every variant, and the baselines of every control settings."""

    name: str
    variants: Mapping[str, Scores]
    controls: tuple[Scores, ...]


def score_case(job: ScoringJob, setup: ScoringSetup) -> CaseScores:
    """Score everything that was made of a case, and its controls, against its true motion."""
    scorer = _CaseScorer(job.case, setup, job.rules)
    return CaseScores(
        name=job_name(job),
        variants={name: scorer.variant(take) for name, take in job.variants.items()},
        controls=tuple(scorer.controls(settings, job.other) for settings in setup.controls),
    )


def job_name(job: ScoringJob) -> str:
    """NAME_speakerK, as the files of the person to be animated are called."""
    return job.case.name


class _CaseScorer:
    """The scores of one case; its clusters are fitted once."""

    def __init__(self, case: Case, setup: ScoringSetup, rules: Mapping[str, np.ndarray]) -> None:
        self._case, self._setup, self._rules = case, setup, rules
        self._truth: Reference = reference(case.truth, case.user_motion)

    def variant(self, take: VariantMotions) -> Scores:
        generated, frames = take.motions, self._setup.controls[take.control].frames_per_turn
        motions: dict[str, Sequence[Motion | None]] = {
            MODEL: generated.samples,
            MODEL_OTHER: [None if take.on_other is None else other_clip(take.on_other, len(self._case.truth))],
            MODEL_MEAN: [generated.mean],
        }
        scores = self._rows(motions, frames, {MODEL: generated.partners})
        if generated.confusions:
            scores[MODEL] = _with_states(scores[MODEL], generated.confusions)
        if generated.swapped is not None:
            reactions = reaction_shares(generated.swapped, self._case, self._setup.dataset)
            scores[MODEL_SWAPPED] = Score([reactions | reactivity_shares(generated.samples[0], generated.swapped)])
        return scores

    def controls(self, settings: ControlSettings, other: Motion | None) -> Scores:
        truth = self._case.truth
        motions: dict[str, Sequence[Motion | None]] = {
            ORACLE: [self._case.oracle],
            MEAN_FACE: [mean_face(settings.face, truth.space, len(truth))],
            FIRST_FRAME: [first_frame(truth)],
            PARTNER: [self._case.user_motion],
            REAL_OTHER: [None if other is None else other_clip(other, len(truth))],
            REAL: [truth],
        }
        scores = self._rows(motions, settings.frames_per_turn)
        if has_jaw(truth) and self._case.voice.speaking.any():
            lips = lip_scores(loudness_alone(truth, self._case.voice), self._case)
            scores[LOUDNESS] = Score([shares_of(lips)])
        return scores | {row: _with_states(Score([{}]), [told]) for row, told in self._rules.items()}

    def _rows(
        self,
        motions: Mapping[str, Sequence[Motion | None]],
        frames_per_turn: int,
        partners: Mapping[str, Sequence[Motion]] = MappingProxyType({}),
    ) -> Scores:
        known = {row: [motion for motion in given if motion is not None] for row, given in motions.items()}
        return {
            row: self._score(given, frames_per_turn, partners.get(row) or [None] * len(given))
            for row, given in known.items()
            if given
        }

    def _score(self, motions: Sequence[Motion], frames_per_turn: int, partners: Sequence[Motion | None]) -> Score:
        case, setup = self._case, self._setup
        shares = [
            score_motion(motion, case, self._truth, setup.dataset, frames_per_turn, partner, setup.vertices)
            for motion, partner in zip(motions, partners, strict=True)
        ]
        first, *more = [pool(motion, case.truth, case.user_motion, setup.clusters) for motion in motions]
        for pools in more:
            first = add_pools(first, pools)
        return Score(shares, first)


def _with_states(score: Score, confusions: Sequence[np.ndarray]) -> Score:
    """The score with that of the states told beside each motion."""
    shares = [one | state_shares(told) for one, told in zip(score.shares, confusions, strict=True)]
    return replace(score, shares=shares, confusions=np.sum(confusions, axis=0))
