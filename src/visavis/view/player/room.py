"""A room for the page: where people stand, the shots of its cameras, when they cut, and the walls.

T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from visavis.core.conversation import Person
from visavis.core.motion import Motion
from visavis.view.cutting import Cut
from visavis.view.mesh import Joint, Mesh
from visavis.view.player.avatar import Avatar
from visavis.view.player.pack import Pack
from visavis.view.raster import vertex_normals
from visavis.view.render.backdrop import described
from visavis.view.render.placement import Path, in_place, paths_of
from visavis.view.render.posed_mesh import PosedMesh
from visavis.view.render.rig_skin import anatomy_of_mesh, fitted
from visavis.view.render.shots import Shot, best_azimuth
from visavis.view.render.studio import CutToSpeaker, FixedCamera, OverShoulder, Studio, shot_showing, shots_of
from visavis.view.render.torso import Torso
from visavis.view.room import speaker_cuts

_ASPECT = 436 / 960
"""Height by width of the picture of a film, for which shots are framed."""
_TORSO = 0.9
"""How far bodies go on below a bust [m]: farther than any camera sees."""


@dataclass(frozen=True, eq=False)
class RoomPlan:
    """Where people are, the `studio` with its camera, and the cuts of one that follows voices, if any are heard."""

    paths: tuple[Path, ...]
    studio: Studio
    cuts: tuple[Cut, ...]

    def moved(self, motion: Motion | None) -> Motion | None:
        """A person's motion on shoulders that look ahead."""
        return None if motion is None else in_place(motion)


def planned(people: Sequence[Person], studio: Studio) -> RoomPlan:
    """The plan of a room. Raises `VisavisError` as `paths_of` does."""
    paths = paths_of([person.motion for person in people], studio.places)
    if isinstance(studio.camera, CutToSpeaker):
        cuts = studio.camera.cuts
    else:
        cuts = speaker_cuts(people) if any(person.speech is not None for person in people) else ()
    return RoomPlan(tuple(paths), studio, cuts)


def bodily(avatar: Avatar, own: bool) -> Avatar:
    """An avatar at the size of our own heads, with a body that goes on downwards."""
    mesh = avatar.mesh if own else _sized(avatar.mesh)
    bust = PosedMesh(
        mesh.vertices,
        vertex_normals(mesh.vertices, mesh.faces),
        np.concatenate([avatar.colours**2, avatar.openness[:, None], avatar.gloss], axis=1).astype(np.float32),
        np.ones(len(mesh.vertices), np.float32),
        mesh.faces.astype(np.int32),
    )
    whole = Torso(mesh.vertices, mesh.faces, _TORSO).below(bust)
    more, faces = len(whole.points) - len(mesh.vertices), len(whole.faces) - len(mesh.faces)
    assert mesh.material_of is not None
    grown = Mesh(
        whole.points,
        whole.faces,
        mesh.names,
        np.pad(mesh.offsets, ((0, 0), (0, more), (0, 0))),
        mesh.joints,
        np.pad(mesh.following, ((0, more), (0, 0))),
        materials=mesh.materials,
        material_of=np.pad(mesh.material_of, (0, faces)),
    )
    colours = np.sqrt(np.clip(whole.surface[:, :3], 0, 1))
    return replace(avatar, mesh=grown, colours=colours, openness=whole.surface[:, 3], gloss=whole.surface[:, 4:])


def packed_path(pack: Pack, path: Path) -> dict[str, Any]:
    """Positions (3, T) [m] and headings (T,) [rad] in 65 535 steps each."""
    return {"positions": pack.add_scaled(path.positions.T), "headings": pack.add_scaled(path.headings)}


def packed_room(plan: RoomPlan, tops: Sequence[float], labels: Sequence[str]) -> dict[str, Any]:
    """Shots, what can be chosen, when to cut, and the walls; `tops` [m]: how high heads reach above their eyes."""
    azimuth = best_azimuth(plan.paths) if plan.studio.azimuth is None else plan.studio.azimuth
    shots = shots_of(plan.paths, tops, azimuth, _ASPECT)
    camera = plan.studio.camera
    chosen = "speaker"
    if isinstance(camera, OverShoulder):
        chosen = ("first", "second")[camera.of]
    elif isinstance(camera, FixedCamera):
        chosen = "fixed"
    return {
        "front": azimuth,
        "widest": 1 / _ASPECT,
        "walls": described(),
        "shots": [_shot(shot) for shot in shots],
        "choices": _choices(len(shots), labels, bool(plan.cuts)),
        "chosen": chosen,
        "cuts": [[cut.frame, shot_showing(cut.person)] for cut in plan.cuts],
    }


def _choices(shots: int, labels: Sequence[str], cuts: bool) -> list[dict[str, Any]]:
    """The cameras that the page offers; the one that cuts has no shot of its own."""
    fixed = [{"name": "fixed", "label": "Both" if len(labels) == 2 else "All", "shot": 0}]
    if shots == 1:
        return fixed
    names = [label or f"Person {i + 1}" for i, label in enumerate(labels)]
    over = [
        {"name": name, "label": f"Over {names[of]}'s shoulder", "shot": shot_showing(1 - of)}
        for of, name in enumerate(("first", "second"))
    ]
    speaker = [{"name": "speaker", "label": "Who speaks", "shot": None}] if cuts else []
    return [*speaker, *fixed, *over]


def _shot(shot: Shot) -> dict[str, Any]:
    return {
        "position": shot.position.tolist(),
        "aim": shot.aim.tolist(),
        "span": shot.camera.span,
        "distance": shot.camera.distance,
        "narrowest": shot.narrowest,
        "focus": shot.focus,
        "mirrored": shot.mirrored,
        "shaded": shot.shaded,
    }


def _sized(mesh: Mesh) -> Mesh:
    """Somebody's head as films show it: its face as wide as ours and where ours is."""
    fit = fitted(anatomy_of_mesh(mesh))

    def there(joint: Joint) -> Joint:
        x, y, z = (float(value) for value in np.asarray(joint.at) * fit.scale + fit.shift)
        return replace(joint, at=(x, y, z))

    joints = tuple(there(joint) for joint in mesh.joints)
    return replace(mesh, vertices=fit.applied(mesh.vertices), shapes=mesh.offsets * fit.scale, joints=joints)
