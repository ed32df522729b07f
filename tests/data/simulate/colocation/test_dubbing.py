from __future__ import annotations

import numpy as np

from visavis.analysis.gaze import angle_to_partner_deg
from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.data.simulate.colocation.dubbing import LIPS, speak_in_turn
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.dialogue import record_talk
from visavis.data.simulate.voices.cast import draw_speaker


def test_only_the_lips_of_who_speaks_are_known(dubbed: Scene) -> None:
    assert "JawOpen" in LIPS
    assert not {"MouthSmileLeft", "EyeBlinkLeft", "neck_0"} & LIPS
    lower = {COLOCATED_ARKIT.channels[i] for part in ("mouth", "smiling") for i in COLOCATED_ARKIT.parts[part]}
    spoken = lower | LIPS | {COLOCATED_ARKIT.channels[i] for i in COLOCATED_ARKIT.groups["jaw"]}
    rest = [i for i, channel in enumerate(COLOCATED_ARKIT.channels) if channel not in spoken]
    for person in (1, 2):
        motion = dubbed.motion(person)
        assert motion.known == LIPS
        assert motion.counted is not None
        np.testing.assert_array_equal(motion.counted, dubbed.talks[person - 1].speaking())
        moving = np.ptp(motion.values, axis=0) > 1e-6
        assert not moving[rest].any(), "lids and brows at rest, a still body"
        jaw = motion["JawOpen"][:, 0]
        if motion.counted.any():
            assert jaw[motion.counted].std() > 2.5 * jaw[~motion.counted].std()
        np.testing.assert_allclose(angle_to_partner_deg(motion, dubbed.motion(3 - person)), 0, atol=1e-3)


def test_speakers_come_in_turn_and_some_overlap() -> None:
    """Some clips are of one speaker alone; in the others each speaks much, at times both at once."""
    rng = np.random.default_rng(0)
    overlaps, alone = [], 0
    for _ in range(3):
        speakers = (draw_speaker(rng, "train"), draw_speaker(rng, "train"))
        first, second = record_talk(rng, speakers, speak_in_turn(rng, speakers, 20.0))
        assert len(first.sound) == len(second.sound)
        assert len(first.sound) > 16 * 16_000
        shares = [talk.speaking().mean() for talk in (first, second)]
        if min(shares) == 0:
            alone += 1
            assert max(shares) > 0.6
            continue
        assert min(shares) > 0.2
        assert not {u.kind for talk in (first, second) for u in talk.utterances} - {"utterance"}
        overlaps.append(float((first.speaking() & second.speaking()).mean()))
    assert alone == 1
    assert max(overlaps) > 0.01
