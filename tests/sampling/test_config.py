from __future__ import annotations

import pytest

from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.sampling.config import SamplingConfig


def test_impossible_sampling_is_refused() -> None:
    with pytest.raises(VisavisError, match="steps must be at least 1, 0 was given"):
        SamplingConfig(steps=0)
    with pytest.raises(VisavisError, match=r"temperature cannot be negative, -0\.5 was given"):
        SamplingConfig(temperature=-0.5)


def test_sampling_survives_plain_data() -> None:
    config = SamplingConfig(7, 0.0)
    assert from_dict(SamplingConfig, to_dict(config)) == config
