from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.wire.agents import realtime_messages as m
from visavis.wire.agents.realtime_messages import Dialect, Wishes, read

SOUND = base64.b64encode(np.array([0, 16384, -32768], "<i2").tobytes()).decode()


def message(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})


def test_the_dialect_is_told_by_how_a_session_looks() -> None:
    assert read(message("session.created", session={"type": "realtime"})) == m.SessionBegun(Dialect.CURRENT)
    assert read(message("session.created", session={"voice": "alloy"})) == m.SessionBegun(Dialect.BETA)


@pytest.mark.parametrize("prefix", ["response.output_audio", "response.audio"])
def test_answers_are_read_in_both_dialects(prefix: str) -> None:
    fields = {"response_id": "r", "item_id": "i"}
    assert read(message("response.created", response={"id": "r"})) == m.Answering("r")
    assert read(message(f"{prefix}_transcript.delta", delta="Hi", **fields)) == m.AnswerWords("r", "Hi")
    sound = read(message(f"{prefix}.delta", delta=SOUND, **fields))
    assert isinstance(sound, m.AnswerSound)
    assert (sound.response, sound.item, sound.samples.tolist()) == ("r", "i", [0.0, 0.5, -1.0])
    assert read(message("response.done", response={"id": "r", "status": "completed"})) == m.Answered("r", None)
    assert read(message("response.done", response={"id": "r", "status": "cancelled"})) == m.Answered("r", None)
    failed = {"id": "r", "status": "failed", "status_details": {"error": {"message": "no quota"}}}
    assert read(message("response.done", response=failed)) == m.Answered("r", "no quota")


def test_the_user_and_troubles_are_read_and_what_does_not_matter_is_none() -> None:
    assert read(message("input_audio_buffer.speech_stopped", item_id="u")) == m.UserEnded()
    said = message("conversation.item.input_audio_transcription.completed", item_id="u", transcript="hello")
    assert read(said) == m.UserSaid("hello")
    assert read(message("error", error={"type": "invalid_request_error", "message": "bad"})) == m.Failed("bad")
    assert read(message("error")) == m.Failed("it does not say why")
    assert read(message("rate_limits.updated")) is None


@pytest.mark.parametrize(
    "data",
    [
        "", "no json", "[]", "{}", '{"type": 3}', b"\xff\xfe", '{"type": "response.created"}', "[" * 5000,
        '{"type": "response.audio.delta", "response_id": "r", "item_id": "i", "delta": "%%%"}',
        '{"type": "response.audio.delta", "response_id": 1, "item_id": "i", "delta": ""}',
        '{"type": "session.created", "session": []}',
    ],
)  # fmt: skip
def test_what_is_no_message_is_told(data: bytes | str) -> None:
    with pytest.raises(VisavisError, match="no message of the realtime protocol"):
        read(data)


def test_a_session_is_set_in_its_dialect() -> None:
    wishes = Wishes("be kind", "marin", "whisper-1")
    current = m.begin(Dialect.CURRENT, wishes)["session"]
    assert (current["type"], current["instructions"], current["output_modalities"]) == (
        "realtime",
        "be kind",
        ["audio"],
    )
    assert current["audio"]["input"]["format"] == current["audio"]["output"]["format"]
    assert current["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
    assert current["audio"]["output"]["voice"] == "marin"
    assert current["audio"]["input"]["transcription"] == {"model": "whisper-1"}
    assert current["audio"]["input"]["turn_detection"]["interrupt_response"] is False
    beta = m.begin(Dialect.BETA, wishes)["session"]
    assert (beta["input_audio_format"], beta["output_audio_format"], beta["voice"]) == ("pcm16", "pcm16", "marin")
    assert "type" not in beta
    plain = m.begin(Dialect.BETA, Wishes("be kind", None, None))["session"]
    assert "voice" not in plain
    assert "input_audio_transcription" not in plain


def test_what_is_sent() -> None:
    told = m.hear(np.array([0.0, 0.5, -2.0], np.float32))
    assert np.frombuffer(base64.b64decode(told["audio"]), "<i2").tolist() == [0, 16384, -32767]
    assert m.cut("i", 1.2345)["audio_end_ms"] == 1234
    assert '"word for \\"word\\""' in m.say('word for "word"')["response"]["instructions"]
    mine = m.remember(Dialect.CURRENT, {"role": "assistant", "content": "hi"})["item"]
    assert mine["content"] == [{"type": "output_text", "text": "hi"}]
    assert m.remember(Dialect.BETA, {"role": "assistant", "content": "hi"})["item"]["content"][0]["type"] == "text"
    assert m.remember(Dialect.BETA, {"role": "user", "content": "hi"})["item"]["content"][0]["type"] == "input_text"
