"""The command that analyses voices: states."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import OmitArgPrefixes, Positional, arg

from visavis.analysis.states import DEFAULT_THRESHOLDS, StateThresholds
from visavis.cli.shared import Outputs, warn
from visavis.core.errors import VisavisError

if TYPE_CHECKING:
    from visavis.analysis.states import Talk


def states(
    user: Annotated[Positional[Path], arg(metavar="USER.wav|TALK.rttm")],
    agent: Annotated[Positional[Path | None], arg(metavar="[AGENT.wav]")] = None,
    /,
    *,
    out: Outputs,
    detector: Literal["silero", "webrtc", "loudness"] = "silero",
    thresholds: OmitArgPrefixes[StateThresholds] = DEFAULT_THRESHOLDS,
) -> None:
    """Who speaks, and which of seven conversational states the agent is in, frame by frame.

    Args:
        user: The user's voice, a sound file as `generate` takes it; or an RTTM file of two people, of whom the first by
            name is the user, instead of both voices.
        agent: The agent's voice.
        out: Files to write: .csv (a line a frame), .json (spans and shares), .png (a timeline).
        detector: What tells speech from silence: silero and webrtc need the extra states, loudness nothing.
        thresholds: How long what may last to count [s].
    """
    from visavis.analysis.state_files import ConversationStates
    from visavis.analysis.state_statistics import markdown, state_statistics
    from visavis.core.clock import FPS
    from visavis.view.state_outputs import require_state_outputs, write_states

    require_state_outputs(out)
    if user.suffix.lower() == ".rttm":
        talks, source = _given(user, agent), user.name
    else:
        talks, source = _heard(user, agent, detector), detector
    told = ConversationStates.of(*talks, source, thresholds)
    write_states(out, told)
    for path in out:
        print(f"{path}: {told.frames / FPS:.2f} s, {told.frames} frames")
    print(f"\n{markdown(state_statistics([told.states]))}")


def _given(rttm: Path, agent: Path | None) -> tuple[Talk, Talk]:
    from visavis.analysis.state_files import talks_of_rttm

    if agent is not None:
        raise VisavisError(f"{rttm} says who speaks when; leave {agent} out")
    return talks_of_rttm(rttm)


def _heard(user: Path, agent: Path | None, detector: str) -> tuple[Talk, Talk]:
    from visavis.analysis.states import Talk
    from visavis.data.inputs import read_inputs
    from visavis.encode.voice_detectors import voice_detector

    if agent is None:
        raise VisavisError(f"states are those of two people; give AGENT.wav after {user}, or an RTTM file of both")
    given = read_inputs(user, agent)
    for note in given.notes:
        warn(note)
    detect = voice_detector(detector)
    talks = Talk(detect(given.user_speech)), Talk(detect(given.agent_speech))
    silent = [path for path, talk in zip((user, agent), talks, strict=True) if not talk.speaking.any()]
    if len(silent) == 2:
        raise VisavisError(f"nobody speaks in {user} or {agent}, as {detector} hears it; give voices, or --detector")
    for path in silent:
        warn(f"nobody speaks in {path}, as {detector} hears it")
    return talks
