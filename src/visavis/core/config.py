"""Configs: frozen dataclasses that go to JSON and back, and take `section.key=value` overrides.

A section that may be one of several classes is saved with the `tag` of its class, by which it is read again.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from visavis.core.bounds import require_within
from visavis.core.errors import VisavisError, unknown

C = TypeVar("C")

TAG = "tag"
"""The key by which a section says which of several classes it is."""
_CLASSES = "classes"


def one_of(classes: Callable[[], Iterable[type]]) -> Mapping[str, Any]:
    """The metadata of a field that holds a config of one of several tagged classes: those that are known by now."""
    return {_CLASSES: classes}


def to_dict(config: Any) -> dict[str, Any]:
    """A config as plain data for JSON; nested configs become nested dictionaries."""
    plain: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            tag = {TAG: _tag(type(value))} if _is_choice(type(config), field) else {}
            value = {**tag, **to_dict(value)}
        plain[field.name] = value
    return plain


def from_dict(kind: type[C], data: Mapping[str, Any], where: str = "") -> C:
    """A config of class `kind` from plain data.

    Raises `VisavisError` for unknown keys, naming the nearest, values of another type and numbers out of their bounds.
    """
    if not isinstance(data, Mapping):
        raise VisavisError(f"{where.rstrip('.') or 'a recipe'} cannot be {data!r}; it is a section with keys")
    hints = _hints(typing.cast(Any, kind))
    names = [field.name for field in dataclasses.fields(typing.cast(Any, kind))]
    for key in data:
        if key not in names:
            raise unknown("recipe key", f"{where}{key}", [f"{where}{name}" for name in names])
    for field in dataclasses.fields(typing.cast(Any, kind)):
        if field.name not in data and field.default is field.default_factory is dataclasses.MISSING:
            raise VisavisError(f"recipe key {where + field.name!r} is missing; it has no default")
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    values = {
        key: _section(_classes(kind, fields[key]), value, f"{where}{key}")
        if isinstance(value, Mapping) and _is_choice(kind, fields[key])
        else _read(hints[key], value, f"{where}{key}")
        for key, value in data.items()
    }
    for key, value in values.items():
        require_within(kind, key, value, f"recipe key {f'{where}{key}'!r}")
    return kind(**values)


def override(config: C, changes: Mapping[str, str]) -> C:
    """A copy of `config` with `{"section.key": "text"}` changes applied, each read as its field's type."""
    for path, text in changes.items():
        config = _override(config, path.split("."), text, path)
    return config


def gather_overrides(given: Sequence[str]) -> list[str]:
    """A command's words with `--section.key value` and `--section.key=value` as `--override section.key=value ...`."""
    rest: list[str] = []
    changes: list[str] = []
    words = iter(given)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if word.startswith("--") and "." in name:
            if not equals:
                value = next(words, "--")
            if value.startswith("--"):
                raise VisavisError(f"option --{name} has no value; write --{name} VALUE")
            changes.append(f"{name}={value}")
        else:
            rest.append(word)
    return [*rest, "--override", *changes] if changes else rest


def read_overrides(texts: Sequence[str]) -> dict[str, str]:
    """`section.key=value` texts as what `override` takes."""
    pairs = [text.partition("=") for text in texts]
    for key, equals, _ in pairs:
        if not equals:
            raise VisavisError(f"--override {key!r} has no value; write {key}=VALUE")
    return {key: value for key, _, value in pairs}


def _override(config: C, keys: list[str], text: str, path: str) -> C:
    record = typing.cast(Any, config)
    names = [field.name for field in dataclasses.fields(record)]
    name = keys[0].replace("-", "_")
    if name not in names:
        prefix = path[: len(path) - len(".".join(keys))]
        raise unknown("recipe key", prefix + keys[0], [prefix + known for known in names])
    current = getattr(record, name)
    if len(keys) > 1:
        if not dataclasses.is_dataclass(current):
            raise VisavisError(f"recipe key {path!r}: {name} has no keys of its own")
        return typing.cast(C, dataclasses.replace(record, **{name: _override(current, keys[1:], text, path)}))
    if dataclasses.is_dataclass(current):
        inner = ", ".join(f"{path}.{field.name}" for field in dataclasses.fields(current))
        raise VisavisError(f"recipe key {path!r} is a section; its keys are: {inner}")
    value = _parse(_hint(record, name), text, path)
    require_within(type(record), name, value, f"recipe key {path!r}")
    return typing.cast(C, dataclasses.replace(record, **{name: value}))


