"""A look -> its head: the parts are made, coloured, given shapes and joints, and put together."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.body import pullover
from visavis.view.people.brows import brow, lashes
from visavis.view.people.complexion import complexion
from visavis.view.people.ears import ear
from visavis.view.people.eyes import eyeball
from visavis.view.people.form import EYE, head_form
from visavis.view.people.hair import shell
from visavis.view.people.head_mesh import HEAD, JAW, LEFT_EYE, NECK, RIGHT_EYE, Head, Joint, shape_number
from visavis.view.people.inner_mouth import teeth, tongue
from visavis.view.people.lid_shapes import LID_TRAVELS, fringe_shift
from visavis.view.people.looks import Look
from visavis.view.people.loops import Net, skin_net
from visavis.view.people.mouth_shapes import HINGE, jaw_turn
from visavis.view.people.openness import openness
from visavis.view.people.regions import LAID
from visavis.view.people.shapes import skin_shapes
from visavis.view.people.skin import gather, skin_points
from visavis.view.people.surface_parts import Part, merged, soft_step
from visavis.view.raster import vertex_normals

_CM = 0.01
_NECK_PLACE, _HEAD_PLACE = (0.0, -16.0, -3.0), (0.0, -9.0, -1.8)
_INSIDE = ("upper teeth", "lower teeth", "tongue")


@lru_cache(maxsize=4)
def build_head(look: Look) -> Head:
    """The head of a person. Takes some seconds; the same look gives the same head."""
    net, points = skin_net(), skin_points(look.measures)
    parts = _parts(look, net, points)
    whole = merged(list(parts.values()))
    stops = np.cumsum([len(each.points) for each in parts.values()]).tolist()
    slices = {name: slice(stop - len(parts[name].points), stop) for name, stop in zip(parts, stops, strict=True)}
    shapes = _shapes(net, points, parts, slices).astype(np.float32) * np.float32(_CM)
    rest = (whole.points * _CM).astype(np.float32)
    return Head(
        points=rest,
        faces=whole.faces.astype(np.int32),
        uv=whole.uv.astype(np.float32),
        colours=whole.colours.astype(np.float32),
        gloss=whole.gloss.astype(np.float32),
        openness=_openness(rest, shapes, whole.faces, slices, net).astype(np.float32),
        shapes=shapes,
        joints=_joints(),
        weights=_weights(whole.points, slices).astype(np.float32),
        parts=slices,
    )


def _parts(look: Look, net: Net, points: np.ndarray) -> dict[str, Part]:
    form = head_form(look.measures)
    lips_z = float(points[net.mouth[-6, net.mouth.shape[1] // 4], 2])
    upper, lower = teeth(lips_z)
    eye, hearing = eyeball(look.iris), ear(look.tones.plain, look.tones.deep)
    hairs = brow(form, look.brow, look.brow_size, look.brow_arch)
    fringe = lashes(points[net.left_eye[-2, :21]], points[net.left_eye[-3, :21]], look.lash_colour, look.lash)
    return {
        "skin": complexion(net, points, look),
        "left eye": eye,
        "right eye": eye.mirrored(),
        **({"left ear": hearing, "right ear": hearing.mirrored()} if look.ears else {}),
        "upper teeth": upper,
        "lower teeth": lower,
        "tongue": tongue(lips_z),
        "left brow": hairs,
        "right brow": hairs.mirrored(),
        "left lashes": fringe,
        "right lashes": fringe.mirrored(),
        "hair": shell(look.hair.cover, look.hair.colours, look.hair.gloss),
        "body": pullover(look.cloth, look.collar),
    }


def _shapes(net: Net, points: np.ndarray, parts: dict[str, Part], slices: dict[str, slice]) -> np.ndarray:
    skin = skin_shapes(net, points)
    shapes = np.zeros((len(ARKIT_WEIGHTS), sum(len(each.points) for each in parts.values()), 3))
    shapes[:, slices["skin"]] = skin
    for side in ("left", "right"):
        shapes[:, slices[f"{side} brow"]] = _carried(parts[f"{side} brow"].points, points, skin)
    for name, travel in LID_TRAVELS.items():
        fringe = parts["left lashes"].points
        spread = fringe_shift(fringe, travel)
        shapes[shape_number(f"{name}Left"), slices["left lashes"]] = spread
        shapes[shape_number(f"{name}Right"), slices["right lashes"]] = spread * [-1, 1, 1]
    for name in ("lower teeth", "tongue"):
        shapes[shape_number("JawOpen"), slices[name]] = jaw_turn(parts[name].points)
        for glide, way in (
            ("JawForward", (0, -0.12, 0.75)),
            ("JawLeft", (0.85, -0.1, 0)),
            ("JawRight", (-0.85, -0.1, 0)),
        ):
            shapes[shape_number(glide), slices[name]] = way
    along = parts["tongue"].uv[:, 1]
    out = soft_step((along - 0.15) / 0.85)
    tip = np.stack([0 * out, 1.25 * np.sin(np.pi * out) - 0.25 * out**3, 3.6 * out], -1)
    shapes[shape_number("TongueOut"), slices["tongue"]] = tip
    return shapes


def _carried(points: np.ndarray, skin: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Displacements (52, N, 3) of points that ride on the skin: those of the nearest vertices, by nearness."""
    away = np.linalg.norm(points[:, None] - skin[None], axis=2)
    nearest = np.argpartition(away, 5, axis=1)[:, :5]
    share = 1 / (np.take_along_axis(away, nearest, axis=1) + 0.15) ** 2
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray((shapes[:, nearest] * share[None, :, :, None]).sum(axis=2))


