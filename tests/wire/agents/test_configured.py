from __future__ import annotations

import numpy as np
import pytest

from tests.wire.agents.stand_in import Realtime, Services, realtime_serving, serving, until
from tests.wire.agents.test_pipeline import Humming
from visavis.core.errors import VisavisError
from visavis.wire.agents.agent import Speech
from visavis.wire.agents.configured import configured_agent
from visavis.wire.agents.pipeline import PipelineAgent
from visavis.wire.agents.realtime import RealtimeAgent


def service(name: str, url: str = "http://127.0.0.1:9/v1") -> dict[str, str]:
    return {f"VISAVIS_{name}_URL": url, f"VISAVIS_{name}_MODEL": "m"}


def test_without_addresses_there_is_none_whatever_keys_lie_around() -> None:
    assert configured_agent({}) is None
    assert configured_agent({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h/v1"}) is None
    assert configured_agent(service("CHAT")) is None, "that alone reads layouts"


def test_a_pipeline_speaks_with_the_voice_that_is_handed_in_or_with_an_endpoint() -> None:
    for own in (False, True):
        services = Services()
        with serving(services):
            told = {**service("CHAT", services.url), **service("TRANSCRIBE", services.url)}
            if own:
                told |= {**service("SPEECH", services.url), "VISAVIS_SPEECH_VOICE": "marin"}
            agents = configured_agent(told)
            assert agents is not None
            agent = agents(Humming())
            assert isinstance(agent, PipelineAgent)
            agent.say("hello there")
            until(lambda agent=agent: any(isinstance(one, Speech) for one in agent.take()))  # type: ignore[misc]
            agent.close()
        assert [asked["voice"] for asked in services.requests("/audio/speech")] == (["marin"] if own else [])


def test_the_prompt_is_what_the_environment_says() -> None:
    services = Services()
    with serving(services):
        told = {**service("CHAT", services.url), **service("TRANSCRIBE", services.url)}
        agents = configured_agent({**told, "VISAVIS_AGENT_PROMPT": "You are a pirate."})
        assert agents is not None
        agent = agents(Humming())
        agent.on_user_audio(np.ones(16_000, np.float32), True)
        agent.on_user_audio(np.zeros(16_000, np.float32), False)
        until(lambda: services.requests("/chat/completions"))
        agent.close()
    messages = services.requests("/chat/completions")[0]["messages"]
    assert messages[0] == {"role": "system", "content": "You are a pirate."}


def test_a_realtime_endpoint_is_an_agent_of_its_own() -> None:
    with realtime_serving(Realtime()) as server:
        told = {
            **service("REALTIME", server.url),
            "VISAVIS_REALTIME_VOICE": "marin",
            "VISAVIS_REALTIME_TRANSCRIBER": "w",
        }
        agents = configured_agent(told)
        assert agents is not None
        agent = agents(Humming())
        assert isinstance(agent, RealtimeAgent)
        until(lambda: server.came)
        agent.close()
        agent._worker.join(10)
    session = server.came[0]["session"]
    assert session["audio"]["output"]["voice"] == "marin"
    assert session["audio"]["input"]["transcription"] == {"model": "w"}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("TRANSCRIBE",), "VISAVIS_TRANSCRIBE_URL is set and VISAVIS_CHAT_URL is not"),
        (("SPEECH", "CHAT"), "VISAVIS_SPEECH_URL is set and VISAVIS_TRANSCRIBE_URL is not"),
        (("TRANSCRIBE", "CHAT", "REALTIME"), "they are two agents: unset one"),
        (("REALTIME_BAD",), "VISAVIS_REALTIME_URL cannot be 'http://127.0.0.1:9/v1'"),
    ],
)
def test_half_of_one_and_two_are_refused(names: tuple[str, ...], told: str) -> None:
    environment: dict[str, str] = {}
    for name in names:
        url = "ws://127.0.0.1:9/v1" if name == "REALTIME" else "http://127.0.0.1:9/v1"
        environment |= service(name.removesuffix("_BAD"), url)
    with pytest.raises(VisavisError, match=told):
        configured_agent(environment)