def _hint(record: Any, name: str) -> Any:
    return _hints(typing.cast(Any, type(record)))[name]


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _options(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def _parse(hint: Any, text: str, path: str) -> Any:
    for option in _options(hint):
        if option is types.NoneType and text.lower() in ("none", "null"):
            return None
        if typing.get_origin(option) is typing.Literal and text in typing.get_args(option):
            return text
        if option is bool and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if option is str:
            return text
        if option in (int, float):
            try:
                return option(text)
            except ValueError:
                continue
        if typing.get_origin(option) is tuple:
            return _parse_tuple(option, text, path)
    raise VisavisError(f"recipe key {path!r} cannot be {text!r}; it is {_describe(hint)}")


def _parse_tuple(hint: Any, text: str, path: str) -> tuple[Any, ...]:
    texts, kinds = text.split(","), typing.get_args(hint)
    kinds = kinds[:1] * len(texts) if kinds[1:] == (...,) else kinds
    if len(kinds) != len(texts):
        raise VisavisError(f"recipe key {path!r} cannot be {text!r}; it is {len(kinds)} values with commas between")
    return tuple(_parse(kind, value.strip(), path) for kind, value in zip(kinds, texts, strict=True))


def _read(hint: Any, value: Any, path: str) -> Any:
    if isinstance(value, Mapping) and any(dataclasses.is_dataclass(option) for option in _options(hint)):
        return from_dict(_records(hint)[0], value, f"{path}.")
    for option in _options(hint):
        if typing.get_origin(option) is typing.Literal and value in typing.get_args(option):
            return value
        if typing.get_origin(option) is tuple and isinstance(value, (list, tuple)):
            return _read_tuple(option, value, path)
        if option is float and isinstance(value, (int, float)) and not isinstance(value, bool):
            return _as_float(value, path)
        if option is types.NoneType and value is None:
            return None
        if isinstance(option, type) and type(value) is option:
            return value
    raise VisavisError(f"recipe key {path!r} cannot be {value!r}; it is {_describe(hint)}")


def _read_tuple(hint: Any, values: Sequence[Any], path: str) -> tuple[Any, ...]:
    kinds = typing.get_args(hint)
    kinds = kinds[:1] * len(values) if kinds[1:] == (...,) else kinds
    if len(kinds) != len(values):
        raise VisavisError(f"recipe key {path!r} cannot be {list(values)}; it is {len(kinds)} values")
    return tuple(_read(kind, value, path) for kind, value in zip(kinds, values, strict=True))


def _as_float(value: float, path: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise VisavisError(f"recipe key {path!r} is too large a number; it is a float") from None


def _classes(kind: type, field: dataclasses.Field[Any]) -> list[type]:
    """The config classes that a field may hold."""
    if _CLASSES in field.metadata:
        return list(field.metadata[_CLASSES]())
    return _records(_hints(kind)[field.name])


def _records(hint: Any) -> list[type]:
    return [option for option in _options(hint) if isinstance(option, type) and dataclasses.is_dataclass(option)]


def _is_choice(kind: type, field: dataclasses.Field[Any]) -> bool:
    return _CLASSES in field.metadata or len(_classes(kind, field)) > 1


def _tag(kind: type) -> str:
    tag: str = typing.cast(Any, kind).tag
    return tag


def _section(classes: Sequence[type], data: Mapping[str, Any], path: str) -> Any:
    """A section that is one of several classes, by its tag."""
    known = {_tag(kind): kind for kind in classes}
    if TAG not in data:
        raise VisavisError(f"recipe key {f'{path}.{TAG}'!r} is missing; it is one of: {', '.join(sorted(known))}")
    if not isinstance(data[TAG], str) or data[TAG] not in known:
        raise unknown(f"{path}.{TAG}", str(data[TAG]), known)
    return from_dict(known[data[TAG]], {key: value for key, value in data.items() if key != TAG}, f"{path}.")


def _describe(hint: Any) -> str:
    parts: list[str] = []
    for option in _options(hint):
        if typing.get_origin(option) is typing.Literal:
            parts += [repr(value) for value in typing.get_args(option)]
        else:
            parts.append("none" if option is types.NoneType else getattr(option, "__name__", str(option)))
    return " or ".join(parts)
