"""A LiveKit agent with a face: OpenAI's realtime model talks, the face listens and talks beside it.

    pip install 'visavis[agents]' 'livekit-agents[openai]'
    OPENAI_API_KEY=... LIVEKIT_URL=... LIVEKIT_API_KEY=... LIVEKIT_API_SECRET=... python examples/livekit_agent.py dev

What is visavis's are three lines: `livekit_face`, its `start` after that of the session, and its `aclose`. Clients read
frames from data messages of the topic `visavis` (docs/agents.md).
"""

from __future__ import annotations

from typing import Any

import visavis
from visavis.wire.frameworks.livekit_node import livekit_face
from visavis.wire.server.preference import preferred_model


async def talk(session: Any, agent: Any, context: Any) -> None:
    """Begins a conversation with a face in the room of a job."""
    await session.start(agent=agent, room=context.room)
    face = livekit_face(visavis.load(preferred_model()))
    await face.start(session, context.room)
    context.add_shutdown_callback(face.aclose)


async def entrypoint(context: Any) -> None:
    """What LiveKit's worker calls for each room."""
    from livekit.agents import Agent, AgentSession
    from livekit.plugins import openai

    await context.connect()
    session = AgentSession(llm=openai.realtime.RealtimeModel())
    await talk(session, Agent(instructions="You talk with somebody face to face. Be brief."), context)


if __name__ == "__main__":
    from livekit.agents import WorkerOptions, cli

    cli.run_app(WorkerOptions(entrypoint_fnc=entrypoint))
