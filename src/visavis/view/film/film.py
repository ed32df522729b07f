"""Films with sound: heads in panels or in one room, captions that say who speaks, and the voices."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from visavis.core.clock import FPS, frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.film.activity_timeline import Timeline, TimelinePainter, height_of
from visavis.view.film.captions import CAPTIONS_HEIGHT, Caption, Captions
from visavis.view.film.mp4 import Progress, encode
from visavis.view.people.looks import AMBER, LOOKS
from visavis.view.render.actor import Appearance
from visavis.view.render.stage import Stage
from visavis.view.render.studio import Studio, StudioStage
from visavis.view.soundtrack import fitted, require_equal_length, require_voice, stereo

RATES = (25, 50)
"""Pictures a second that a film can have."""
_PANEL_WIDTH, _PANEL_HEIGHT = 400, 480
_MIDDLE, _ASIDE = 0.5, 0.25


def write_film(
    path: str | os.PathLike[str],
    heads: Sequence[Motion | None],
    voices: Sequence[np.ndarray],
    labels: Sequence[str] = ("user", "agent"),
    *,
    size: tuple[int, int] = (960, 480),
    looks: Sequence[Appearance] = LOOKS,
    fps: int = FPS,
    studio: Studio | None = None,
    timeline: Timeline | None = None,
    fit: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write an .mp4 (H.264 and AAC) of one to four people, from left to right, with their voices.

    `heads` may hold None for somebody whose motion is unknown: that head stands still. `voices` are (S,) float32 at
    16 kHz in the same order, fewer or more than heads if so; each is heard from where its owner is seen. `labels` name
    the heads, `looks` says who they are: our own people or rigs (`rigs.load.read_rig`).

    - `size`: (width, height) of the picture [pixels], even. `fps`: 25 or 50 pictures a second; motion at another rate
      is interpolated (`core.rate`).
    - `studio`: puts all into one room, seen by one camera; unset: each has a panel.
    - `timeline`: shows under the heads who spoke and nodded in the last seconds (`timeline.timeline_of`).
    - `fit`: A voice is cut to, or filled with silence to, the length of the film; unset: more than half a second of
      difference to its owner's motion is an error.

    Beside the label of a motion with conversation states the state of the moment is named. The film lasts as long as
    the longest motion (or voice, if no motion is known). Raises `VisavisError` when a part does not fit, the place
    cannot be written or PyAV is missing.
    """
    target = Path(path)
    _require(target, len(heads), labels, size, fps, timeline)
    for voice in voices:
        require_voice(voice)
    most = max(2, len(heads))
    if len(voices) > most:
        raise VisavisError(f"{len(voices)} voices given, at most {most} can be heard; mix them down first")
    moved = [None if motion is None else at_rate(motion, fps) for motion in heads]
    frames = _duration(target, moved, voices, fps)
    if not fit:
        _require_lengths(moved, voices, labels, frames / fps)
    heard = [_lasting(voice, frames, fps) for voice in voices]
    margin = CAPTIONS_HEIGHT + (0 if timeline is None else height_of(timeline))
    stage: Stage | StudioStage = (
        Stage(moved, size=size, looks=looks, margin=margin)
        if studio is None
        else StudioStage(moved, size=size, looks=looks, margin=margin, studio=studio)
    )
    places = [seat.middle / size[0] for seat in stage.seats] if len(heads) > 1 else []
    sound = stereo(heard, (places + [_MIDDLE] * len(heard))[: len(heard)])
    known = [*heard, *[None] * len(heads)][: len(heads)]
    pictures = _Pictures(stage, labels, known, [_state_of(motion) for motion in moved], size, fps, timeline)
    with written_whole(target) as temporary:
        encode(temporary, frames, pictures.picture, sound, size, fps, progress)


