"""Where two people are, from a sentence, by a language model: what it is told, and what of its answer is taken.

Three examples and an answer in strict JSON, as in the paper (arXiv 2603.08674, supplement): temperature 0.2, at most
128 tokens. The way to the model is `wire.chat`'s; nothing here knows the network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from visavis.core.errors import VisavisError
from visavis.core.layout import Layout, Place

TEMPERATURE = 0.2
MOST_TOKENS = 128
LOWEST_M, HIGHEST_M = 0.2, 2.3
"""Heads of people on a floor are so high."""
_TASK = (
    "You place two people in a room for an animation. Answer with one line of JSON and nothing else: "
    '{"first": {"position": [x, y, z], "facing_deg": d}, "second": {"position": [x, y, z], "facing_deg": d}}. '
    "Positions are of heads, in metres, x and z over the floor, y up; the origin is the middle between both people on "
    "the floor; heads are 0.3 to 10 m apart, of seated adults about 1.2 m high, of standing ones 1.65 m. facing_deg "
    "is the way the body faces: 0 along +z, 90 along +x. The first person faces +z; two side by side have x = -d/2 and "
    "d/2. The first person is the one named first."
)
_EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "arguing across a table",
        '{"first": {"position": [0, 1.2, -0.45], "facing_deg": 0}, "second": {"position": [0, 1.2, 0.45], '
        '"facing_deg": 180}}',
    ),
    (
        "two friends side by side on a sofa",
        '{"first": {"position": [-0.33, 1.2, 0], "facing_deg": 15}, "second": {"position": [0.33, 1.2, 0], '
        '"facing_deg": -15}}',
    ),
    (
        "a doctor stands two metres from a seated child",
        '{"first": {"position": [0, 1.65, -1], "facing_deg": 0}, "second": {"position": [0, 0.97, 1], '
        '"facing_deg": 180}}',
    ),
)


def messages(text: str) -> list[dict[str, str]]:
    """What a language model is told to place the people of a sentence, in the roles of chat endpoints."""
    told = [{"role": "system", "content": _TASK}]
    for asked, answer in _EXAMPLES:
        told += [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return [*told, {"role": "user", "content": text}]


def schema() -> dict[str, Any]:
    """The JSON schema of an answer."""
    position = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    place = _object({"position": position, "facing_deg": {"type": "number"}})
    return _object({"first": place, "second": place})


def layout_of_answer(answer: str) -> Layout:
    """The layout that a language model answered with, its middle put at the origin.

    Raises `VisavisError` for what is no such JSON, heads no person has, and places that cannot be (`Layout`).
    """
    start, stop = answer.find("{"), answer.rfind("}") + 1
    try:
        layout = Layout.from_dict(json.loads(answer[start:stop]))
    except (ValueError, RecursionError) as error:
        if isinstance(error, VisavisError):
            raise
        raise VisavisError(f"the answer {_cut(answer)!r} is not JSON of a layout; use another model") from error
    places = layout.first, layout.second
    for place in places:
        if not LOWEST_M <= place.position[1] <= HIGHEST_M:
            raise VisavisError(
                f"the answer has a head {place.position[1]:g} m high; heads are {LOWEST_M:g} to {HIGHEST_M:g} m high"
            )
    x, z = (sum(place.position[axis] for place in places) / 2 for axis in (0, 2))
    first, second = (_moved(place, x, z) for place in places)
    return Layout(first, second)


def _moved(place: Place, x: float, z: float) -> Place:
    """A place with this point of the floor as the origin; its facing above -pi, at most pi."""
    facing = math.remainder(place.facing_rad, 2 * math.pi)
    moved = place.position[0] - x, place.position[1], place.position[2] - z
    return replace(place, position=moved, facing_rad=facing)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
