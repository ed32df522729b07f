from __future__ import annotations

import pickle

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.rigs.pickle_machine import PickledArray, unpickled

NUMPY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"


def text(given: str) -> bytes:
    raw = given.encode()
    return b"X" + len(raw).to_bytes(4, "little") + raw


def kind(code: str = "f8", state: bytes = b"") -> bytes:
    return b"cnumpy\ndtype\n(" + text(code) + b"K\x00K\x01tR" + state


def filled(shape: bytes, numbers: bytes, of: bytes | None = None) -> bytes:
    """A pickle of one array."""
    state = b"(K\x01" + shape + (kind() if of is None else of) + b"\x89B" + len(numbers).to_bytes(4, "little")
    return NUMPY + state + numbers + b"tb."


def array(data: bytes) -> np.ndarray | None:
    found = unpickled(data)
    assert isinstance(found, PickledArray)
    return found.values


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_plain_values_come_back(protocol: int) -> None:
    held = {"a": [1, -2, 1.5, True, None], "b": {"c": ("x", b"yz", (), (1,), (1, 2), (1, 2, 3), [])}, "d": 2**40}
    assert unpickled(pickle.dumps(held, protocol)) == held


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("code", ["f2", "f4", "<f8", ">f8", "i1", "<i2", ">i4", "i8", "u1", ">u2", "u4", "u8"])
def test_arrays_of_numbers_come_back_as_they_were(code: str, protocol: int) -> None:
    for given in (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3)), np.zeros((0, 3))):
        found = array(pickle.dumps(given.astype(code), protocol))
        assert found is not None
        assert found.dtype == np.dtype(code)
        np.testing.assert_array_equal(found, given)
    assert array(pickle.dumps(np.array(7, code), protocol)) == 7


@pytest.mark.parametrize("kind", ["bool", "S3", "U3", "c16", "datetime64[s]", "V4", [("a", "f8"), ("b", "f4")], "O"])
def test_arrays_of_anything_else_are_empty_words(kind: object) -> None:
    assert array(pickle.dumps(np.zeros(2, kind), 2)) is None  # type: ignore[call-overload]


def test_what_an_honest_pickle_says_beside_its_arrays_is_passed_over() -> None:
    held = {"set": {1, 2}, "frozen": frozenset({3}), "scalar": np.float64(2), 5: "number as key", ("a",): 1}
    for protocol in (0, 2, 4):
        assert unpickled(pickle.dumps(held, protocol)).keys() == {"set", "frozen", "scalar"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"cos\nsystem\n(S'ls'\ntR.", "it asks for os.system, which is not an array"),
        (b"\x8c\x02os\x8c\x06system\x93.", "it asks for os.system, which is not an array"),
        (b"cos\x1b[31m\nsys\x07tem\n.", r"it asks for os \[31m.sys tem, which is not an array"),
        (b"c" + b"o" * 10**6 + b"\nx\n.", r"it asks for o{57}\.\.\.\.x, which is not an array"),
        (b"cnumpy\nndarray\n(K\x09tR.", "it calls something that makes no array"),
        (b"cnumpy\nndarray\n)\x81.", "it rebuilds an object that is no array"),
        (b"c__builtin__\nobject\n)\x81.", "it rebuilds an object that is no array"),
        (b"ccopy_reg\n_reconstructor\n(c__builtin__\nset\nc__builtin__\nobject\nNtR.", "it rebuilds an object"),
        (b"K\x01(K\x02tR.", "it calls something that makes no array"),
        (b"K\x01}b.", "it sets the state of something that is no array"),
        (b"}}b.", "it sets the state of something that is no array"),
        (b"cnumpy\ndtype\n}b.", "it sets the state of something that is no array"),
        (b"cchumpy.ch\nCh\n)\x81K\x01b.", "it sets the state of something that is no array"),
        (b"K\x01K\x02a.", "it adds to something that is no list"),
        (b"K\x01K\x02K\x03s.", "it sets items of something that is no dictionary"),
        (b"}(K\x01u.", "it gives a key without a value"),
        (b"}(K\x02\x90.", "it adds to something that is no set"),
        (b"}" + text("x" * 201) + b"K\x01s.", "it names something by what is no name"),
        (b"K\x01K\x02\x93.", "it names something by what is no name"),
        (b"a.", "its APPEND at byte 0 finds nothing to work on"),
        (b"t.", "its TUPLE at byte 0 finds nothing to work on"),
        (b"K\x01(\x86.", "its TUPLE2 at byte 3 finds nothing to work on"),
        (b"h\x07.", "its BINGET at byte 0 finds nothing to work on"),
        (b"q\x07.", "its BINPUT at byte 0 finds nothing to work on"),
        (b"1.", "its POP_MARK at byte 0 finds nothing to work on"),
    ],
)
def test_other_programs_are_refused_in_words_of_ours(data: bytes, message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        unpickled(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (filled(b"K\x02\x85", bytes(8)), "an array of it has another size than its shape"),
        (filled(b"K\x02\x85", bytes(24)), "another size than its shape"),
        (filled(b"J\xff\xff\xff\xff\x85", bytes(8)), "an array of it has no shape"),
        (filled(b"G?\xf0\x00\x00\x00\x00\x00\x00\x85", bytes(8)), "an array of it has no shape"),
        (filled(b"(" + b"K\x01" * 33 + b"t", bytes(8)), "an array of it has no shape"),
        (filled(b"\x8a\x09" + b"\xff" * 8 + b"\x00K\x00\x86", b""), "an array of it has no shape"),
        (filled(b"\x8a\x08" + b"\xff" * 7 + b"\x7f\x85", bytes(8)), "another size than its shape"),
        (filled(b"K\x01", bytes(8)), "it fills an array with something else"),
        (filled(b"K\x01\x85", bytes(8), b"K\x08"), "it fills an array with something else"),
        (NUMPY + b"K\x01b.", "it fills an array with something else"),
        (NUMPY + b"(K\x01K\x01\x85" + kind() + b"\x89]tb.", "another size than its shape"),
    ],
)
def test_arrays_whose_parts_do_not_fit_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        unpickled(data)


