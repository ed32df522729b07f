"""The columns of Talking Together's tables, of one of two people who are both moved: in parameters and in vertices.

Names: pair_fd, pair_pfd, pair_mse_lip, ..., and the same of the frames in which this person speaks and listens
(pair_mse_lip_speaking, pair_mse_lip_listening). The paper takes FD and P-FD of Inception features of rendered frames;
here they are of all channels of a frame, like all else but vMSE.

Shapes: T frames, D channels, V vertices. Source: Talking Together (arXiv 2603.08674), tables 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.validate.metrics.diversity import fit_clusters
from visavis.validate.metrics.frechet import frechet_distance
from visavis.validate.metrics.per_clip import mean_squared_error
from visavis.validate.metrics.turns import continuous_turns, nearest_turns

Vertices = Callable[[Motion], np.ndarray]
"""Motion -> vertices (T, V, 3) of any head: what `vMSE` is of, in the squares of their unit."""
CLUSTERS = 40
"""Of the Shannon index, over expression; at most as many as there are frames."""
LEAST_FRAMES = 25
"""Of fewer frames that are spoken or listened through nothing is said."""
_PIECE = 250
"""Vertices are had for so many frames at a time, so that memory does not grow with the conversation."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "exp": ("exp", "jaw"),
    "rot": ("neck", "pose", "gaze"),
    "eye": ("gaze",),
    "lip": ("articulation",),
    "tran": ("translation",),
}
"""Groups and parts of a motion space by the paper's names; "full" is all of it."""


@dataclass(frozen=True, eq=False)
class PairClip:
    """One of two people in one conversation: how they move as made and truly, when they speak (T,), and the partner.

    partner_made, partner_true: the other person's motion as made and truly, None where it is not known.
    """

    made: Motion
    true: Motion
    speaking: np.ndarray
    partner_made: Motion | None = None
    partner_true: Motion | None = None

    @property
    def frames(self) -> int:
        """The common length."""
        motions = [one for one in (self.made, self.true, self.partner_made, self.partner_true) if one is not None]
        return min(len(self.speaking), *map(len, motions))


def column_channels(space: MotionSpace) -> dict[str, np.ndarray]:
    """The channels of each of the paper's columns: full, exp, rot, eye, lip and tran, as far as a space has them."""
    known = {column: [name for name in names if space.has(name)] for column, names in _COLUMNS.items()}
    found = {name: np.concatenate([space.indices(one) for one in names]) for name, names in known.items() if names}
    return {"full": np.arange(space.width), **found}


def pair_table(clip: PairClip, vertices: Vertices | None = None) -> dict[str, float]:
    """All columns for one person: over all frames, those in which the person speaks, and all others.

    Turns are compared in the forms that are nearest (`metrics.turns`). P-FD is of [partner, person] as both were made
    against as both truly are. Without `vertices` there is no vMSE.
    Raises `VisavisError` where the spaces differ or fewer than two frames are common.
    """
    if clip.made.space is not clip.true.space:
        raise VisavisError(
            f"motion in {clip.made.space.name} cannot be scored against motion in {clip.true.space.name}; "
            "give both in one space"
        )
    frames = clip.frames
    if frames < 2:
        raise VisavisError(f"{frames} frames are common to all; scores need two or more")
    clip = _without_jumps(clip)
    speaking = clip.speaking[:frames].astype(bool)
    everything = np.ones(frames, dtype=bool)
    error = None if vertices is None else vertex_errors(clip.made.cut(0, frames), clip.true.cut(0, frames), vertices)
    scores: dict[str, float] = {}
    for moment, mask, least in (
        ("", everything, 2),
        ("_speaking", speaking, LEAST_FRAMES),
        ("_listening", ~speaking, LEAST_FRAMES),
    ):
        if mask.sum() >= least:
            found = _scores(clip, mask, frames)
            if error is not None:
                found["vmse"] = float(error[mask].mean())
            scores |= {f"pair_{name}{moment}": value for name, value in found.items()}
    return scores


def _without_jumps(clip: PairClip) -> PairClip:
    """The same with turns that go on in time, those that were made in the form that is nearest to the true one."""
    true, partner = continuous_turns(clip.true), clip.partner_true
    partner = None if partner is None else continuous_turns(partner)
    beside = clip.partner_made
    if beside is not None and partner is not None:
        beside = nearest_turns(beside, partner)
    return replace(clip, made=nearest_turns(clip.made, true), true=true, partner_made=beside, partner_true=partner)


def vertex_errors(made: Motion, true: Motion, vertices: Vertices) -> np.ndarray:
    """Mean squared distance of the vertices in each common frame, (T,)."""
    frames = min(len(made), len(true))
    parts = []
    for start in range(0, frames, _PIECE):
        piece = start, min(start + _PIECE, frames)
        apart = vertices(made.cut(*piece)).astype(np.float64) - vertices(true.cut(*piece))
        parts.append(np.square(apart).sum(axis=-1).mean(axis=-1))
    return np.concatenate(parts)


def _scores(clip: PairClip, mask: np.ndarray, frames: int) -> dict[str, float]:
    made, true = (one.values[:frames][mask] for one in (clip.made, clip.true))
    scores = {"fd": frechet_distance(made, true)}
    if clip.partner_made is not None and clip.partner_true is not None:
        others = (one.values[:frames][mask] for one in (clip.partner_made, clip.partner_true))
        joined = [np.hstack([other, own]) for other, own in zip(others, (made, true), strict=True)]
        scores["pfd"] = frechet_distance(*joined)
    channels = column_channels(clip.made.space)
    scores |= {f"mse_{name}": mean_squared_error(made[:, some], true[:, some]) for name, some in channels.items()}
    if "exp" in channels:
        exp = channels["exp"]
        scores["sid"] = fit_clusters(true[:, exp], CLUSTERS).entropy(made[:, exp])
    return scores
