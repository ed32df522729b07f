"""The voice agent that the environment names; `docs/agents.md` lists the variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from visavis.core.errors import VisavisError
from visavis.wire.agents.agent import Voice, VoiceAgent
from visavis.wire.agents.pipeline import PipelineAgent, Services
from visavis.wire.agents.realtime import REALTIME, RealtimeAgent
from visavis.wire.agents.realtime_messages import Wishes
from visavis.wire.agents.speech_endpoint import SPEECH, USUAL_VOICE, SpeechEndpoint
from visavis.wire.agents.transcription import TRANSCRIBE
from visavis.wire.chat import CHAT
from visavis.wire.endpoint import Endpoint, configured

PROMPT = "VISAVIS_AGENT_PROMPT"
USUAL_PROMPT = (
    "You talk with somebody face to face; you are heard, not read. Answer in English, in one to three short plain "
    "sentences, without lists, markup or emoji. What you hear may be misheard: ask where it makes no sense."
)
TIMEOUT_S = 20.0
"""How long an endpoint may take to answer."""
Agents = Callable[[Voice], VoiceAgent]


def configured_agent(environment: Mapping[str, str]) -> Agents | None:
    """What makes an agent for a conversation, whose voice is handed in for where no endpoint speaks; None where the
    environment names none.

    Raises `VisavisError` for half of one, and for two.
    """
    prompt = environment.get(PROMPT, "").strip() or USUAL_PROMPT
    realtime = configured(REALTIME, environment, TIMEOUT_S)
    transcribe = configured(TRANSCRIBE, environment, TIMEOUT_S)
    speech = configured(SPEECH, environment, TIMEOUT_S)
    if realtime is not None and transcribe is not None:
        raise VisavisError(f"{REALTIME.url_name} and {TRANSCRIBE.url_name} are set; they are two agents: unset one")
    if realtime is not None:
        voice = environment.get(f"{REALTIME.prefix}_VOICE", "").strip() or None
        transcriber = environment.get(f"{REALTIME.prefix}_TRANSCRIBER", "").strip() or "whisper-1"
        return _realtime(realtime, Wishes(prompt, voice, transcriber))
    if transcribe is None:
        if speech is not None:
            raise VisavisError(f"{SPEECH.url_name} is set and {TRANSCRIBE.url_name} is not; set it, or unset that")
        return None
    chat = configured(CHAT, environment, TIMEOUT_S)
    if chat is None:
        raise VisavisError(f"{TRANSCRIBE.url_name} is set and {CHAT.url_name} is not; set it, or unset that")
    services = Services(transcribe, chat, prompt)
    named = environment.get(f"{SPEECH.prefix}_VOICE", "").strip() or USUAL_VOICE
    speaks = None if speech is None else SpeechEndpoint(speech, named)
    return lambda voice: PipelineAgent(services, speaks or voice)


def _realtime(endpoint: Endpoint, wishes: Wishes) -> Agents:
    return lambda _: RealtimeAgent(endpoint, wishes)
