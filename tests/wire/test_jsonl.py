from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np

from tests.view.small_heads import lively
from visavis.core.builtin_spaces import ARKIT61
from visavis.wire.jsonl import JsonLinesSink
from visavis.wire.outlet import Outlet


def test_every_line_is_a_stamped_frame() -> None:
    stream, motion = io.StringIO(), lively(4, 25)
    outlet = Outlet(JsonLinesSink(stream), ARKIT61, 25)
    outlet.push(motion)
    outlet.pump(1)
    outlet.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["frame"] for line in lines] == [0, 1, 2, 3]
    assert (lines[3]["time_s"], lines[3]["sample"], lines[3]["space"]) == (0.12, 1920, "arkit61")
    told = np.array([list(line["values"].values()) for line in lines])
    np.testing.assert_allclose(told, motion.values, atol=1e-6)
    assert tuple(lines[0]["values"]) == ARKIT61.channels


def test_a_line_names_the_state_if_it_is_told() -> None:
    stream, motion = io.StringIO(), lively(2, 25)
    outlet = Outlet(JsonLinesSink(stream), ARKIT61, 25)
    outlet.push(replace(motion, state=np.array(["waiting", "speaking"])))
    outlet.push(motion)
    outlet.pump(1)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line.get("state") for line in lines] == ["waiting", "speaking", None, None]
    assert "state" not in lines[2]
