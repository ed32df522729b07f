"""Motion of one person or two from recordings, and the files that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.cli.shared import warn
from visavis.core.clock import SAMPLE_RATE, frames_in
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
    talk: Talk,
    layout: Layout | None,
    out: Sequence[Path],
    seed: int,
    progress: Progress,
) -> list[Output]:
    """Both people of one conversation; `layout` says where they are."""
    from visavis.view.outputs import hears, outputs_of_pair

    motions = system.generate(talk.mix, layout=layout, masks=talk.masks, seed=seed, progress=progress)
    voices = talk.voices() if hears(out) else (None, None)
    first, second = (Person(voice, motion) for voice, motion in zip(voices, motions, strict=True))
    return outputs_of_pair(out, first, second, system.interface.people)


@dataclass(frozen=True, eq=False)
class Talk:
    """Two people heard together: the `mix` (S,), `masks` (T, 2) float32 of who speaks, and both `tracks` (S,), where
    they were recorded apart."""

    mix: np.ndarray
    masks: np.ndarray
    tracks: tuple[np.ndarray, np.ndarray] | None = None

    def voices(self) -> tuple[np.ndarray, np.ndarray]:
        """What each of them says (S,)."""
        from visavis.data.rttm import voices_in

        return voices_in(self.mix, self.masks) if self.tracks is None else self.tracks


def read_talk(recording: Path, second: Path | None, tracks: bool, masks: Path | None) -> Talk:
    """A conversation from one recording of both people, from one whose two channels are theirs (`tracks`), or from two
    recordings, which are mixed as loud as each other. `masks` is an RTTM file of who speaks when; where there is none,
    that is heard."""
    from visavis.data.levels import mixed_alike
    from visavis.data.rttm import read_masks
    from visavis.data.sound import read_sound, read_tracks
    from visavis.encode.activity import activity_masks, take_turns
    from visavis.encode.diarisation import who_speaks

    channels = read_tracks(recording) if second is None else (read_sound(recording), read_sound(second))
    if second is None and not tracks:
        if len(channels) == 2 and take_turns(*channels):
            warn(f"{recording}: its two channels are loud at different times; give --tracks if each is one person's")
        mix = channels[0] if len(channels) == 1 else np.stack(channels).mean(axis=0, dtype=np.float32)
        speaking = None if masks is None else read_masks(masks, recording.stem, frames_in(len(mix)))
        if speaking is None:
            heard = who_speaks(mix)
            speaking = heard.speaking.astype(np.float32)
            for note in heard.notes:
                warn(f"{recording}: {note}")
        return Talk(mix, speaking)
    if len(channels) != 2:
        raise VisavisError(
            f"{recording} has {len(channels)} channels, not one for each of two people; leave --tracks out"
        )
    samples = min(map(len, channels))
    one, other = (channel[:samples] for channel in channels)
    if second is not None and len(channels[0]) != len(channels[1]):
        warn(f"{recording} and {second} differ in length; the first {samples / SAMPLE_RATE:.2f} s of both are used")
    if masks is None:
        speaking = activity_masks(one, other)
    else:
        speaking = read_masks(masks, recording.stem, frames_in(samples))
    return Talk(mixed_alike(one, other), speaking, (one, other))
