"""The example bots, with the real frameworks, where those are installed (`pip install 'visavis[agents]'`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import visavis
from tests.streaming.echo import Echo
from tests.wire.frameworks.test_livekit_node import Stage

pytestmark = pytest.mark.filterwarnings("ignore")


def example(name: str) -> ModuleType:
    spec = spec_from_file_location(f"example_{name}", Path(__file__).parents[3] / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visavis, "load", lambda _: Echo(hop=1))


class Transport:
    def input(self) -> str:
        return "input"

    def output(self) -> str:
        return "output"


class Aggregators:
    def user(self) -> str:
        return "user"

    def assistant(self) -> str:
        return "assistant"


def test_the_face_of_the_pipecat_bot_stands_after_the_output() -> None:
    pytest.importorskip("pipecat", reason="pipecat-ai is not installed (extra agents)")
    made = example("pipecat_bot").processors(Transport(), "stt", "llm", "tts", Aggregators())
    assert [one if isinstance(one, str) else type(one).__name__ for one in made] == [
        *("input", "stt", "user", "llm", "tts", "output", "FaceProcessor", "assistant")
    ]


def test_the_face_of_the_livekit_agent_comes_and_goes_with_its_job() -> None:
    pytest.importorskip("livekit.agents", reason="livekit-agents is not installed (extra agents)")

    class Context:
        def __init__(self, room: Any) -> None:
            self.room = room
            self.ends: list[Callable[[], Any]] = []

        def add_shutdown_callback(self, act: Callable[[], Any]) -> None:
            self.ends.append(act)

    async def run() -> Stage:
        stage = Stage()
        context, start = Context(stage.room), stage.session.start

        async def without_room(agent: Any, room: Any) -> None:  # noqa: ARG001
            await start(agent)

        stage.session.start = without_room
        await example("livekit_agent").talk(stage.session, stage.agent, context)
        while not stage.room.of("visavis.frame"):
            await asyncio.sleep(0.05)
        for end in context.ends:
            await end()
        await stage.session.aclose()
        return stage

    stage = asyncio.run(run())
    assert stage.room.of("visavis.face")
    assert stage.room.joined == []
