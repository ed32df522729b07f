from __future__ import annotations

import pickle
import pickletools
from typing import Any

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.rigs import pickle_instructions
from visavis.view.rigs.pickle_instructions import instructions

HELD = {
    "v": np.arange(3.0),
    "texts": ["a", "é", "x" * 300],
    "numbers": [0, 1, -1, 300, 70000, 2**40, -(2**70), 1.5, True, None],
    "bytes": (b"ab\xff", b"y" * 300),
    "sets": ({1}, frozenset({2})),
}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_instructions_are_those_that_python_lists(protocol: int) -> None:
    data = pickle.dumps(HELD, protocol)
    listed = [(op.name, argument, at) for op, argument, at in pickletools.genops(data)]
    found = list(instructions(data))
    assert [(step.name, step.at) for step in found] == [(name, at) for name, _, at in listed]
    for step, (name, argument, _) in zip(found, listed, strict=True):
        if name == "GLOBAL":
            assert step.argument == tuple(argument.split(" "))
        else:
            assert step.argument == argument


@pytest.mark.parametrize(
    ("data", "name", "argument"),
    [
        (b"S'a\\xff\\n\\\\'\n.", "STRING", b"a\xff\n\\"),
        (b'S"it\'s"\n.', "STRING", b"it's"),
        (b"T\x03\x00\x00\x00a\xffb.", "BINSTRING", b"a\xffb"),
        (b"U\x02a\xff.", "SHORT_BINSTRING", b"a\xff"),
        (b"L-12L\n.", "LONG", -12),
        (b"I01\n.", "INT", 1),
    ],
)
def test_texts_of_python_2_are_bytes(data: bytes, name: str, argument: Any) -> None:
    step = next(instructions(data))
    assert (step.name, step.argument) == (name, argument)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x06.",
        b"X\xff\xff\xff\xffab.",
        b"\x8d" + b"\xff" * 8 + b"ab.",
        b"T\xff\xff\xff\xffab.",
        b"\x8b\xff\xff\xff\x7f\x01.",
        b"\x8a\xff" + b"\x01" * 255 + b".",
        b"L" + b"9" * 100 + b"L\n.",
        b"I" + b"9" * 5000 + b"\n.",
        b"Fnumber\n.",
        b"K",
        b"J\x00\x00",
        b"cmodule\nname",
        b"S'a\n.",
        b"Sa\n.",
        b"S'\\q'\n.",
        b"S'\\x0'\n.",
        b"S'\\'\n.",
        b"X\x01\x00\x00\x00\xff.",
        b"V\\u12\n.",
        b"g1e3\n.",
    ],
)
def test_damage_is_told_with_its_place(data: bytes) -> None:
    with pytest.raises(VisavisError, match=r"its [A-Z0-9_]+ at byte 0 is cut short or damaged"):
        list(instructions(data))


@pytest.mark.parametrize("code", [b"P", b"Q", b"i", b"o", b"\x82", b"\x92", b"\x97", b"\x98", b"\xff", b"z"])
def test_instructions_that_no_array_needs_are_refused(code: bytes) -> None:
    with pytest.raises(VisavisError, match=f"it has instruction {code.hex()} at byte 1"):
        list(instructions(b"N" + code + b"a\nb\n."))


def test_a_pickle_must_end_and_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VisavisError, match="it has no instruction to stop at byte 2"):
        list(instructions(b"N0"))
    monkeypatch.setattr(pickle_instructions, "_MOST_INSTRUCTIONS", 1000)
    assert len(list(instructions(b"N" * 999 + b"."))) == 1000
    with pytest.raises(VisavisError, match="it holds more than 1,000 instructions"):
        list(instructions(b"N" * 1000 + b"."))
