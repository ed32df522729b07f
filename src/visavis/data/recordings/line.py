"""One recorded person as a clip in DualTalk's layout; who speaks alone has a silent partner."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.clock import frames_in, samples_in
from visavis.core.conversation import Event
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.data.simulate.store import write_events
from visavis.data.sound import write_sound

_SILENCE_DB = -60.0


@dataclass(frozen=True, eq=False)
class Line:
    """What one person says, (S,) at 16 kHz, and how the face moves at 25 fps, as far as it is known.

    `name` is SOURCE.RECORDING, by which the clips of a source are told apart in tables.
    `events` are those of speaker 1, who this is. `partner` is what speaker 2 says, (S,); None: nothing.
    """

    name: str
    speech: np.ndarray
    motion: Motion
    events: tuple[Event, ...] = ()
    partner: np.ndarray | None = None


def write_line(line: Line, folder: Path) -> int:
    """Write a line as clip NAME of a folder; gives its frames. Sound and motion are cut to what they share.

    A partner that is not there is faint noise at -60 dB of full scale, the same for clips of one length.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames = min(frames_in(len(line.speech)), len(line.motion))
    samples = samples_in(frames)
    quiet = np.random.default_rng(0).normal(0, 10 ** (_SILENCE_DB / 20), samples)
    partner = quiet if line.partner is None else np.resize(line.partner, samples)
    write_sound(line.speech[:samples], folder / f"{line.name}_speaker1.wav")
    write_sound(partner.astype(np.float32), folder / f"{line.name}_speaker2.wav")
    write_motion(line.motion.cut(0, frames), folder / f"{line.name}_speaker1.npz")
    write_events(folder / f"{line.name}_events.json", (event for event in line.events if event.onset < frames))
    return frames