def write_comparison(
    path: str | os.PathLike[str],
    takes: Sequence[Motion],
    voice: np.ndarray,
    partner_voice: np.ndarray | None = None,
    labels: Sequence[str] = ("truth", "model"),
    *,
    size: tuple[int, int] | None = None,
    look: Appearance = AMBER,
    fps: int = FPS,
    timeline: Timeline | None = None,
    fit: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write an .mp4 of up to four takes of one person, side by side: the truth and what models make of it.

    All takes belong to the same conversation. `voice` (S,) at 16 kHz is the shown person's: it is heard from the
    middle and lights every label. `partner_voice`, if given, is the other person's, who is not seen: it is heard from
    the left. `size`: unset: 400 x 480 pixels a take. See `write_film` for the rest.
    """
    target = Path(path)
    size = (_PANEL_WIDTH * len(takes), _PANEL_HEIGHT) if size is None else size
    _require(target, len(takes), labels, size, fps, timeline)
    voices = [voice] if partner_voice is None else [voice, partner_voice]
    for each in voices:
        require_voice(each)
    moved = [at_rate(motion, fps) for motion in takes]
    frames = _duration(target, moved, voices, fps)
    if not fit:
        _require_lengths([None] * len(voices), voices, ("the person shown", "the partner"), frames / fps)
    heard = [_lasting(each, frames, fps) for each in voices]
    margin = CAPTIONS_HEIGHT + (0 if timeline is None else height_of(timeline))
    stage = Stage(moved, size=size, looks=[look], margin=margin)
    states = [_state_of(motion) for motion in moved]
    pictures = _Pictures(stage, labels, heard[:1] * len(takes), states, size, fps, timeline)
    with written_whole(target) as temporary:
        sound = stereo(heard, (_MIDDLE, _ASIDE)[: len(heard)])
        encode(temporary, frames, pictures.picture, sound, size, fps, progress)


class _Pictures:
    """The pictures of a film: the heads, the captions below them and, if asked for, a timeline below these."""

    def __init__(
        self,
        stage: Stage | StudioStage,
        labels: Sequence[str],
        voices: Sequence[np.ndarray | None],
        states: Sequence[np.ndarray | None],
        size: tuple[int, int],
        fps: int,
        timeline: Timeline | None,
    ) -> None:
        self._stage, self._fps = stage, fps
        accents = [actor.accent for actor in stage.actors]
        captions = zip(labels, accents, stage.seats, voices, states, strict=False)
        self._strip = Captions([Caption(*each) for each in captions])
        self._timeline = None if timeline is None else TimelinePainter(timeline, labels, accents, size[0])
        self._top = size[1] - CAPTIONS_HEIGHT - (0 if timeline is None else height_of(timeline))

    def picture(self, frame: int) -> np.ndarray:
        """Picture (H, W, 3) uint8 of a frame of the film."""
        picture = self._stage.draw(frame)
        self._strip.draw(frame * FPS // self._fps, picture[self._top : self._top + CAPTIONS_HEIGHT])
        if self._timeline is not None:
            self._timeline.draw(frame * FPS / self._fps, picture[self._top + CAPTIONS_HEIGHT :])
        return picture


def _require(
    target: Path, heads: int, labels: Sequence[str], size: tuple[int, int], fps: int, timeline: Timeline | None
) -> None:
    if target.suffix.lower() != ".mp4":
        raise VisavisError(f"a film is an .mp4 file, {target.name!r} was asked for; name it {target.stem}.mp4")
    if fps not in RATES:
        raise VisavisError(f"a film shows {RATES[0]} or {RATES[1]} pictures a second, {fps} were asked for; choose one")
    if len(labels) < heads:
        raise VisavisError(f"{heads} heads need as many labels, {len(labels)} given: {', '.join(labels)}")
    if size[0] % 2 or size[1] % 2:
        raise VisavisError(f"a film's width and height must be even, {size[0]} x {size[1]} was asked for")
    if timeline is not None and len(timeline.rows) != heads:
        raise VisavisError(f"a timeline has one row for each of {heads} heads, this one has {len(timeline.rows)}")


def _duration(target: Path, heads: Sequence[Motion | None], voices: Sequence[np.ndarray], fps: int) -> int:
    """Pictures of a film whose motion is at its rate already."""
    lengths = [len(motion) for motion in heads if motion is not None]
    frames = max(lengths or [frames_in(len(voice)) * fps // FPS for voice in voices], default=0)
    if frames == 0:
        raise VisavisError(
            f"nothing to film in {target.name}: give at least one frame of motion or 640 samples of voice"
        )
    return frames


def _state_of(motion: Motion | None) -> np.ndarray | None:
    """The states (T,) at 25 fps of motion that is at a film's rate."""
    if motion is None or motion.state is None or not len(motion):
        return None
    return motion.state[:: round(motion.fps) // FPS]


def _require_lengths(
    heads: Sequence[Motion | None], voices: Sequence[np.ndarray], labels: Sequence[str], seconds: float
) -> None:
    for i, voice in enumerate(voices):
        motion = heads[i] if i < len(heads) else None
        lasts = seconds if motion is None else len(motion) / motion.fps
        require_equal_length(voice, lasts, labels[i] if i < len(labels) else f"person {i + 1}")


def _lasting(voice: np.ndarray, frames: int, fps: int) -> np.ndarray:
    """A voice brought to the length of so many pictures, up to the end of a frame of the clock."""
    return fitted(voice, samples_in(-(-frames * FPS // fps)))
