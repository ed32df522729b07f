from __future__ import annotations

import numpy as np

from visavis.analysis.moments import line_moments
from visavis.core.conversation import Event

FRAMES = 600


def log() -> list[Event]:
    """Speaker 2 says a line of three phrases over frames 50 to 300 and one of a single phrase until 450."""
    spans = [(50, 120), (130, 200), (210, 300), (350, 450)]
    events = [Event("phrase end", 2, stop, 1) for _, stop in spans]
    return [*events, Event("utterance", 2, 50, 250), Event("utterance", 2, 350, 100), Event("phrase end", 1, 500, 1)]


def test_pauses_and_ends_of_lines_are_told_apart() -> None:
    listening = np.ones(FRAMES, dtype=bool)
    found = line_moments(log(), 2, listening)
    assert found.line_ends == (300, 450)
    assert found.pauses == (120, 200)
    assert line_moments(log(), 1, listening).line_ends == ()


def test_chance_is_asked_where_no_phrase_ends() -> None:
    found = line_moments(log(), 2, np.ones(FRAMES, dtype=bool))
    ends = [event.onset for event in log() if event.kind == "phrase end"]
    assert all(abs(frame - end) >= 25 for frame in found.elsewhere for end in ends)
    assert all(75 <= frame < 275 or 375 <= frame < 425 for frame in found.elsewhere)
    assert len(found.elsewhere) >= 2


def test_moments_at_which_the_listener_speaks_do_not_count() -> None:
    listening = np.ones(FRAMES, dtype=bool)
    listening[310:340] = listening[118:121] = False
    found = line_moments(log(), 2, listening)
    assert (found.line_ends, found.pauses) == ((450,), (200,))
    assert line_moments(log(), 2, listening[:100]).line_ends == ()
