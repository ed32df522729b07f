from __future__ import annotations

import pytest

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.rigs.vrm_presets import PRESETS, VRM0_NAMES, vrm0_presets, vrm1_presets


def test_presets_ask_for_arkit_weights_only() -> None:
    assert {name for shares in PRESETS.values() for name in shares} <= set(ARKIT_WEIGHTS)
    assert set(VRM0_NAMES) == set(PRESETS) - {"surprised"}


def test_a_face_becomes_presets_within_their_bounds() -> None:
    face = {"JawOpen": 0.6, "EyeBlinkLeft": 1.4, "MouthSmileLeft": 1.0, "MouthSmileRight": 0.5, "EyeLookOutLeft": 1.0}
    found = vrm1_presets(face)
    assert found["aa"] == pytest.approx(0.6)
    assert (found["blinkLeft"], found["blinkRight"]) == (1.0, 0.0)
    assert found["happy"] == pytest.approx(0.6)
    assert found["lookLeft"] == pytest.approx(0.5)
    older = vrm0_presets(face)
    assert older["Blink_L"] == 1.0
    assert older["A"] == found["aa"]
    assert "surprised" not in older
