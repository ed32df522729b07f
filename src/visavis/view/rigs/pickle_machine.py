"""The stack machine that a pickle is a program for, without anything that a program could do harm with.

A pickle may name any function, call it, and set the state of what comes back. Here its instructions only move words and
records of ours about. The arrays of NumPy and chumpy and SciPy's csc matrices are known by name; everything else is
refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.broken import shown
from visavis.view.rigs.pickle_instructions import Instruction, instructions

_NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
_ORDERS = ("<", ">", "=", "|")
_MOST_DIMENSIONS = 32
_LONGEST_TEXT = 200


class Word(Enum):
    """What a pickle may name. None of these is the thing itself."""

    ARRAY = auto()
    KIND = auto()
    EMPTY_ARRAY = auto()
    SCALAR = auto()
    ENCODE = auto()
    REBUILD = auto()
    OBJECT = auto()
    BYTES = auto()
    SET = auto()
    CHUMPY = auto()
    SPARSE = auto()


_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
_BUILTINS = ("builtins", "__builtin__")
_WORDS: Mapping[tuple[str, str], Word] = {
    ("numpy", "ndarray"): Word.ARRAY,
    ("numpy", "dtype"): Word.KIND,
    ("_codecs", "encode"): Word.ENCODE,
    ("chumpy.ch", "Ch"): Word.CHUMPY,
    **{(module, "csc_matrix"): Word.SPARSE for module in ("scipy.sparse.csc", "scipy.sparse._csc")},
    **{(module, "_reconstruct"): Word.EMPTY_ARRAY for module in _NUMPY},
    **{(module, "scalar"): Word.SCALAR for module in _NUMPY},
    **{(module, "_reconstructor"): Word.REBUILD for module in ("copyreg", "copy_reg")},
    **{(module, "object"): Word.OBJECT for module in _BUILTINS},
    **{(module, "bytes"): Word.BYTES for module in _BUILTINS},
    **{(module, name): Word.SET for module in _BUILTINS for name in ("set", "frozenset")},
}


@dataclass(eq=False)
class PickledArray:
    """An array of plain numbers; None until they have come, and where it holds anything else."""

    values: np.ndarray | None = None


@dataclass(eq=False)
class PickledKind:
    """A kind of numbers as NumPy spells it (`f8`), and the order of its bytes."""

    code: str
    order: str = "="


@dataclass(eq=False)
class PickledObject:
    """What is told of a chumpy array or a sparse matrix."""

    word: Word
    state: dict[str, Any] = field(default_factory=dict)


class PickledOther(Enum):
    """A set or a single number: no array and not needed to make one, so nothing is kept of it."""

    THING = auto()


def unpickled(data: bytes) -> object:
    """What a pickle leaves: plain values, dictionaries with texts as keys, and the records above in place of objects.

    Raises `VisavisError`, in words of ours, where it is damaged or asks for anything but arrays.
    """
    return _Machine(data).run()


class _Machine:
    """The stack machine that a pickle is a program for; it knows plain values and the records above only."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._encodable = len(data)
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> object:
        """What the pickle leaves."""
        for step in instructions(self._data):
            try:
                self._do(step)
            except (IndexError, KeyError):
                raise VisavisError(f"its {step.name} at byte {step.at} finds nothing to work on") from None
        return self._stack.pop() if self._stack else None

    def _do(self, step: Instruction) -> None:
        match step.name:
            case "PROTO" | "FRAME" | "STOP":
                return
            case "MARK":
                self._marked.append(self._stack)
                self._stack = []
            case "POP" if self._stack:
                self._stack.pop()
            case "POP" | "POP_MARK":
                self._since_mark()
            case "GET" | "BINGET" | "LONG_BINGET":
                self._stack.append(self._memo[step.argument])  # type: ignore[index]
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self._memo[step.argument] = self._stack[-1]  # type: ignore[index]
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
            case "APPEND":
                self._extend(self._last(1))
            case "APPENDS":
                self._extend(self._since_mark())
            case "SETITEM":
                self._set_items(self._last(2))
            case "SETITEMS":
                self._set_items(self._since_mark())
            case "ADDITEMS":
                self._since_mark()
                if self._stack[-1] is not PickledOther.THING:
                    raise VisavisError("it adds to something that is no set")
            case "BUILD":
                self._build()
            case _:
                pushed = self._pushed(step)
                self._stack.append(pushed)

    def _pushed(self, step: Instruction) -> Any:
        """What an instruction puts on the stack."""
        match step.name:
            case "NONE":
                return None
            case "NEWTRUE" | "NEWFALSE":
                return step.name == "NEWTRUE"
            case "DUP":
                return self._stack[-1]
            case "EMPTY_TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                return self._last(("EMPTY_TUPLE", "TUPLE1", "TUPLE2", "TUPLE3").index(step.name))
            case "TUPLE":
                return tuple(self._since_mark())
            case "EMPTY_LIST":
                return []
            case "LIST":
                return self._since_mark()
            case "EMPTY_DICT":
                return {}
            case "DICT":
                return _items(self._since_mark())
            case "EMPTY_SET":
                return PickledOther.THING
            case "FROZENSET":
                self._since_mark()
                return PickledOther.THING
            case "GLOBAL":
                return _word(*step.argument)  # type: ignore[misc]
            case "STACK_GLOBAL":
                return _word(*map(_text, self._last(2)))
            case "REDUCE":
                return self._called(*self._last(2))
            case "NEWOBJ":
                return _new(*self._last(2))
            case _:
                return step.argument

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _last(self, count: int) -> tuple[Any, ...]:
        start = len(self._stack) - count
        if start < 0:
            raise IndexError
        items = tuple(self._stack[start:])
        del self._stack[start:]
        return items

    def _extend(self, items: Sequence[Any]) -> None:
        held = self._stack[-1]
        if type(held) is not list:
            raise VisavisError("it adds to something that is no list")
        held += items

    def _set_items(self, items: Sequence[Any]) -> None:
        held = self._stack[-1]
        if type(held) is not dict:
            raise VisavisError("it sets items of something that is no dictionary")
        held |= _items(items)

    def _called(self, word: Any, given: Any) -> Any:
        """The record that stands for what a call would make."""
        match word, given:
            case Word.EMPTY_ARRAY, (Word.ARRAY, *_):
                return PickledArray()
            case Word.KIND, (code, *_):
                return PickledKind(_text(code))
            case Word.REBUILD, (base, Word.OBJECT, None):
                return _new(base, ())
            case Word.ENCODE, (str() as text, encoding):
                return self._encoded(text, _text(encoding))
            case Word.BYTES, ():
                return b""
            case ((Word.SCALAR | Word.SET), _):
                return PickledOther.THING
        raise VisavisError("it calls something that makes no array")

    def _encoded(self, text: str, encoding: str) -> bytes:
        self._encodable -= len(text)  # an honest pickle encodes each of its texts once
        if encoding not in ("latin1", "latin-1") or self._encodable < 0:
            raise VisavisError("it encodes texts as no array does")
        try:
            return text.encode("latin1")
        except UnicodeEncodeError:
            raise VisavisError("it encodes letters that are no bytes") from None

    def _build(self) -> None:
        """Fill in the record that a call has left."""
        (state,) = self._last(1)
        match self._stack[-1]:
            case PickledArray() as array:
                array.values = _values(state)
            case PickledKind() as kind:
                kind.order = _order(kind, state)
            case PickledObject() as held if type(state) is dict:
                held.state = state
            case _:
                raise VisavisError("it sets the state of something that is no array")


