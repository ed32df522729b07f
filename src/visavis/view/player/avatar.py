"""What is seen of a person: a mesh, how its surface takes light, and where to look at it.

V vertices, N shapes, J joints. Space: x to the person's own left, y up, z ahead, [m].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.core.errors import VisavisError
from visavis.view.mesh import LEFT_EYE, RIGHT_EYE, Mesh
from visavis.view.people.build import build_head
from visavis.view.people.looks import Look
from visavis.view.people.own_mesh import mesh_of
from visavis.view.people.settle import settled
from visavis.view.people.surface_parts import SKIN_GLOSS, Colour
from visavis.view.render.camera import Camera

_LASH_ROWS = 3
_AROUND_A_FACE = 2.2
"""The picture's height in heights of what the shapes move."""


@dataclass(frozen=True)
class Eye:
    """An eyeball that the upper lid shades: its joint, its vertices, and those of the lid's edge."""

    joint: str
    ball: slice
    lid: slice


@dataclass(frozen=True, eq=False)
class Avatar:
    """A mesh with its light: `colours` (V, 3) as seen on a screen, `openness` (V,) to the sky, `gloss` (V, 3).

    `middle` and `span` [m] are the height at which a camera looks ahead and how much it sees; `settle` makes shape
    weights (T, 52) such as this face can hold.
    """

    mesh: Mesh
    colours: np.ndarray
    openness: np.ndarray
    gloss: np.ndarray
    eyes: tuple[Eye, ...]
    middle: float
    span: float
    settle: Callable[[np.ndarray], np.ndarray]


def own_avatar(look: Look) -> Avatar:
    """One of the project's own people, lit and framed as in films. Making it takes some seconds."""
    head, camera = build_head(look), Camera()
    eyes = tuple(
        Eye(joint, head.parts[f"{side} eye"], _edge(head.parts[f"{side} lashes"]))
        for side, joint in (("left", LEFT_EYE), ("right", RIGHT_EYE))
    )
    return Avatar(
        mesh_of(head), head.colours, head.openness, head.gloss, eyes, camera.middle, camera.span, settled
    )  # fmt: skip


def avatar_of(mesh: Mesh) -> Avatar:
    """Any head with named shapes, in the colours of its vertices and materials.

    Raises `VisavisError` for a mesh without vertices or faces.
    """
    if not len(mesh.vertices) or not len(mesh.faces):
        raise VisavisError(
            f"a head of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces cannot be shown; give a whole mesh"
        )
    light = np.ones((len(mesh.vertices), 3)) if mesh.colours is None else mesh.colours[:, :3].astype(np.float64)
    gloss = np.tile([SKIN_GLOSS.shine, SKIN_GLOSS.sharp, SKIN_GLOSS.soft], (len(mesh.vertices), 1))
    for number, material in enumerate(mesh.materials):
        painted = np.unique(mesh.faces[mesh.material_of == number])
        light[painted] *= material.colour[:3]
        gloss[painted, 1] = 1 - material.roughness
    face = _moved(mesh)
    low, high = face[:, 1].min(), face[:, 1].max()
    return Avatar(
        mesh,
        np.sqrt(np.clip(light, 0, 1)),
        np.ones(len(mesh.vertices)),
        np.clip(gloss, 0, 1),
        (),
        float(low + high) / 2,
        float(max(high - low, np.ptp(face[:, 0]))) * _AROUND_A_FACE,
        lambda weights: weights,
    )


def accent_of(look: Look) -> Colour:
    """The colour that stands for a person: that of their clothes."""
    return look.cloth


def _moved(mesh: Mesh) -> np.ndarray:
    """The vertices that shapes move, or all where none does."""
    moved = (np.abs(mesh.offsets) > 1e-4).any(axis=(0, 2))
    return mesh.vertices[moved] if moved.any() else mesh.vertices


def _edge(lashes: slice) -> slice:
    """The lash vertices that lie on the lid."""
    return slice(lashes.start, lashes.start + (lashes.stop - lashes.start) // _LASH_ROWS)
