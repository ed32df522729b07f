"""The packed streams were made by the reference encoder (meshoptimizer 0.25)."""

from __future__ import annotations

import time

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.rigs.meshopt import unpack

ATTRIBUTES = bytes.fromhex(
    "a02a0666666666666666666666666666666666666666000000001f0002060a0e12161a1e22262a2e32363a4842464a4e5256645e62666a7872"
    "767affff00008882868a989296a4153023c80f707172737600bc20f87778797a03c000007b7e001a02232232232232232232232232232232ba"
    "eb00000303031f00c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2ffff0000c2c2c2c2c2c2c2c2151555555555"
    "555555555500001000030000120000000000000000000000000000000000000000000000000000c8000000ff00"
)
TRIANGLES = bytes.fromhex(
    "e1fe1e100e100e100ece1e160e150e140ece1e140e140e140effffffff4a0f0a1f250effba01c1015eff5f0001ffc8010202007687566778a9"
    "866589689801690000"
)
SEQUENCE = bytes.fromhex("d100040404a11f040504050499ec101600000000")


def test_attributes_come_back() -> None:
    i = np.arange(40)
    columns = [i * 3, i * i % 251, np.where(i % 7 == 0, 200, i // 5), 0 * i, i % 3, i * 97 % 256, 255 - i, i // 39 * 9]
    assert unpack(ATTRIBUTES, 40, 8, "ATTRIBUTES") == np.stack(columns, axis=1).astype(np.uint8).tobytes()


@pytest.mark.parametrize("stride", [2, 4])
def test_triangles_come_back(stride: int) -> None:
    """The codec may begin a triangle with another of its corners, but keeps the way round."""
    grid = [[k, k + 1, k + 5, k + 5, k + 1, k + 6] for y in range(3) for k in range(5 * y, 5 * y + 4)]
    given = np.array([*np.ravel(grid), 0, 19, 7, 100, 3, 50, 2, 2, 1, 101, 102, 103, 0, 1, 2]).reshape(-1, 3)
    told = np.frombuffer(unpack(TRIANGLES, 87, stride, "TRIANGLES"), {2: np.uint16, 4: np.uint32}[stride]).reshape(
        -1, 3
    )
    for one, other in zip(told.tolist(), given.tolist(), strict=True):
        assert one in [other[i:] + other[:i] for i in range(3)]


def test_a_sequence_comes_back() -> None:
    told = np.frombuffer(unpack(SEQUENCE, 12, 4, "INDICES"), np.uint32)
    np.testing.assert_array_equal(told, [0, 1, 2, 3, 1000, 4, 1001, 5, 1002, 6, 70000, 0])


def packed_verbatim(elements: np.ndarray) -> bytes:
    """One block of 16 elements whose differences are all whole bytes."""
    raw = np.ascontiguousarray(elements).view(np.uint8).reshape(16, -1)
    steps = np.diff(raw, axis=0, prepend=raw[:1]).view(np.int8).astype(np.int64)
    zigzag = np.where(steps < 0, -2 * steps - 1, 2 * steps).astype(np.uint8)
    blocks = b"".join(b"\x03" + column.tobytes() for column in zigzag.T)
    return b"\xa0" + blocks + bytes(32 - raw.shape[1]) + raw[0].tobytes()


def test_octahedra_become_unit_vectors() -> None:
    given = np.zeros((16, 4), np.int8)
    with pytest.raises(VisavisError, match="damaged"):
        unpack(packed_verbatim(given), 16, 4, "ATTRIBUTES", "OCTAHEDRAL")
    given[:, 2], given[:, 3] = 127, 5
    given[1, :2], given[2, :2], given[3, :2] = (127, 0), (64, -63), (127, -127)
    found = np.frombuffer(unpack(packed_verbatim(given), 16, 4, "ATTRIBUTES", "OCTAHEDRAL"), np.int8).reshape(16, 4)
    np.testing.assert_array_equal(found[:4, 3], 5)
    expected = np.array([[0, 0, 127], [127, 0, 0], [90, -89, 0], [0, 0, -127]])
    np.testing.assert_allclose(found[:4, :3], expected, atol=1)


def test_quaternions_get_their_largest_part_back() -> None:
    given = np.zeros((16, 4), np.int16)
    one = 32767 & ~3
    given[:, 3] = one | 3
    given[1] = [round(32767 * 0.5 * np.sqrt(2)), 0, 0, one | 0]
    found = np.frombuffer(unpack(packed_verbatim(given), 16, 8, "ATTRIBUTES", "QUATERNION"), np.int16).reshape(16, 4)
    np.testing.assert_array_equal(found[0], [0, 0, 0, 32767])
    np.testing.assert_allclose(found[1] / 32767, [np.sqrt(0.75), 0.5, 0, 0], atol=1e-4)


def test_exponents_become_floats() -> None:
    given = np.zeros(16, np.int32)
    given[0] = np.uint32((-3 & 0xFF) << 24 | 12).view(np.int32)
    given[1] = np.uint32(1 << 24 | (-5 & 0xFFFFFF)).view(np.int32)
    found = np.frombuffer(unpack(packed_verbatim(given), 16, 4, "ATTRIBUTES", "EXPONENTIAL"), np.float32)
    np.testing.assert_array_equal(found[:3], [1.5, -10, 0])


@pytest.mark.parametrize("packed", [ATTRIBUTES[:40], b"", ATTRIBUTES[:-40]])
def test_cut_streams_are_refused(packed: bytes) -> None:
    with pytest.raises(VisavisError, match="is damaged; export it again"):
        unpack(packed, 40, 8, "ATTRIBUTES")


@pytest.mark.parametrize(
    ("count", "stride", "mode", "filtered"),
    [
        (40, 0, "ATTRIBUTES", "NONE"),
        (40, -8, "ATTRIBUTES", "NONE"),
        (40, 6, "ATTRIBUTES", "NONE"),
        (40, 260, "ATTRIBUTES", "NONE"),
        (40, 10**4000, "ATTRIBUTES", "NONE"),
        (10**4000, 8, "ATTRIBUTES", "NONE"),
        (-40, 8, "ATTRIBUTES", "NONE"),
        (2**62, 8, "ATTRIBUTES", "NONE"),
        (len(ATTRIBUTES) * 8, 8, "ATTRIBUTES", "NONE"),
        (40, 12, "ATTRIBUTES", "OCTAHEDRAL"),
        (40, 4, "ATTRIBUTES", "QUATERNION"),
        (87, 3, "TRIANGLES", "NONE"),
        (88, 4, "TRIANGLES", "NONE"),
        (-87, 4, "TRIANGLES", "NONE"),
        (3 * 2**60, 4, "TRIANGLES", "NONE"),
        (12, 8, "INDICES", "NONE"),
        (2**62, 4, "INDICES", "NONE"),
        (40, 8, "attributes", "NONE"),
    ],
)
def test_sizes_that_no_stream_has_are_refused(count: int, stride: int, mode: str, filtered: str) -> None:
    packed = {"TRIANGLES": TRIANGLES, "INDICES": SEQUENCE}.get(mode, ATTRIBUTES)
    with pytest.raises(VisavisError, match=r"a meshopt buffer .*is damaged.*; export it again") as told:
        unpack(packed, count, stride, mode, filtered)
    assert len(str(told.value)) < 200


def test_a_byte_stands_for_64_at_most() -> None:
    """A thousand packed bytes of nothing but equal elements are the most that they can be."""
    count = 64 * 16
    packed = b"\xa0" + bytes(4 * 16 + 32)
    assert unpack(packed, count, 4, "ATTRIBUTES") == bytes(4 * count)
    assert 4 * count > 42 * len(packed)


def test_numbers_without_end_are_refused() -> None:
    began = time.process_time()
    with pytest.raises(VisavisError, match="is damaged"):
        unpack(b"\xd1" + b"\xff" * 2_000_000, 12, 4, "INDICES")
    assert time.process_time() - began < 1


def test_later_versions_are_refused() -> None:
    with pytest.raises(VisavisError, match="begins with 0xa1, not 0xa0"):
        unpack(b"\xa1" + ATTRIBUTES[1:], 40, 8, "ATTRIBUTES")
    with pytest.raises(VisavisError, match="damaged"):
        unpack(ATTRIBUTES, 40, 8, "ATTRIBUTES", "COLOUR")
