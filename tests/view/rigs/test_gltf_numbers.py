from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.rigs.gltf_numbers import component, elements, part, position, whole, width

BYTES = memoryview(np.arange(24, dtype=np.uint8).tobytes())
SHORT = np.dtype(np.uint16)


@pytest.mark.parametrize("given", [0, 3, 3.0, 2**70])
def test_whole_numbers_are_taken_exactly(given: float) -> None:
    assert whole(given, "a count") == given
    assert type(whole(given, "a count")) is int


@pytest.mark.parametrize(
    "given", [-1, -0.5, 2.5, -(2**70), math.inf, math.nan, True, None, "3", [3], {"a": 1}, 10**4000]
)
def test_what_is_no_whole_number_is_told_shortly(given: Any) -> None:
    if given == 10**4000:
        given = -given
    with pytest.raises(
        VisavisError, match=r"a count is .*, possible are whole numbers from 0; export or copy it again"
    ) as told:
        whole(given, "a count")
    assert len(str(told.value)) < 120


@pytest.mark.parametrize("given", [4, 2**64, -1, "0", None])
def test_positions_are_those_of_the_list(given: Any) -> None:
    assert [position(i, 4, "nodes") for i in (0, 3, 2.0)] == [0, 3, 2]
    with pytest.raises(VisavisError, match=r"refers to number [\d,.]+ of its 4 nodes|a position in its nodes is "):
        position(given, 4, "nodes")


@pytest.mark.parametrize("given", [0, 5124, 5126.5, "5126", None, [], math.nan, 10**400])
def test_kinds_are_gltfs(given: Any) -> None:
    assert component(5126.0) == np.float32
    with pytest.raises(VisavisError, match=r"are none of glTF's \(5120, 5121, 5122, 5123, 5125, 5126\)"):
        component(given)


@pytest.mark.parametrize("given", ["VEC5", "", 3, None, [], "x" * 10**6])
def test_element_types_are_gltfs(given: Any) -> None:
    assert width("MAT4") == 16
    with pytest.raises(VisavisError, match=r"are none of glTF's \(SCALAR, VEC2, .*\)") as told:
        width(given)
    assert len(str(told.value)) < 200


def test_elements_lie_a_stride_apart() -> None:
    np.testing.assert_array_equal(
        elements(BYTES, 2, 8, 3, SHORT, 2), [[0x302, 0x504], [0xB0A, 0xD0C], [0x1312, 0x1514]]
    )
    np.testing.assert_array_equal(elements(BYTES, 0, 1, 3, np.dtype(np.int8), 2), [[0, 1], [1, 2], [2, 3]])
    assert elements(BYTES, 0, 4, 6, SHORT, 2).shape == (6, 2)
    assert elements(BYTES, 99, 0, 0, SHORT, 2).shape == (0, 2)


@pytest.mark.parametrize(
    ("start", "stride", "count"),
    [(0, 4, 7), (1, 4, 6), (24, 4, 1), (2**70, 4, 1), (0, 2**70, 2), (0, 1, 2**70), (0, 2**63, 2**63), (21, 1, 1)],
)
def test_elements_past_the_end_are_refused_whatever_the_numbers(start: int, stride: int, count: int) -> None:
    with pytest.raises(VisavisError, match=r"a list of [\d,.]+ elements reaches to byte [\d,.]+ of 24; export or copy"):
        elements(BYTES, start, stride, count, SHORT, 2)


@pytest.mark.parametrize("stride", [0, -1, -(2**40)])
def test_elements_never_go_backwards(stride: int) -> None:
    with pytest.raises(VisavisError, match="bytes apart, 1 is the least"):
        elements(BYTES, 8, stride, 2, SHORT, 2)


def test_parts_lie_within() -> None:
    assert bytes(part(BYTES, 22, 2, "a view")) == b"\x16\x17"
    for start, length in ((22, 3), (25, 0), (2**70, 2**70)):
        with pytest.raises(VisavisError, match=r"a view reaches to byte [\d,.]+ of 24"):
            part(BYTES, start, length, "a view")
