"""Motion of one person or two from recordings, and the files that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.cli.shared import warn
from visavis.core.clock import frames_in
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError

if TYPE_CHECKING:
    from visavis.core.layout import Layout
    from visavis.system.system import System
    from visavis.view.outputs import Output

Progress = Callable[[int, int], None]


def require_recordings(system: System, first: Path, second: Path | None) -> None:
    """Raises `VisavisError` unless the system hears as many recordings as were given, and moves whom they are of."""
    name, interface = system.config.name, system.interface
    voices, people = interface.of_kind("speech"), len(interface.people)
    if (len(voices), people) not in ((2, 1), (1, 2)):
        raise VisavisError(
            f"{name} hears {len(voices)} recordings and moves {people} people; the command can give two and move one, "
            "or give one and move two; use visavis.load(...).generate"
        )
    if people == 1 and second is None:
        raise VisavisError(f"{name} hears the user and the agent apart; give AGENT.wav after {first}")
    if people == 2 and second is not None:
        raise VisavisError(f"{name} hears one recording of both people; leave {second} out")


def generate_agent(
    system: System,
    user: Path,
    agent: Path,
    user_motion: Path | None,
    animated: bool,
    out: Sequence[Path],
    seed: int,
    progress: Progress,
) -> list[Output]:
    """The agent from two voices, with the user beside where a file shows people.

    animated: whether the user, where no motion is given, is moved by the model, too, and seen by the agent.
    """
    from visavis.data.inputs import read_inputs
    from visavis.view.outputs import Output
    from visavis.view.presentation import Presentation
    from visavis.view.sources import read_source

    given = read_inputs(user, agent, user_motion, system.space, read_source)
    for note in given.notes:
        warn(note)
    voices, motion = (given.user_speech, given.agent_speech), given.user_motion
    if animated and motion is None:
        both = system.converse(*voices, seed=seed, progress=progress)
        moved, motion = both.agent, both.user
    else:
        moved = system.generate(*voices, motion, seed=seed, progress=progress)
    presentation = Presentation(Person(given.agent_speech, moved), Person(given.user_speech, motion))
    return [Output(path, presentation) for path in out]


def generate_both(
    system: System,
    recording: Path,
    masks: Path | None,
    layout: Layout | None,
    out: Sequence[Path],
    seed: int,
    progress: Progress,
) -> list[Output]:
    """Both people of one recording; `masks` is an RTTM file of who speaks when, which is heard where there is none;
    `layout` says where they are."""
    import numpy as np

    from visavis.data.rttm import read_masks, voices_in
    from visavis.data.sound import read_sound
    from visavis.encode.diarisation import who_speaks
    from visavis.view.outputs import outputs_of_pair

    mix = read_sound(recording)
    speaking = None if masks is None else read_masks(masks, recording.stem, frames_in(len(mix)))
    if speaking is None:
        heard = who_speaks(mix)
        speaking = heard.speaking.astype(np.float32)
        for note in heard.notes:
            warn(f"{recording}: {note}")
    motions = system.generate(mix, layout=layout, masks=speaking, seed=seed, progress=progress)
    first, second = (Person(voice, motion) for voice, motion in zip(voices_in(mix, speaking), motions, strict=True))
    return outputs_of_pair(out, first, second, system.interface.people)
