"""Every format that motion can become: what writes it, what it can hold, what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import FPS, frames_of, samples_in
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import write_motion
from visavis.view.checks import (
    Check,
    check_bare_frames,
    check_film,
    check_groups,
    check_mesh,
    check_player,
    check_plot,
    check_scene,
    check_sheet,
)
from visavis.view.exports.bvh import write_bvh
from visavis.view.exports.dualtalk import write_dualtalk
from visavis.view.exports.glb import write_glb
from visavis.view.exports.glb_scene import Member, write_glb_scene
from visavis.view.exports.usd import write_usd
from visavis.view.mesh import Mesh
from visavis.view.presentation import Presentation, Progress, Style
from visavis.view.render.placement import in_place, paths_of
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig
from visavis.view.room import in_one_room, studio_of

if TYPE_CHECKING:
    from visavis.view.render.actor import Appearance

_PLAIN, _STRIPPED = (960, 480), (960, 540)
Write = Callable[[Path, Presentation, Style, Progress | None], None]


@dataclass(frozen=True)
class Format:
    """How a file of this ending is written.

    holds: the only space that it can; unset: any. shows: whether the space must be one that can be shown. check: what
    else it cannot hold or show. uses: what of a presentation and its style makes a difference to it, by field; of a
    comparison a film, a plot and a sheet show the one person alone. in_room: what more it uses of people who are in one
    room. extra, packages: what must be installed for `purpose`.
    """

    write: Write
    check: Check | None = None
    uses: frozenset[str] = frozenset()
    in_room: frozenset[str] = frozenset()
    holds: MotionSpace | None = None
    shows: bool = False
    extra: str = ""
    packages: tuple[str, ...] = ()
    purpose: str = ""


def own_head(number: int = 0) -> Mesh:
    """One of our own heads, the first if no other is asked for; making it takes seconds, and more without numba."""
    from visavis.view.people.build import build_head
    from visavis.view.people.looks import LOOKS
    from visavis.view.people.own_mesh import mesh_of

    return mesh_of(build_head(LOOKS[number]))


def _retimed(presentation: Presentation, style: Style) -> Motion:
    return presentation.motion if style.fps is None else at_rate(presentation.motion, style.fps)


def _mesh(head: MeshRig | FlameRig | None) -> Mesh | None:
    assert not isinstance(head, FlameRig)
    return None if head is None else head.mesh


def _motion(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_motion(_retimed(presentation, style), path)


def _live_link(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_motion(in_place(_retimed(presentation, style)), path)


def _dualtalk(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_dualtalk(path, _retimed(presentation, style))


def _glb(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    if presentation.user is None or not in_one_room(presentation, style):
        write_glb(path, _mesh(style.head) or own_head(), in_place(_retimed(presentation, style)))
        return
    people, heads = presentation.people, (style.partner_head, style.head)
    motions = [person.motion for person in people.values()]
    rate = style.fps or max(motion.fps for motion in motions if motion is not None)
    moved = [None if motion is None else at_rate(motion, rate) for motion in motions]
    meshes = [_mesh(head) or own_head(i) for i, head in enumerate(heads)]
    studio = studio_of(presentation, style)
    paths = paths_of(moved, None if studio is None else studio.places)
    members = [
        Member(name, mesh, None if motion is None else in_place(motion), where.positions, where.headings)
        for name, mesh, motion, where in zip(people, meshes, moved, paths, strict=True)
    ]
    write_glb_scene(path, members)


def _usd(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_usd(path, _mesh(style.head) or own_head(), in_place(_retimed(presentation, style)))


def _bvh(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_bvh(path, in_place(_retimed(presentation, style)), _mesh(style.head))


def _film(path: Path, presentation: Presentation, style: Style, progress: Progress | None) -> None:
    from visavis.view.film.activity_timeline import timeline_of
    from visavis.view.film.film import write_comparison, write_film

    fps = FPS if style.fps is None else round(style.fps)
    compared, voice, user = presentation.compared, presentation.agent.speech, presentation.user
    if compared:
        heard = _silence(presentation.motion) if voice is None else voice
        motions = [in_place(motion) for motion in compared.values()]
        write_comparison(
            path,
            motions,
            heard,
            None if user is None else user.speech,
            list(compared),
            look=_look(style),
            fps=fps,
            timeline=timeline_of(motions, [heard] * len(motions)) if style.strip else None,
            fit=style.fit,
            progress=progress,
        )
        return
    people, studio = presentation.people, studio_of(presentation, style)
    motions_or_none = _shown(presentation, studio is not None)
    voices = [np.zeros(0, np.float32) if person.speech is None else person.speech for person in people.values()]
    write_film(
        path,
        motions_or_none,
        voices,
        list(people),
        size=_STRIPPED if style.strip else _PLAIN,
        looks=_looks(presentation, style),
        fps=fps,
        studio=studio,
        timeline=timeline_of(motions_or_none, voices) if style.strip else None,
        fit=style.fit,
        progress=progress,
    )


def _player(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    from visavis.view.player.page import write_player
    from visavis.view.player.performer import Performer

    heads = [style.head] if presentation.user is None else [style.partner_head, style.head]
    performers = []
    studio = studio_of(presentation, style)
    motions = _shown(presentation, studio is not None)
    for (label, person), motion, head in zip(presentation.people.items(), motions, heads, strict=True):
        performers.append(Performer(replace(person, motion=motion), label, _mesh(head)))
    write_player(path, performers, fps=style.fps, title=path.stem, studio=studio)


def _plot(path: Path, presentation: Presentation, _: Style, __: Progress | None) -> None:
    from visavis.view.observation import observed
    from visavis.view.plot.against_truth import plot_truth
    from visavis.view.plot.over_time import plot_people

    if presentation.truth is not None:
        models = {label: motion for label, motion in presentation.compared.items() if label != "truth"}
        plot_truth(path, presentation.truth, models, presentation.agent.speech)
    else:
        motions = _shown(presentation, False)
        people = zip(presentation.people.items(), motions, strict=True)
        plot_people(path, [observed(label, replace(person, motion=motion)) for (label, person), motion in people])


def _groups(path: Path, presentation: Presentation, _: Style, __: Progress | None) -> None:
    from visavis.view.plot.groups import plot_groups

    plot_groups(path, presentation.motion, title=presentation.agent_label)


def _sheet(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    from visavis.view.film.contact_sheet import write_sheet

    compared, people = presentation.compared, presentation.people
    if compared:
        takes = [in_place(motion) for motion in compared.values()]
        write_sheet(path, takes, looks=[_look(style)] * len(compared), labels=list(compared))
    else:
        studio = studio_of(presentation, style)
        motions = _shown(presentation, studio is not None)
        write_sheet(path, motions, looks=_looks(presentation, style), labels=list(people), studio=studio)


def _shown(presentation: Presentation, together: bool) -> list[Motion | None]:
    """The motion of each person, as it is in a room, or in place."""
    motions = [person.motion for person in presentation.people.values()]
    return motions if together else [None if motion is None else in_place(motion) for motion in motions]


def _look(style: Style) -> Appearance:
    from visavis.view.people.looks import LOOKS

    return style.head or LOOKS[0]


def _looks(presentation: Presentation, style: Style) -> list[Appearance]:
    from visavis.view.people.looks import LOOKS

    if presentation.user is None:
        return [_look(style)]
    return [style.partner_head or LOOKS[0], style.head or LOOKS[1]]


def _silence(motion: Motion) -> np.ndarray:
    return np.zeros(samples_in(frames_of(len(motion) / motion.fps)), np.float32)


_FIGURES = ("numba", "threadpoolctl", "matplotlib")
_ONE_PERSON = frozenset({"speech", "truth", "others", "labels", "head", "strip", "fit"})
_PEOPLE = frozenset({"user_motion", "user_speech", "partner_head"})
_ROOM = frozenset({"studio", "camera"})
_MOTION = Format(_motion)
_GLB = Format(
    _glb,
    check_scene,
    frozenset({"head"}),
    _ROOM | {"user_motion", "partner_head"},
    shows=True,
)
_USD = Format(_usd, check_mesh, frozenset({"head"}), shows=True, extra="usd", packages=("pxr",), purpose="writing USD")
_FILM = Format(
    _film,
    check_film,
    _ONE_PERSON | _PEOPLE | _ROOM,
    shows=True,
    extra="view",
    packages=(*_FIGURES, "av"),
    purpose="making a film",
)
_PAGE = Format(
    _player,
    check_player,
    _ONE_PERSON - {"truth", "others", "strip"} | _PEOPLE | _ROOM,
    shows=True,
)
_PLOT = Format(
    _plot,
    check_plot,
    _ONE_PERSON - {"head", "strip", "fit"} | _PEOPLE - {"partner_head"},
    shows=True,
    extra="view",
    packages=("matplotlib",),
    purpose="drawing a plot",
)
_GROUPS = Format(
    _groups, check_groups, frozenset({"labels"}), extra="view", packages=("matplotlib",), purpose="drawing a plot"
)
_SHEET = Format(
    _sheet,
    check_sheet,
    _ONE_PERSON - {"speech", "strip", "fit"} | _PEOPLE - {"user_speech"} | _ROOM,
    frozenset({"speech", "user_speech"}),
    shows=True,
    extra="view",
    packages=_FIGURES,
    purpose="drawing heads",
)

FORMATS: dict[str, Format] = {
    ".npz": _MOTION,
    ".flame.npz": Format(_dualtalk, check_bare_frames, holds=FLAME56),
    ".npy": Format(_motion, check_bare_frames),
    ".csv": Format(_live_link, holds=ARKIT61),
    ".glb": _GLB,
    ".bvh": Format(_bvh, check_mesh, frozenset({"head"}), shows=True),
    ".usd": _USD,
    ".usda": _USD,
    ".usdc": _USD,
    ".html": _PAGE,
    ".mp4": _FILM,
    ".png": _PLOT,
    ".groups.png": _GROUPS,
    ".sheet.png": _SHEET,
}
"""By ending; a name with two dots asks for the longer one."""