def _joints() -> tuple[Joint, ...]:
    def at(place: np.ndarray | tuple[float, ...]) -> tuple[float, float, float]:
        x, y, z = (float(value) * _CM for value in place)
        return x, y, z

    return (
        Joint("neck", -1, at(_NECK_PLACE)),
        Joint("head", NECK, at(_HEAD_PLACE)),
        Joint("jaw", HEAD, at(HINGE)),
        Joint("left eye", HEAD, at(EYE)),
        Joint("right eye", HEAD, at(EYE * [-1, 1, 1])),
    )


def _weights(points: np.ndarray, slices: dict[str, slice]) -> np.ndarray:
    """How far each vertex follows each joint (V, J); the jaw moves by shapes alone and has no vertices."""
    weights = np.zeros((len(points), 5))
    weights[:, HEAD] = soft_step((points[:, 1] + 15.6) / 5.2)
    weights[slices["hair"], HEAD] = 1
    weights[slices["body"], HEAD] = 0
    weights[:, NECK] = 1 - weights[:, HEAD]
    for name, joint in (("left eye", LEFT_EYE), ("right eye", RIGHT_EYE)):
        weights[slices[name]] = np.eye(5)[joint]
    assert not weights[:, JAW].any()
    return weights


def _openness(
    rest: np.ndarray, shapes: np.ndarray, faces: np.ndarray, slices: dict[str, slice], net: Net
) -> np.ndarray:
    """Openness at rest; inside the mouth that of an open mouth, and of the eyes that of eyes which may turn."""
    shut = openness(rest, vertex_normals(rest, faces), faces)
    apart = rest + 0.8 * shapes[shape_number("JawOpen")]
    opened = openness(apart, vertex_normals(apart, faces), faces)
    neighbours = gather(net)
    for _ in range(3):
        shut[: net.size] = 0.5 * shut[: net.size] + 0.5 * (shut[neighbours.table] * neighbours.share).sum(axis=1)
    inside = np.concatenate([np.arange(slices[name].start, slices[name].stop) for name in _INSIDE])
    pouch = np.append(net.mouth[-LAID + 4 :].ravel(), net.throat)
    for at in (inside, pouch):
        shut[at] = np.maximum(shut[at], opened[at])
    shut[inside] = 0.55 + 0.45 * shut[inside]
    for name in ("left eye", "right eye"):
        shut[slices[name]] = 1.0
    return np.clip(shut * 1.12, 0.02, 1.0)
