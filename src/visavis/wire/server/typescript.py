"""The protocol for the page: constants, types and codecs in TypeScript, made of `protocol` and `records`.

python -m visavis.wire.server.typescript > page/src/protocol.ts
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from visavis.wire.server import protocol, records
from visavis.wire.server.records import type_name

_CONSTANTS = (
    "VERSION", "PATH", "MOST_STAMP", "NOT_HEARD", "NO_STATE", "LARGEST_MESSAGE", "MOST_FACES", "LEAST_RATE",
    "MOST_RATE",
)  # fmt: skip
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean"}
_CODECS = """\
export interface Message {
  kind: Kind;
  sequence: number;
  stamp: number;
  body: DataView;
}

/** A message as it is sent: `body` is what `audioBody`, `faceBody` or `jsonBody` gave. */
export function encode(kind: Kind, sequence: number, stamp: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, VERSION);
  view.setUint32(4, sequence >>> 0, true);
  view.setUint32(8, stamp >>> 0, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** A message that came. Throws for another version and for what is no message. */
export function decode(data: ArrayBuffer): Message {
  const view = new DataView(data);
  if (data.byteLength < HEADER_BYTES) throw new Error(`a message of ${data.byteLength} bytes`);
  if (view.getUint8(1) !== VERSION) throw new Error(`version ${view.getUint8(1)} of the protocol, not ${VERSION}`);
  return {
    kind: view.getUint8(0) as Kind,
    sequence: view.getUint32(4, true),
    stamp: view.getUint32(8, true),
    body: new DataView(data, HEADER_BYTES),
  };
}

/** Body of USER_SPEECH and AGENT_SOUND. */
export function audioBody(samples: Int16Array, rate: number): Uint8Array {
  const bytes = new Uint8Array(AUDIO_BYTES + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rate, true);
  samples.forEach((sample, number) => view.setInt16(AUDIO_BYTES + 2 * number, sample, true));
  return bytes;
}

/** Body of USER_FACE: frames one after another, each of the announced channels. */
export function faceBody(values: Float32Array, channels: number): Uint8Array {
  const bytes = new Uint8Array(FACE_BYTES + 4 * values.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, values.length / channels, true);
  view.setUint16(2, channels, true);
  values.forEach((value, number) => view.setFloat32(FACE_BYTES + 4 * number, value, true));
  return bytes;
}

/** Body of HELLO and CONTROL. */
export function jsonBody(record: Hello | Control): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

export interface Audio {
  samples: Int16Array;
  rate: number;
}

/** What AGENT_SPEECH holds. */
export function parseAudio(body: DataView): Audio {
  const samples = new Int16Array((body.byteLength - AUDIO_BYTES) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = body.getInt16(AUDIO_BYTES + 2 * i, true);
  return { samples, rate: body.getUint32(0, true) };
}

export interface Frames {
  count: number;
  width: number;
  /** The sample of the user's clock up to which these frames heard the user; null: nothing. */
  heard: number | null;
  /** Frame after frame, `width` channels each. */
  values: Float32Array;
  /** Numbers in `Welcome.states`, or NO_STATE. */
  states: Uint8Array;
}

/** What FRAMES holds. */
export function parseFrames(body: DataView): Frames {
  const count = body.getUint16(0, true);
  const width = body.getUint16(2, true);
  const heard = body.getUint32(4, true);
  const values = new Float32Array(count * width);
  for (let i = 0; i < values.length; i++) values[i] = body.getFloat32(FRAMES_BYTES + 4 * i, true);
  const states = new Uint8Array(body.buffer, body.byteOffset + FRAMES_BYTES + 4 * values.length, count).slice();
  return { count, width, heard: heard === NOT_HEARD ? null : heard, values, states };
}

/** What WELCOME and EVENT hold. */
export function parseJson(body: DataView): Welcome | Event {
  return JSON.parse(new TextDecoder().decode(body)) as Welcome | Event;
}"""


def typescript() -> str:
    """The whole file."""
    parts = [
        "// Made by `python -m visavis.wire.server.typescript`; change the Python beside it, not this.",
        "// docs/protocol.md tells what it means.",
        "",
        *(f"export const {name} = {_literal(getattr(protocol, name))};" for name in _CONSTANTS),
        f"export const HEADER_BYTES = {protocol.HEADER.size};",
        f"export const AUDIO_BYTES = {protocol.AUDIO.size};",
        f"export const FRAMES_BYTES = {protocol.FRAMES.size};",
        f"export const FACE_BYTES = {protocol.FACE.size};",
    ]
    for enum in (protocol.Kind, protocol.Close, protocol.Reason):
        parts += ["", *_enum(enum)]
    for record in dict.fromkeys((records.Hello, *records.CONTROLS, records.Welcome, *records.EVENTS)):
        parts += ["", *_interface(record)]
    parts += ["", f"export type Control = {_either(records.CONTROLS)};", ""]
    parts += [f"export type Event = {_either(records.EVENTS)};", "", _CODECS]
    return "\n".join(parts) + "\n"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _either(kinds: tuple[type, ...]) -> str:
    return " | ".join(kind.__name__ for kind in kinds)


def _comment(documented: Any) -> Iterator[str]:
    lines = inspect.cleandoc(documented.__doc__ or "").splitlines()
    if len(lines) == 1:
        yield f"/** {lines[0]} */"
        return
    yield "/**"
    yield from (f" * {line}".rstrip() for line in lines)
    yield " */"


def _enum(enum: type[IntEnum]) -> Iterator[str]:
    name = enum.__name__
    yield from _comment(enum)
    yield f"export const {name} = {{"
    yield from (f"  {one.name}: {one.value}," for one in enum)
    yield "} as const;"
    yield f"export type {name} = (typeof {name})[keyof typeof {name}];"


def _interface(record: type) -> Iterator[str]:
    hints = typing.get_type_hints(record)
    yield from _comment(record)
    yield f"export interface {record.__name__} {{"
    yield f'  type: "{type_name(record)}";'
    for one in dataclasses.fields(record):
        lacking = one.default is not dataclasses.MISSING
        yield f"  {one.name}{'?' if lacking else ''}: {_type(hints[one.name])};"
    yield "}"


def _type(hint: Any) -> str:
    inner = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return " | ".join("null" if one is type(None) else _type(one) for one in inner)
    if typing.get_origin(hint) is tuple:
        return f"{_type(inner[0])}[]" if inner[-1] is Ellipsis else f"[{', '.join(map(_type, inner))}]"
    if typing.get_origin(hint) is dict:
        return f"Record<{_type(inner[0])}, {_type(inner[1])}>"
    return _PLAIN[hint]


if __name__ == "__main__":
    sys.stdout.write(typescript())
