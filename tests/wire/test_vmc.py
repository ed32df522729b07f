from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests.view.small_heads import only
from tests.wire.listening import listener, read_osc
from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, FLAME56
from visavis.core.errors import VisavisError
from visavis.view.rigs.vrm_presets import vrm0_presets
from visavis.wire.sink import Frame
from visavis.wire.vmc import BONES, Expressions, VmcSink, perfect_sync


def heard(
    frame: Frame, expressions: Expressions = perfect_sync, bones: Mapping[str, Any] = BONES
) -> list[tuple[str, list[Any]]]:
    """The messages that arrive, up to the one that applies them."""
    with listener() as ear:
        sink = VmcSink("127.0.0.1", ear.port, expressions, bones)
        sink.send(frame)
        found: list[tuple[str, list[Any]]] = []
        while not found or found[-1][0] != "/VMC/Ext/Blend/Apply":
            (data,) = ear.hear(1)
            assert len(data) <= 1400
            found += read_osc(data)
        sink.close()
    return found


def frame_with(number: int = 0, **channels: float) -> Frame:
    return Frame(number, Fraction(60), only(**channels).values[0], ARKIT61)


def test_every_expression_and_the_time_arrive() -> None:
    messages = heard(frame_with(90, JawOpen=0.25, EyeBlinkLeft=1.0))
    assert messages[0] == ("/VMC/Ext/OK", [1])
    assert messages[1] == ("/VMC/Ext/T", [1.5])
    values = {arguments[0]: arguments[1] for address, arguments in messages if address == "/VMC/Ext/Blend/Val"}
    assert tuple(values) == ARKIT_WEIGHTS
    assert (values["JawOpen"], values["EyeBlinkLeft"], values["TongueOut"]) == (0.25, 1.0, 0.0)


@pytest.mark.parametrize(("channel", "axis"), [("HeadPitch", 0), ("HeadYaw", 1), ("HeadRoll", 2)])
def test_head_turns_are_positive_in_unitys_axes(channel: str, axis: int) -> None:
    """Unity: x right, y up, z ahead, left-handed: looking down, to the own right, right ear up are positive."""
    bones = {a[0]: a[1:] for address, a in heard(frame_with(**{channel: 0.4})) if address == "/VMC/Ext/Bone/Pos"}
    expected = np.zeros(4)
    expected[axis], expected[3] = np.sin(0.2), np.cos(0.2)
    np.testing.assert_allclose(bones["Head"][3:], expected, atol=1e-6)
    np.testing.assert_allclose(bones["LeftEye"], [*BONES["LeftEye"], 0, 0, 0, 1], atol=1e-6)


def test_plain_models_get_presets_and_the_eyes_can_be_left_out() -> None:
    face = {"JawOpen": 0.5, "EyeBlinkRight": 1.0}
    messages = heard(frame_with(**face), vrm0_presets, {"Head": (0, 0, 0)})
    values = dict(arguments for address, arguments in messages if address == "/VMC/Ext/Blend/Val")
    assert values["A"] == 0.5
    assert values["Blink_R"] == 1.0
    assert [arguments[0] for address, arguments in messages if address == "/VMC/Ext/Bone/Pos"] == ["Head"]


def test_flame_turns_head_and_jaw() -> None:
    values = np.zeros(FLAME56.width)
    values[FLAME56.indices("pose")[1]], values[FLAME56.indices("jaw")[0]] = 0.4, 0.1
    messages = heard(Frame(0, Fraction(25), values, FLAME56))
    bones = {a[0]: a[1:] for address, a in messages if address == "/VMC/Ext/Bone/Pos"}
    np.testing.assert_allclose(bones["Head"][3:], [0, -np.sin(0.2), 0, np.cos(0.2)], atol=1e-6)
    assert ["JawOpen", 0.5] in [arguments for _, arguments in messages]


def test_an_unknown_bone_is_refused() -> None:
    with pytest.raises(VisavisError, match="unknown bone 'Hips'; known: Head, LeftEye, RightEye"):
        VmcSink(bones={"Hips": (0, 0, 0)})