def _word(module: str, name: str) -> Word:
    word = _WORDS.get((module, name))
    if word is None:
        raise VisavisError(f"it asks for {shown(module)}.{shown(name)}, which is not an array")
    return word


def _new(word: Any, _: object) -> PickledObject:
    if word not in (Word.CHUMPY, Word.SPARSE):
        raise VisavisError("it rebuilds an object that is no array")
    return PickledObject(word)


def _items(items: Sequence[Any]) -> dict[str, Any]:
    """Keys and values one after another; those whose key is no text are left out."""
    if len(items) % 2:
        raise VisavisError("it gives a key without a value")
    pairs = zip(items[::2], items[1::2], strict=True)
    return {_text(key): value for key, value in pairs if isinstance(key, (str, bytes))}


def _text(given: Any) -> str:
    if not isinstance(given, (str, bytes)) or len(given) > _LONGEST_TEXT:
        raise VisavisError("it names something by what is no name")
    return given if isinstance(given, str) else given.decode("latin1")


def _order(kind: PickledKind, state: Any) -> str:
    """The order of bytes in a kind's state (version, order, parts, names, fields, ...): numbers have no parts."""
    match state:
        case (int(), (str() | bytes()) as order, parts, names, fields, *_):
            if kind.code not in _NUMBERS:
                return kind.order
            if _text(order) in _ORDERS and parts is None and names is None and fields is None:
                return _text(order)
    raise VisavisError("it describes numbers that are not plain")


def _values(state: Any) -> np.ndarray | None:
    """The array of a state (version, shape, kind, in columns, bytes); None where it does not hold plain numbers."""
    match state:
        case (int(), tuple() as shape, PickledKind() as kind, in_columns, raw):
            pass
        case (tuple() as shape, PickledKind() as kind, in_columns, raw):
            pass
        case _:
            raise VisavisError("it fills an array with something else")
    if kind.code not in _NUMBERS:
        return None
    numbers = np.dtype(kind.order + kind.code)
    if len(shape) > _MOST_DIMENSIONS or not all(type(size) is int and size >= 0 for size in shape):
        raise VisavisError("an array of it has no shape")
    if type(raw) is not bytes or len(raw) != math.prod(shape) * numbers.itemsize:
        raise VisavisError("an array of it has another size than its shape")
    try:
        return np.ndarray(shape, numbers, raw, order="F" if in_columns in (1, True) else "C")
    except (ValueError, OverflowError):
        raise VisavisError("an array of it has no shape") from None
