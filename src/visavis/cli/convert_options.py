"""The options of `visavis convert` as a presentation and its style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from visavis.cli.shared import Camera
from visavis.core.clock import LEAST_FPS, MOST_FPS
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.view.conversion import align, to_space
from visavis.view.outputs import unused
from visavis.view.presentation import Presentation, RoomCamera, Style
from visavis.view.rigs.flame import FlameRig, read_flame
from visavis.view.rigs.load import read_rig
from visavis.view.rigs.rig import MeshRig

OPTIONS = {
    **{"--audio": "speech", "--partner": "user_motion", "--partner-audio": "user_speech", "--truth": "truth"},
    **{"--beside": "others", "--labels": "labels", "--head": "head", "--partner-head": "partner_head"},
    **{"--room": "studio", "--camera": "camera", "--strip": "strip", "--fit": "fit"},
}
"""The options that only some outputs show, and what they are in a presentation and its style."""


_SHOULDERS = {RoomCamera.FIRST: RoomCamera.SECOND, RoomCamera.SECOND: RoomCamera.FIRST}
"""The command names MOTION first, pictures show the partner first."""


def style_of(
    head: Path | None,
    partner_head: Path | None,
    fps: float | None,
    room: bool,
    camera: Camera,
    strip: bool,
    fit: bool,
) -> Style:
    """The style that options ask for. Raises `VisavisError` where a head cannot be read or a rate is none."""
    if fps is not None and not LEAST_FPS <= fps <= MOST_FPS:
        raise VisavisError(f"--fps {fps:g} is no frame rate; give frames a second, such as 25, 30 or 60")
    rig, partner_rig = (None if path is None else read_rig(path) for path in (head, partner_head))
    asked = None if camera is None else RoomCamera(camera)
    seen = None if asked is None else _SHOULDERS.get(asked, asked)
    return Style(fps, rig, partner_rig, room, seen, strip, fit)


def require_used(out: Sequence[Path], given: Mapping[str, object]) -> None:
    """Raise `VisavisError` for an option that no output makes anything of; `given` has the value of each by name."""
    asked = [OPTIONS[name] for name, value in given.items() if value not in (None, False, ())]
    comparing = "truth" in asked or "others" in asked
    for field, endings in unused(out, asked, comparing).items():
        name = next(name for name, known in OPTIONS.items() if known == field)
        if not endings:
            raise VisavisError(f"{name} is not shown where --truth or --beside compares one person; leave it out")
        raise VisavisError(
            f"none of {', '.join(map(str, out))} shows {name}; leave it out, or write {' or '.join(endings)}"
        )
    if "partner_head" in asked and not {"user_motion", "user_speech"}.intersection(asked):
        raise VisavisError("--partner-head is the second person's; give --partner or --partner-audio, too")


def unseen(head: MeshRig | FlameRig | None, motion: Motion) -> str | None:
    """What of a motion a head has no shapes for, as a sentence; nothing if it shows all."""
    from visavis.view.render.actor import not_shown

    lacking = not_shown(head, motion) if isinstance(head, MeshRig) else ()
    return f"the head has no shapes for {', '.join(lacking)}: not shown" if lacking else None


def converted(
    motion: Motion, space: str | None, flame: Path | None, partly: bool, head: MeshRig | FlameRig | None
) -> Motion:
    """The motion in the space that is asked for. Raises `VisavisError` where that takes more than is given."""
    if space is None:
        if flame is not None or partly:
            raise VisavisError("--flame and --partly say how to convert; name the --space to convert to, too")
        return motion
    if flame is None:
        return to_space(motion, space_named(space), partly=partly)
    if not isinstance(head, MeshRig):
        raise VisavisError("--flame needs an ARKit head to match FLAME with; give one with --head, such as ICT-FaceKit")
    return to_space(motion, space_named(space), align(read_flame(flame), head))


def named(
    agent: Person,
    user: Person | None,
    truth: Motion | None,
    others: Sequence[Motion],
    labels: Sequence[str],
    motion: Path,
    beside: Sequence[Path],
) -> Presentation:
    """All that is shown, with labels as far as they are given, else by the names of the files."""
    expected = 1 + (len(others) or (user is not None))
    if len(labels) > expected:
        raise VisavisError(f"{len(labels)} labels given for {expected}: {', '.join(labels)}; give one for each motion")
    if truth is None and not others:
        usual = ("agent", "user") if user is not None else (motion.stem,)
        shown = (*labels, *usual[len(labels) :])
        return Presentation(agent, user, agent_label=shown[0], user_label=shown[1] if user is not None else "user")
    shown = (*labels, *[path.stem for path in (motion, *beside)][len(labels) :])
    if len(set(shown)) < len(shown):
        raise VisavisError(f"two motions are called alike: {', '.join(shown)}; name them with --labels")
    return Presentation(agent, user, truth, dict(zip(shown[1:], others, strict=True)), agent_label=shown[0])
