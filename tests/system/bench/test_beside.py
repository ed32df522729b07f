from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from tests.small_systems import make
from visavis.system.bench import beside as measuring
from visavis.system.bench.beside import measure_beside
from visavis.system.bench.stream import Step


def test_turns_are_measured_beside_none_one_and_two_programs_in_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[str] = []
    measured: list[int] = []

    @contextmanager
    def busy(program: str) -> Iterator[int]:
        running.append(program)
        yield 0
        running.remove(program)

    def stream(_system: object, steps: int) -> Iterator[Step]:
        measured.append(len(running))
        ms = 10.0 * (1 + len(running))
        yield Step(1e6, torch.zeros(1))
        for number in range(1, steps):
            yield Step(ms + number, torch.zeros(1))

    monkeypatch.setattr(measuring, "busy", busy)
    monkeypatch.setattr(measuring, "stream", stream)
    found = measure_beside(make("timar shipped"), 10)
    assert running == []
    assert measured == [0, 1, 2] * 4
    assert [one.others for one in found] == [(), ("loop",), ("loop", "products")]
    assert [one.turn_p50_ms for one in found] == [12.0, 22.0, 32.0]
    assert [one.turn_p95_ms for one in found] == [13.0, 23.0, 33.0]
    assert [one.times for one in found] == pytest.approx([1.0, 23 / 13, 33 / 13])


def test_other_programs_are_stopped_when_a_turn_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    stopped: list[str] = []

    @contextmanager
    def busy(program: str) -> Iterator[int]:
        started.append(program)
        try:
            yield 0
        finally:
            stopped.append(program)

    def stream(_system: object, _steps: int) -> Iterator[Step]:
        yield Step(1.0, torch.zeros(1))
        if len(started) == 2:
            raise ZeroDivisionError

    monkeypatch.setattr(measuring, "busy", busy)
    monkeypatch.setattr(measuring, "stream", stream)
    with pytest.raises(ZeroDivisionError):
        measure_beside(make("timar shipped"), 4)
    assert started == ["loop", "products"]
    assert stopped == ["products", "loop"]


def test_a_turn_is_measured_beside_real_programs() -> None:
    found = measure_beside(make("timar shipped"), 4, ("loop",))
    assert [one.others for one in found] == [(), ("loop",)]
    for one in found:
        assert 0 < one.turn_p50_ms <= one.turn_p95_ms
