from __future__ import annotations

from tests.data.simulate.acoustics.voice import babbled
from visavis.data.simulate.acoustics.cost import costs


def test_a_minute_of_a_voice_is_recorded_in_a_fraction_of_a_second() -> None:
    """Ten times what was measured, so that a busy machine passes and a stage that loops over samples does not."""
    taken = {cost.stage: cost.per_minute_ms for cost in costs(babbled(30, 1), babbled(30, 2), draws=20)}
    assert {"resampled", "coloured", "opus", "a recording, mean"} <= set(taken)
    assert all(ms >= 0 for ms in taken.values())
    coded = {"mp3", "opus", "telephone", "a recording, largest"}
    assert max(ms for stage, ms in taken.items() if stage not in coded) < 1000