@pytest.mark.parametrize(
    "state",
    [
        b"(K\x03" + text("<") + b"cnumpy\ndtype\nNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb",
        b"(K\x03" + text("<") + b"N" + text("a") + b"\x85}K\x08K\x01K\x00tb",
        b"(K\x03" + text("<") + b"NN}K\x08K\x01K\x00tb",
        b"(K\x03" + text("O") + b"NNNK\x08K\x01K\x00tb",
        b"(K\x03K\x05NNNK\x08K\x01K\x00tb",
        b"K\x05b",
        b")b",
    ],
)
def test_numbers_with_parts_are_refused(state: bytes) -> None:
    with pytest.raises(
        VisavisError, match=r"it describes numbers that are not plain|names something by what is no name"
    ):
        unpickled(filled(b"K\x01\x85", bytes(8), kind("f8", state)))


def test_an_object_hidden_in_numbers_is_never_looked_at() -> None:
    """A dtype of raw bytes is given the parts of an object, and a number of it the address of one."""
    parts = b"}" + text("a") + kind("O8", b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb")
    hidden = kind("V8", b"(K\x03" + text("|") + b"N" + text("a") + b"\x85" + parts + b"K\x00\x86sK\x08K\x01K\x00tb")
    number = b"cnumpy.core.multiarray\nscalar\n" + hidden + b"C\x08AAAAAAAA\x86R"
    told = b"ccopy_reg\n_reconstructor\n" + number + b"c__builtin__\nobject\nN\x87R."
    with pytest.raises(VisavisError, match="it rebuilds an object that is no array"):
        unpickled(told)
    assert array(filled(b"K\x01\x85", b"AAAAAAAA", hidden)) is None


def test_texts_are_encoded_once_each() -> None:
    long = text("x" * 1000)
    encoded = b"c_codecs\nencode\nh\x00" + text("latin1") + b"\x86R"
    assert unpickled(long + b"q\x000" + encoded + b".") == b"x" * 1000
    with pytest.raises(VisavisError, match="it encodes texts as no array does"):
        unpickled(long + b"q\x000" + encoded * 100 + b".")
    for letters, encoding in (("é€", "latin1"), ("x", "zip"), ("x", "utf-8")):
        with pytest.raises(VisavisError, match=r"it encodes (letters that are no bytes|texts as no array does)"):
            unpickled(b"c_codecs\nencode\n" + text(letters) + text(encoding) + b"\x86R.")


def test_what_holds_itself_or_goes_deep_does_no_harm() -> None:
    assert isinstance(unpickled(b"]q\x00h\x00a."), list)
    deep = b"K\x01" + b"\x85" * 100_000 + b"q\x00}h\x00K\x02s."  # as a key, its hash would take all the stack
    assert unpickled(deep) == {}
    doubled = b"K\x01" + b"2\x86" * 100 + b"q\x00}h\x00K\x02s."  # its hash would take 2^100 steps
    assert unpickled(doubled) == {}
