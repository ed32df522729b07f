from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.spaces import space_from_groups
from visavis.streaming.face import Face


def names(channels: np.ndarray) -> set[str]:
    return {ARKIT61.channels[channel] for channel in channels}


def test_expression_is_neither_speech_nor_lids_nor_looks() -> None:
    face = Face(ARKIT61, np.zeros(61))
    assert {"MouthSmileLeft", "BrowInnerUp", "CheekPuff", "MouthFrownRight"} <= names(face.expression)
    other = {"JawOpen", "MouthFunnel", "TongueOut", "EyeBlinkLeft", "EyeLookInRight", "HeadYaw", "LeftEyeYaw"}
    assert not other & names(face.expression)


def test_heads_of_all_spaces() -> None:
    assert names(Face(ARKIT61, np.zeros(61)).head) == {"HeadYaw", "HeadPitch", "HeadRoll"}
    assert Face(ARKIT61, np.zeros(61)).pitch == ARKIT61.channels.index("HeadPitch")
    assert Face(FLAME56, np.zeros(56)).pitch == FLAME56.channels.index("pose_0")
    assert len(Face(COLOCATED78, np.zeros(78)).head) == 6
    assert len(Face(FLAME56, np.zeros(56)).part("blink")) == 0


def test_a_space_without_head_cannot_nod() -> None:
    still = space_from_groups("streaming face test", {"exp": (4, "weight")})
    with pytest.raises(VisavisError, match="streaming face test cannot nod"):
        _ = Face(still, np.zeros(4)).pitch


def test_values_stay_within_the_bounds_of_the_space() -> None:
    bounded = Face(ARKIT61, np.zeros(61)).bounded(np.full((1, 61), -2.0))
    assert bounded.dtype == np.float32
    assert bounded[0, ARKIT61.indices("exp")].max() == 0
    assert bounded[0, ARKIT61.indices("pose")].max() == -2
