"""The conversational states that a model tells, and that rules tell, against those of the event log.

Shapes: P people, T frames, N = 7 states, S sound samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from visavis.analysis.state_agreement import confusions
from visavis.analysis.state_labels import logged_talks
from visavis.analysis.states import STATES, Talk, conversation_states, live_states
from visavis.core.contract import Interface
from visavis.core.errors import VisavisError
from visavis.encode.silero import load_silero, silero_activity
from visavis.validate.benchmark.case_scores import LIVE_RULE_HEARD, LIVE_RULE_LOGGED
from visavis.validate.benchmark.cases import Case

LABEL = "state"


def told_states(interface: Interface, labels: Mapping[str, np.ndarray], person: int) -> np.ndarray | None:
    """The states that a model tells of one person, (T,) uint8 of `State`, from its labels (P, T) by name.

    None where it tells none, or any but the seven.
    """
    classes: Sequence[str] = interface.labels.get(LABEL, ())
    if not classes or not set(classes) <= set(STATES):
        return None
    numbers = np.array([STATES.index(name) for name in classes], np.uint8)
    return np.asarray(numbers[labels[LABEL][person]])


def true_states(case: Case) -> np.ndarray | None:
    """The agent's state in every frame by the event log, (T,) uint8 of `State`; None where it tells of no phrases."""
    talks = _logged(case)
    return None if talks is None else conversation_states(*talks)


def state_confusions(case: Case, told: np.ndarray | None) -> np.ndarray | None:
    """Frames of a case by true state and told state, (N, N); None where either is not known."""
    truth = None if told is None else true_states(case)
    if told is None or truth is None:
        return None
    frames = min(len(told), len(truth))
    return confusions([truth[:frames]], [told[:frames]])


def rule_confusions(case: Case) -> dict[str, np.ndarray]:
    """The same (N, N) for `live_states`, the rule that knows the past alone, by row: from who speaks by the log, and
    from who is heard by Silero VAD, where that is installed."""
    talks, truth = _logged(case), true_states(case)
    if talks is None or truth is None:
        return {}
    found = {LIVE_RULE_LOGGED: confusions([truth], [live_states(*talks)])}
    try:
        load_silero()
    except VisavisError:
        return found
    user, agent = (_heard(sound, len(truth)) for sound in (case.user_speech, case.agent_speech))
    return found | {LIVE_RULE_HEARD: confusions([truth], [live_states(user, agent)])}


def _logged(case: Case) -> tuple[Talk, Talk] | None:
    """When the user and the agent speak."""
    talks = logged_talks(case.talk.events, len(case.truth))
    return None if talks is None else (talks[1 - case.place], talks[case.place])


def _heard(sound: np.ndarray, frames: int) -> Talk:
    active = silero_activity(sound)[:frames]
    return Talk(np.pad(active, (0, frames - len(active))))
