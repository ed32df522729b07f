"""Who is shown in one room, from where, and what cannot be: a presentation and its style -> a studio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.core.clock import SAMPLE_RATE, frames_of
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.data.inputs import TOLERANCE_S
from visavis.view.cutting import Cut, cuts_to_speaker
from visavis.view.presentation import Presentation, RoomCamera, Style
from visavis.view.render.placement import located, paths_of
from visavis.view.render.studio import Camerawork, CutToSpeaker, FixedCamera, OverShoulder, Studio
from visavis.view.soundtrack import levels, speaking, whole_frames


def in_one_room(presentation: Presentation, style: Style) -> bool:
    """Whether people are shown in one room: asked for, or both motions say where they are."""
    return not presentation.compared and (style.studio or style.camera is not None or placed_together(presentation))


def placed_together(presentation: Presentation) -> bool:
    """Whether there are two people and both motions say where they are."""
    user = presentation.user
    return user is not None and located(user.motion) and located(presentation.motion)


def studio_of(presentation: Presentation, style: Style) -> Studio | None:
    """The room in which people are shown, and its camera; None where each has a picture of their own.

    People whose motion does not say where they are half face the viewer, or, before a camera over a shoulder, each
    other. Raises `VisavisError` where a room cannot be shown as asked for (`require_room`).
    """
    if not in_one_room(presentation, style):
        return None
    require_room(presentation, style)
    camera = style.camera or RoomCamera.FIXED
    facing = Layout.default() if camera is not RoomCamera.FIXED else None
    places = None if facing is None else (facing.first, facing.second)
    return Studio(places=places, camera=camerawork(camera, list(presentation.people.values())))


def camerawork(camera: RoomCamera, people: Sequence[Person]) -> Camerawork:
    """What a camera does of two people. Raises `VisavisError` where it follows voices and there are none."""
    if camera is RoomCamera.FIXED:
        return FixedCamera()
    if camera is not RoomCamera.SPEAKER:
        return OverShoulder(0 if camera is RoomCamera.FIRST else 1)
    return CutToSpeaker(speaker_cuts(people))


def speaker_cuts(people: Sequence[Person]) -> tuple[Cut, ...]:
    """When a camera cuts to whom, from the voices of people."""
    lasts = [len(person.motion) / person.motion.fps for person in people if person.motion is not None]
    spoken = [len(person.speech) / SAMPLE_RATE for person in people if person.speech is not None]
    frames = max(1, frames_of(max(lasts or spoken)))
    return cuts_to_speaker(np.stack([_heard(person, frames) for person in people], axis=1))


def require_room(presentation: Presentation, style: Style) -> None:
    """Raise `VisavisError` where people cannot be shown in one room by the camera that is asked for."""
    people, camera = list(presentation.people.values()), style.camera
    if camera is not None and camera is not RoomCamera.FIXED and len(people) != 2:
        raise VisavisError(
            f"a camera on the speaker or over a shoulder shows two people, here is {presentation.agent_label} alone; "
            "give a second one (--partner), or leave --camera out"
        )
    if camera is RoomCamera.SPEAKER and all(person.speech is None for person in people):
        raise VisavisError(
            "a camera that cuts to the speaker follows voices, and none are given; give them (--audio, "
            "--partner-audio), or another --camera"
        )
    if placed_together(presentation):
        motions = [person.motion for person in people if person.motion is not None]
        _require_one_length(dict(zip(presentation.people, motions, strict=True)), style)
        paths_of(motions)


def _require_one_length(motions: dict[str, Motion], style: Style) -> None:
    lasts = {name: len(motion) / motion.fps for name, motion in motions.items()}
    if not style.fit and max(lasts.values()) - min(lasts.values()) > TOLERANCE_S:
        told = " and ".join(f"{name} {seconds:.2f} s" for name, seconds in lasts.items())
        raise VisavisError(
            f"two motions in one room are equally long, not {told}; cut one, or let the shorter hold its last frame "
            "(--fit)"
        )


def _heard(person: Person, frames: int) -> np.ndarray:
    """The frames (T,) at 25 fps in which a person is heard, as captions show it."""
    heard = np.zeros(frames, bool)
    if person.speech is not None and len(person.speech):
        told = speaking(levels(whole_frames(person.speech, len(person.speech))))[:frames]
        heard[: len(told)] = told
    return heard
