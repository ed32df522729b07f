from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.encode.test_activity import agreement, talk
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.encode.webrtc import webrtc_activity


def test_speech_is_found_in_silence_and_by_the_past_alone() -> None:
    pytest.importorskip("webrtcvad", reason="needs webrtcvad-wheels (extra states)")
    spans = [(50, 120), (150, 200), (300, 450)]
    sound = talk(spans, noise_db=-60)
    active = webrtc_activity(sound)
    assert agreement(active, spans) > 0.95
    assert webrtc_activity(3 * sound).shape == (500,), "louder than full scale is cut"
    for frames in (0, 1, 100, 333):
        np.testing.assert_array_equal(webrtc_activity(sound[: samples_in(frames)]), active[:frames])
    assert not webrtc_activity(np.zeros(samples_in(100), np.float32))[5:].any()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    with pytest.raises(VisavisError, match=r"needs webrtcvad-wheels; .*visavis\[states\]"):
        webrtc_activity(np.zeros(640))
