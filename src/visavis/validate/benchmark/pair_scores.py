"""All that is scored of people who are in one room, each as a share of the metric over all clips.

A model of two people draws both: a person is scored with the partner as drawn beside, not with the true one. Where the
motion does not say where people are there is nothing to score.
"""

from __future__ import annotations

from visavis.analysis.gaze import has_gaze
from visavis.analysis.head_gestures import nods
from visavis.analysis.lips import has_jaw
from visavis.analysis.listening import listening_mask
from visavis.core.clock import FPS
from visavis.core.colocation import has_places
from visavis.core.motion import Motion
from visavis.validate.benchmark.cases import Case
from visavis.validate.metrics.gaze import gaze_in_room
from visavis.validate.metrics.intervals import Share, Shares, shares_of
from visavis.validate.metrics.jerk import jerk_at_joints
from visavis.validate.metrics.lips import cross_talk, moving_while_partner_speaks
from visavis.validate.metrics.pair_tables import PairClip, Vertices, pair_table


def in_a_room(case: Case) -> bool:
    """Whether the true motion of both people says where they are, and all else of them is known, too."""
    people = case.truth, case.user_motion
    return all(one is not None and has_places(one.space) and all(map(one.knows, one.space.groups)) for one in people)


def room_shares(
    prediction: Motion, partner: Motion, case: Case, frames_per_step: int, vertices: Vertices | None = None
) -> Shares:
    """Tables, gaze, cross-talk, nods and jerk of one person beside a partner, both as made, of a case `in_a_room`."""
    true, partner_true = case.truth, case.user_motion
    assert partner_true is not None
    clip = PairClip(prediction, true, case.voice.speaking, partner, partner_true)
    scores = pair_table(clip, vertices)
    if has_gaze(prediction.space):
        gaze = gaze_in_room(prediction, partner, true, partner_true, case.voice.speaking)
        scores |= {
            "gaze_mutual": gaze.mutual,
            "gaze_at_partner_deg": gaze.at_partner_deg,
            "gaze_at_partner_speaking": gaze.speaking,
            "gaze_at_partner_listening": gaze.listening,
            "gaze_at_partner_agreement": gaze.agreement,
            "gaze_at_partner_s": gaze.dwell_s,
        }
    if has_jaw(prediction):
        voices = case.voice, case.partner_voice
        scores["lip_moving_while_partner_speaks"] = moving_while_partner_speaks(prediction, true, *voices)
        scores["lip_cross_talk"] = cross_talk(prediction, partner_true, *voices)
    if frames_per_step > 1:
        jerk = jerk_at_joints(prediction, true, frames_per_step)
        scores |= {
            "seam_peak_jerk": jerk.peak,
            "seam_peak_jerk_natural": jerk.peak_natural,
            "seam_jerk_area": jerk.area,
            "seam_jerk_area_natural": jerk.area_natural,
        }
    return shares_of(scores) | _nods(prediction, case)


def _nods(prediction: Motion, case: Case) -> Shares:
    """`react_nods_a_minute`, while this person listens and while they speak."""
    listening = listening_mask(case.voice, len(prediction))
    moments = {"listening": listening, "speaking": ~listening}
    return {
        f"react_nods_a_minute_{name}": Share(len(nods(prediction, mask)), int(mask.sum()) / FPS / 60)
        for name, mask in moments.items()
    }
