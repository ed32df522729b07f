"""A face for agents of voice-agent frameworks: Pipecat, LiveKit Agents, and TalkingHead.js. `docs/agents.md`."""
