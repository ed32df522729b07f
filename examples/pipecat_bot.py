"""A Pipecat bot with a face: OpenAI hears, answers and speaks, the face listens and talks, a browser shows it.

    pip install 'visavis[agents]' 'pipecat-ai[openai,silero,webrtc,runner]'
    OPENAI_API_KEY=... python examples/pipecat_bot.py        # then open the address that it prints

What is visavis's are two lines: `face_processor` after the output transport. A client reads frames from the messages
of the data channel (docs/agents.md); Pipecat's own page plays the sound and shows no face.
"""

from __future__ import annotations

import os
from typing import Any

import visavis
from visavis.wire.frameworks.pipecat_processor import face_processor
from visavis.wire.server.preference import preferred_model


def processors(transport: Any, stt: Any, llm: Any, tts: Any, aggregators: Any) -> list[Any]:
    """The pipeline: the face stands where both voices pass in their time."""
    return [
        transport.input(),
        stt,
        aggregators.user(),
        llm,
        tts,
        transport.output(),
        face_processor(visavis.load(preferred_model())),
        aggregators.assistant(),
    ]


async def bot(arguments: Any) -> None:
    """What Pipecat's runner calls for each client."""
    from pipecat.audio.vad.silero import SileroVADAnalyzer
    from pipecat.pipeline.pipeline import Pipeline
    from pipecat.pipeline.worker import PipelineWorker
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
    from pipecat.runner.utils import create_transport
    from pipecat.services.openai.llm import OpenAILLMService
    from pipecat.services.openai.stt import OpenAISTTService
    from pipecat.services.openai.tts import OpenAITTSService
    from pipecat.transports.base_transport import TransportParams
    from pipecat.workers.runner import WorkerRunner

    transport = await create_transport(
        arguments, {"webrtc": lambda: TransportParams(audio_in_enabled=True, audio_out_enabled=True)}
    )
    key = os.environ["OPENAI_API_KEY"]
    prompt = {"role": "system", "content": "You talk with somebody face to face. Answer in one to three sentences."}
    aggregators = LLMContextAggregatorPair(
        LLMContext([prompt]), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    services = OpenAISTTService(api_key=key), OpenAILLMService(api_key=key), OpenAITTSService(api_key=key)
    runner = WorkerRunner(handle_sigint=arguments.handle_sigint)
    await runner.add_workers(PipelineWorker(Pipeline(processors(transport, *services, aggregators))))
    await runner.run()


if __name__ == "__main__":
    from pipecat.runner.run import main

    main()
