"""Conversational states as labels of training data, by a recording's event log or by its voices. Shapes: T frames."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from visavis.analysis.states import DEFAULT_THRESHOLDS, StateThresholds, Talk, conversation_states
from visavis.core.conversation import Event
from visavis.core.errors import VisavisError
from visavis.data.folder import Clip, read_events
from visavis.data.sound import read_sound
from visavis.encode.silero import silero_activity
from visavis.encode.voice_detectors import VoiceDetector


def state_labels(clip: Clip, frames: int) -> np.ndarray:
    """The states of speakers 1 and 2 of a clip, each as the agent, (2, frames) uint8 of `State`: a `Labeller`.

    By its event log where that tells of phrases, as the simulator's does; else by Silero VAD (extra `states`).
    """
    return states_of_pair(*(logged_talks(read_events(clip), frames) or detected_talks(clip, frames, silero_activity)))


def states_of_pair(first: Talk, second: Talk, thresholds: StateThresholds = DEFAULT_THRESHOLDS) -> np.ndarray:
    """The states of two people, each as the agent: (2, T) uint8 of `State`."""
    return np.stack([conversation_states(second, first, thresholds), conversation_states(first, second, thresholds)])


def logged_talks(events: Iterable[Event], frames: int) -> tuple[Talk, Talk] | None:
    """When speakers 1 and 2 speak by an event log; None where it tells of no phrases.

    What belongs to no utterance is feedback: backchannels and laughter.
    """
    speaking, turns = np.zeros((2, frames), bool), np.zeros((2, frames), bool)
    kinds = {"phrase": speaking, "utterance": turns}
    for event in events:
        if event.kind in kinds:
            kinds[event.kind][event.person - 1, max(0, event.onset) : event.onset + event.duration] = True
    if not speaking.any():
        return None
    first, second = (Talk(own, own & ~turn) for own, turn in zip(speaking, turns, strict=True))
    return first, second


def detected_talks(clip: Clip, frames: int, detector: VoiceDetector) -> tuple[Talk, Talk]:
    """When speakers 1 and 2 of a clip speak, as a detector hears it. Raises `VisavisError` without both voices."""
    talks = []
    for side in clip.sides:
        if side.sound is None:
            raise VisavisError(f"{clip.name} has no voice of speaker {side.number}; states need both voices")
        active = detector(read_sound(side.sound))[:frames]
        talks.append(Talk(np.pad(active, (0, frames - len(active)))))
    return talks[0], talks[1]
