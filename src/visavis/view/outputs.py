"""The files that motion can become, chosen by their ending."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.files import require_place
from visavis.core.retarget import require_showable
from visavis.core.spaces import MotionSpace
from visavis.view.formats import FORMATS, Format
from visavis.view.presentation import Presentation, Progress, Style
from visavis.view.render.placement import has_place
from visavis.view.room import placed_together


@dataclass(frozen=True, eq=False)
class Output:
    """A file, and what it is to show."""

    path: Path
    presentation: Presentation


def ending_of(path: Path) -> str:
    """What a file's name asks for: its suffix, or the two of such as `.flame.npz`."""
    double = "".join(path.suffixes[-2:]).lower()
    return double if double in FORMATS else path.suffix.lower()


def require_outputs(paths: Sequence[Path], space: MotionSpace | None = None, style: Style | None = None) -> None:
    """Raise `VisavisError` if one of `paths` could not be written, or there is none; asked before a long computation.

    With `space` also if a format cannot hold motion of that space, with `style` if it cannot be had.
    """
    style = style or Style()
    if not paths:
        raise VisavisError("there is no file to write to; name some after --out, and recordings before it")
    for path in paths:
        ending = ending_of(path)
        if ending not in FORMATS:
            *some, last = FORMATS
            raise VisavisError(
                f"{path}: motion cannot be written to {path.suffix or 'a name without ending'}; "
                f"use {', '.join(some)} or {last}"
            )
        form = FORMATS[ending]
        if space is not None and not _holds(form, space):
            assert form.holds is not None
            raise VisavisError(
                f"{path}: {ending} holds {form.holds.name} only, the motion is in {space.name}; use .npz, "
                f"or bring it to {form.holds.name} (visavis convert --space)"
            )
        if space is not None and form.shows:
            require_showable(space)
        if ending == ".mp4" and style.fps is not None:
            _require_film_rate(path, style.fps)
        lacking = not_installed(path)
        if lacking is not None:
            raise lacking
        require_place(path)


def not_installed(path: Path) -> VisavisError | None:
    """What the format of a path lacks here, and which extra brings it; None where it can be written."""
    form = FORMATS[ending_of(path)]
    for package in form.packages:
        if importlib.util.find_spec(package) is None:
            return missing_extra(package, form.extra, form.purpose)
    return None


def _holds(form: Format, space: MotionSpace) -> bool:
    """Whether a format holds motion of a space, one of arkit61 also that of a room, but for where its person is."""
    if form.holds in (None, space):
        return True
    return form.holds is ARKIT61 and has_place(space) and set(ARKIT_WEIGHTS) <= set(space.channels)


def _require_film_rate(path: Path, fps: float) -> None:
    from visavis.view.film.film import RATES

    if fps not in RATES:
        raise VisavisError(
            f"{path}: a film has {RATES[0]} or {RATES[1]} frames a second, {fps:g} were asked for (--fps); choose one"
        )


def write_outputs(
    paths: Sequence[Path], presentation: Presentation, style: Style | None = None, progress: Progress | None = None
) -> None:
    """Write what is shown to each path, in the format of its ending.

    Motion files and exports hold the agent's motion; films, players, plots and sheets show all that is known.
    `progress(done, frames)` follows a film. Raises `VisavisError` where a format cannot hold the motion, a place
    cannot be written, or the style does not suit: as far as that can be told, before any file is made.
    """
    write_each([Output(path, presentation) for path in paths], style, progress)


def write_each(outputs: Sequence[Output], style: Style | None = None, progress: Progress | None = None) -> None:
    """`write_outputs`, where each path shows something of its own."""
    for one in outputs:
        check = FORMATS[ending_of(one.path)].check
        if check is not None:
            check(one.path, one.presentation, style or Style())
    for one in outputs:
        FORMATS[ending_of(one.path)].write(one.path, one.presentation, style or Style(), progress)


def outputs_of_pair(paths: Sequence[Path], first: Person, second: Person, names: Sequence[str]) -> list[Output]:
    """What two people become: one file with both where a format shows people, else NAME_first.EXT and NAME_second.EXT.

    A scene (.glb) shows both where their motion says where they are.

    The first is seen on the left. `names` are those of both, `Interface.people`.
    """
    both = Presentation(second, first, user_label=names[0], agent_label=names[1])
    outputs: list[Output] = []
    for path in paths:
        ending = ending_of(path)
        form = FORMATS[ending]
        if "user_motion" in form.uses or ("user_motion" in form.in_room and placed_together(both)):
            outputs.append(Output(path, both))
            continue
        stem, suffix = path.name[: -len(ending)], path.name[-len(ending) :]
        for name, person in zip(names, (first, second), strict=True):
            outputs.append(Output(path.with_name(f"{stem}_{name}{suffix}"), Presentation(person, agent_label=name)))
    return outputs


def hears(paths: Sequence[Path]) -> bool:
    """Whether any of these files holds or shows what people say."""
    return any("speech" in FORMATS[ending_of(path)].uses for path in paths)


def described(path: Path, presentation: Presentation, style: Style | None = None) -> str:
    """What was written to a path, and how long it is: a line to print."""
    motion, people = presentation.motion, presentation.people.values()
    if "labels" in FORMATS[ending_of(path)].uses:
        shown = (*(person.motion for person in people), *presentation.compared.values())
        return f"{path}: {max(len(one) / one.fps for one in shown if one is not None):.2f} s"
    fps = motion.fps if style is None or style.fps is None else style.fps
    frames = round(len(motion) * fps / motion.fps)
    return f"{path}: {frames / fps:.2f} s, {frames} frames of {motion.space.name} at {fps:g} fps"


def unused(paths: Sequence[Path], asked: Collection[str], comparing: bool) -> dict[str, tuple[str, ...]]:
    """What is asked for, by field, of which no output makes anything, with the endings that would.

    Fields are those of `Format.uses`; a comparison shows one person alone.
    """
    forms = [FORMATS[ending_of(path)] for path in paths]
    together = not comparing and not {"studio", "camera"}.isdisjoint(asked)
    return {
        field: tuple(ending for ending, form in FORMATS.items() if _uses(form, field, comparing, together))
        for field in asked
        if not any(_uses(form, field, comparing, together) for form in forms)
    }


def _uses(form: Format, field: str, comparing: bool, together: bool) -> bool:
    alone = comparing and "truth" in form.uses and field in ("user_motion", "partner_head")
    nowhere = comparing and field in ("studio", "camera")
    used = form.uses | form.in_room if together else form.uses
    return field in used and not alone and not nowhere
