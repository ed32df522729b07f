"""Every format that motion can become: what writes it, what it can hold, what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import FPS, frames_of, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import write_motion
from visavis.view.exports.bvh import write_bvh
from visavis.view.exports.dualtalk import write_dualtalk
from visavis.view.exports.glb import write_glb
from visavis.view.exports.usd import write_usd
from visavis.view.mesh import Mesh
from visavis.view.presentation import Presentation, Progress, Style
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig

if TYPE_CHECKING:
    from visavis.view.render.actor import Appearance

_PLAIN, _STRIPPED = (960, 480), (960, 540)
Write = Callable[[Path, Presentation, Style, Progress | None], None]


@dataclass(frozen=True)
class Format:
    """How a file of this ending is written.

    holds: the only space that it can; unset: any. shows: whether the space must be one that can be shown. sounds:
    whether voices are heard. extra, packages: what must be installed for `purpose`.
    """

    write: Write
    holds: MotionSpace | None = None
    shows: bool = False
    extra: str = ""
    packages: tuple[str, ...] = ()
    purpose: str = ""


def own_head() -> Mesh:
    """The first of the project's own heads; making it takes some seconds."""
    from visavis.view.people.build import build_head
    from visavis.view.people.looks import LOOKS
    from visavis.view.people.own_mesh import mesh_of

    return mesh_of(build_head(LOOKS[0]))


def _retimed(presentation: Presentation, style: Style) -> Motion:
    return presentation.motion if style.fps is None else at_rate(presentation.motion, style.fps)


def _mesh(head: MeshRig | FlameRig | None, path: Path) -> Mesh | None:
    if isinstance(head, FlameRig):
        raise VisavisError(f"{path.name} needs a head with named shapes; a FLAME head can be shown in .mp4 and .png")
    return None if head is None else head.mesh


def _motion(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_motion(_retimed(presentation, style), path)


def _dualtalk(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_dualtalk(path, _retimed(presentation, style))


def _glb(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_glb(path, _mesh(style.head, path) or own_head(), _retimed(presentation, style))


def _usd(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_usd(path, _mesh(style.head, path) or own_head(), _retimed(presentation, style))


def _bvh(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    write_bvh(path, _retimed(presentation, style), _mesh(style.head, path))


def _film(path: Path, presentation: Presentation, style: Style, progress: Progress | None) -> None:
    from visavis.view.film.activity_timeline import timeline_of
    from visavis.view.film.film import write_comparison, write_film
    from visavis.view.render.studio import Studio

    fps = FPS if style.fps is None else round(style.fps)
    compared, voice, user = presentation.compared, presentation.agent.speech, presentation.user
    if compared:
        heard = _silence(presentation.motion) if voice is None else voice
        motions = list(compared.values())
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
    people = presentation.people
    motions_or_none = [person.motion for person in people.values()]
    voices = [np.zeros(0, np.float32) if person.speech is None else person.speech for person in people.values()]
    write_film(
        path,
        motions_or_none,
        voices,
        list(people),
        size=_STRIPPED if style.strip else _PLAIN,
        looks=_looks(presentation, style),
        fps=fps,
        studio=Studio() if style.studio else None,
        timeline=timeline_of(motions_or_none, voices) if style.strip else None,
        fit=style.fit,
        progress=progress,
    )


def _player(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    from visavis.view.player.page import write_player
    from visavis.view.player.performer import Performer
    from visavis.view.soundtrack import require_equal_length

    heads = [style.head] if presentation.user is None else [style.partner_head, style.head]
    performers = []
    for (label, person), head in zip(presentation.people.items(), heads, strict=True):
        if person.motion is not None and person.speech is not None and not style.fit:
            require_equal_length(person.speech, len(person.motion) / person.motion.fps, label)
        performers.append(Performer(person, label, _mesh(head, path)))
    write_player(path, performers, fps=style.fps, title=path.stem)


def _plot(path: Path, presentation: Presentation, _: Style, __: Progress | None) -> None:
    from visavis.view.observation import observed
    from visavis.view.plot.against_truth import plot_truth
    from visavis.view.plot.over_time import plot_people

    if presentation.truth is not None:
        models = {label: motion for label, motion in presentation.compared.items() if label != "truth"}
        plot_truth(path, presentation.truth, models, presentation.agent.speech)
    elif presentation.others:
        raise VisavisError(f"{path.name}: models are plotted against the truth; give it, too")
    else:
        plot_people(path, [observed(label, person) for label, person in presentation.people.items()])


def _groups(path: Path, presentation: Presentation, _: Style, __: Progress | None) -> None:
    from visavis.view.plot.groups import plot_groups

    plot_groups(path, presentation.motion, title=presentation.agent_label)


def _sheet(path: Path, presentation: Presentation, style: Style, _: Progress | None) -> None:
    from visavis.view.film.contact_sheet import write_sheet

    compared = list(presentation.compared.values())
    if compared:
        write_sheet(path, compared, looks=[_look(style)] * len(compared))
    else:
        write_sheet(path, [person.motion for person in presentation.people.values()], looks=_looks(presentation, style))


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


_MOTION, _FIGURES = Format(_motion), ("numba", "matplotlib")
_GLB = Format(_glb, shows=True, extra="view", packages=("numba",), purpose="making a head")
_USD = Format(_usd, shows=True, extra="usd", packages=("pxr",), purpose="writing USD")
_PAGE = Format(_player, shows=True, extra="view", packages=_FIGURES, purpose="making a player")

FORMATS: dict[str, Format] = {
    ".npz": _MOTION,
    ".flame.npz": Format(_dualtalk, holds=FLAME56),
    ".npy": _MOTION,
    ".csv": Format(_motion, holds=ARKIT61),
    ".glb": _GLB,
    ".bvh": Format(_bvh, shows=True),
    ".usd": _USD,
    ".usda": _USD,
    ".usdc": _USD,
    ".html": _PAGE,
    ".mp4": Format(_film, shows=True, extra="view", packages=(*_FIGURES, "av"), purpose="making a film"),
    ".png": Format(_plot, shows=True, extra="view", packages=("matplotlib",), purpose="drawing a plot"),
    ".groups.png": Format(_groups, extra="view", packages=("matplotlib",), purpose="drawing a plot"),
    ".sheet.png": Format(_sheet, shows=True, extra="view", packages=_FIGURES, purpose="drawing heads"),
}
"""By ending; a name with two dots asks for the longer one."""
