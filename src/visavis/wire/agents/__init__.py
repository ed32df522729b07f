"""Voice agents: who answers the user of a live conversation; and parts for voice-agent frameworks. `docs/agents.md`."""
