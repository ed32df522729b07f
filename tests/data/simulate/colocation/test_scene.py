from __future__ import annotations

import numpy as np

from visavis.analysis.detectors import detect
from visavis.analysis.gaze import angle_to_partner_deg, gaze_directions, mutual_gaze_share
from visavis.analysis.listening import listening_mask
from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, COLOCATED_ARKIT
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.colocation import frames_towards, seen_from
from visavis.data.simulate.conversation import Scene
from visavis.encode.activity import detect_voice
from visavis.validate.metrics.reactions import match_onsets, sum_matches


def looking(scene: Scene, person: int) -> np.ndarray:
    """(T,) where the simulator has somebody look at the partner, the first frames left out."""
    looks = np.zeros(len(scene.motions[0]), dtype=bool)
    for action in scene.actions[person - 1]:
        if action.kind == "look at partner":
            looks[int(action.onset) + 4 : int(action.end)] = True
    return looks


def test_what_is_said_is_the_same_as_of_people_by_themselves(together: Scene, scenes: list[Scene]) -> None:
    alone = scenes[0]
    assert together.name == alone.name
    for k in (0, 1):
        assert together.talks[k].utterances == alone.talks[k].utterances
        assert together.talks[k].sound.shape == alone.talks[k].sound.shape
        articulation = [ARKIT_WEIGHTS.index(ARKIT61.channels[i]) for i in ARKIT61.parts["mouth"]]
        np.testing.assert_array_equal(together.motions[k][:, articulation], alone.motions[k][:, articulation])
        others = [[(a.kind, a.onset) for a in s.actions[k] if "gaze" not in a.kind and "look" not in a.kind]
                  for s in (together, alone)]  # fmt: skip
        assert others[0] == others[1]


def test_the_motion_is_that_of_a_room(together: Scene) -> None:
    assert together.space is COLOCATED_ARKIT
    assert together.layout is not None
    frames = len(together.talks[0].sound) // SAMPLES_PER_FRAME
    low, high = COLOCATED_ARKIT.limits()
    for k, place in enumerate((together.layout.first, together.layout.second)):
        values = together.motions[k]
        assert values.shape == (frames, 67)
        assert values.dtype == np.float32
        assert (values >= low).all()
        assert (values <= high).all()
        moves = dict(zip(COLOCATED_ARKIT.channels, np.ptp(values, axis=0) > 0, strict=True))
        still = {channel for channel in moves if not moves[channel]}
        assert still == {"TongueOut", "gaze_2", "gaze_5"}, "eyes do not roll"
        translation = values[:, COLOCATED_ARKIT.indices("translation")]
        away = np.linalg.norm(translation - np.array(place.position), axis=1)
        assert np.median(away) < 0.05
        assert away.max() < 0.25
        turning = values[:, [*COLOCATED_ARKIT.indices("neck"), *COLOCATED_ARKIT.indices("pose")]]
        assert np.abs(np.diff(turning, axis=0)).max() < np.radians(25), "no turn jumps"


def test_gaze_is_within_a_few_degrees_of_the_eyes_that_it_is_meant_for(together: Scene) -> None:
    for person in (1, 2):
        motion, partner = together.motion(person), together.motion(3 - person)
        past = angle_to_partner_deg(motion, partner)
        wanted = looking(together, person)
        assert np.median(past[wanted]) < 3.5
        assert np.mean(past[wanted] < 8) > 0.95
        assert np.median(past[~wanted]) > 10
        for eye in COLOCATED_ARKIT.rotations_in("gaze"):
            assert np.degrees(np.linalg.norm(motion.values[:, list(eye.channels)], axis=1)).max() < 30.001
    assert 0.25 < mutual_gaze_share(together.motion(1), together.motion(2)) < 0.7


def test_looks_are_in_the_log_from_the_first_frame_to_the_last(together: Scene) -> None:
    kinds = ("look at partner", "look at thing", "gaze shift")
    for person in (1, 2):
        looks = [event for event in together.events() if event.person == person and event.kind in kinds]
        assert looks[0].onset == 0
        ends = [event.onset + event.duration for event in looks]
        assert ends[:-1] == [event.onset for event in looks[1:]]
        assert ends[-1] == len(together.motions[0])
        assert all(event.cause for event in looks if event.kind == "look at thing")


def test_nods_are_seen_as_of_people_by_themselves(together: Scene) -> None:
    """In the head alone, and in neck and head together relative to the partner."""
    for relative, least in ((False, 0.85), (True, 0.75)):
        matches = []
        for person in (1, 2):
            motion = together.motion(person)
            if relative:
                motion = seen_from(motion, frames_towards(motion, together.motion(3 - person)))
            listening = listening_mask(detect_voice(together.talks[person - 1].sound), len(motion))
            nods = [int(a.onset) for a in together.actions[person - 1] if a.kind == "nod" and listening[int(a.onset)]]
            matches.append(match_onsets(detect("nod", motion, listening), sorted(nods)))
        assert sum_matches(matches).f1 > least


def test_look_weights_say_where_the_eyes_look(together: Scene) -> None:
    """As in arkit61: down is EyeLookDown, to the own right EyeLookIn of the left eye."""
    motion = together.motion(1)
    left, _ = COLOCATED_ARKIT.rotations_in("gaze")
    pitch, heading = motion.values[:, left.channels[0]], motion.values[:, left.channels[1]]
    angles = {"Down": pitch, "Up": -pitch, "In": -heading, "Out": heading}
    for look, angle in angles.items():
        weight = motion[f"EyeLook{look}Left"][:, 0]
        rest = np.percentile(weight, 1)
        np.testing.assert_allclose(weight - rest, np.clip(angle / 0.6, 0, 1), atol=0.1)
    assert np.isfinite(gaze_directions(motion)).all()
