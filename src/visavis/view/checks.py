"""What a file cannot hold or show of a presentation, found before any file is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.canvas import families
from visavis.view.mesh import JAW
from visavis.view.plot.comparison import compared
from visavis.view.presentation import Presentation, Style
from visavis.view.render.stage import MOST
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig
from visavis.view.room import require_room
from visavis.view.soundtrack import require_equal_length

Head = MeshRig | FlameRig | None
Check = Callable[[Path, Presentation, Style], None]
"""Raises `VisavisError`, naming the file, for what it cannot hold or show."""


def check_bare_frames(path: Path, presentation: Presentation, style: Style) -> None:
    """Formats that do not store a rate are read at 25 fps."""
    fps = presentation.motion.fps if style.fps is None else style.fps
    if fps != FPS:
        raise VisavisError(f"{path}: holds {FPS} fps, the motion has {fps:g}; ask for {FPS} or write .npz")


def check_mesh(path: Path, _: Presentation, style: Style) -> None:
    """Programs that take meshes need named shapes."""
    for head in (style.head, style.partner_head):
        if isinstance(head, FlameRig):
            raise VisavisError(
                f"{path.name} needs a head with named shapes; a FLAME head can be shown in .mp4 and .sheet.png"
            )


def check_scene(path: Path, presentation: Presentation, style: Style) -> None:
    """A scene needs meshes, and people who can be in one room."""
    check_mesh(path, presentation, style)
    require_room(presentation, style)


def check_player(path: Path, presentation: Presentation, style: Style) -> None:
    """A player needs meshes, people who can be in one room, and voices as long as their motion."""
    check_scene(path, presentation, style)
    _check_voices(presentation, style)


def check_film(path: Path, presentation: Presentation, style: Style) -> None:
    """A film needs heads that its motions can move, not too many of them, and voices as long as their motion."""
    _check_labels(presentation)
    _check_heads(path, presentation, style)
    require_room(presentation, style)
    _check_voices(presentation, style)


def check_sheet(path: Path, presentation: Presentation, style: Style) -> None:
    """A sheet needs heads that its motions can move, not too many of them."""
    _check_labels(presentation)
    _check_heads(path, presentation, style)
    require_room(presentation, style)


def check_plot(path: Path, presentation: Presentation, _: Style) -> None:
    """Models are plotted against the truth, of the same space and length."""
    _check_labels(presentation)
    if presentation.truth is not None:
        models = {label: motion for label, motion in presentation.compared.items() if label != "truth"}
        compared(presentation.truth, models)
    elif presentation.others:
        raise VisavisError(f"{path.name}: models are plotted against the truth; give it, too (--truth)")


def check_groups(path: Path, presentation: Presentation, _: Style) -> None:
    """Statistics need two frames."""
    _check_labels(presentation)
    if len(presentation.motion) < 2:
        raise VisavisError(f"{path.name}: motion of {len(presentation.motion)} frames has no statistics; give two")


def _check_labels(presentation: Presentation) -> None:
    """Raise `VisavisError` for a label with letters that no installed font has."""
    for label in (*presentation.people, *presentation.compared):
        families(label)


def _check_heads(path: Path, presentation: Presentation, style: Style) -> None:
    compared = presentation.compared
    if len(compared) > MOST:
        raise VisavisError(f"{path.name}: {len(compared)} heads asked for; one to {MOST} can be shown, compare fewer")
    _check_moved(style.head, list(compared.values()) or [presentation.motion])
    if presentation.user is not None and presentation.user.motion is not None and not compared:
        _check_moved(style.partner_head, [presentation.user.motion])


def _check_moved(head: Head, motions: Sequence[Motion]) -> None:
    if isinstance(head, MeshRig) and all(joint.name != JAW for joint in head.mesh.joints):
        head.require("JawOpen")
    for motion in motions if isinstance(head, FlameRig) else ():
        if motion.space is not FLAME56:
            raise VisavisError(
                f"a FLAME head moves by flame56, the motion is in {motion.space.name}; convert it (--space flame56)"
            )


def _check_voices(presentation: Presentation, style: Style) -> None:
    """Raise `VisavisError` for a voice of another length than its motion, unless it may be fitted."""
    if style.fit:
        return
    compared = presentation.compared.values()
    longest = max((len(motion) / motion.fps for motion in compared), default=0.0)
    for label, person in presentation.people.items():
        if person.speech is not None and (longest or person.motion is not None):
            motion = person.motion
            lasts = longest or (0.0 if motion is None else len(motion) / motion.fps)
            require_equal_length(person.speech, lasts, label)
