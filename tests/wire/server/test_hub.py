from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand
from tests.wire.server.listeners import SETTINGS, guest, hub, tone
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.wire.server import records
from visavis.wire.server.hub import Refused
from visavis.wire.server.protocol import Audio, Close, Kind, ProtocolError, audio_body


def test_conversations_are_drawn_together_and_each_hears_its_own_user() -> None:
    clock = Hand()
    made = hub(clock)
    guests = [guest(made, clock) for _ in range(3)]
    for piece in range(100):
        clock.now += 0.02
        for number, one in enumerate(guests):
            samples = np.full(320, round(1000 * (number + 1)), np.int16)
            one.send(Kind.USER_SPEECH, 5000 * number + 320 * piece, audio_body(Audio(samples, 16_000)))
        made.round()
    assert len(made) == 3
    assert len(made._pools) == 1
    user = ARKIT61.channels.index("MouthSmileLeft")
    for number, one in enumerate(guests):
        one.read()
        newest = one.frames()[-1][1]
        assert newest.values[-1, user] == pytest.approx(1000 * (number + 1) / 32768, abs=1e-3)
        assert newest.heard is not None
        assert 0 < newest.heard - 5000 * number <= 32_000


def test_there_are_no_more_conversations_than_there_may_be_and_none_while_it_ends() -> None:
    clock = Hand()
    made = hub(clock, replace(SETTINGS, most=2))
    first, _ = guest(made, clock), guest(made, clock)
    with pytest.raises(Refused) as refused:
        guest(made, clock)
    assert refused.value.close is Close.BUSY
    first.ask(records.Bye())
    first.wait(0.04)
    assert first.conversation.outbox.ending is not None
    guest(made, clock)
    made.drain()
    made.round()
    assert len(made) == 0
    assert not made.healthy
    with pytest.raises(Refused) as refused:
        guest(made, clock)
    assert refused.value.close is Close.GOING_AWAY


def test_a_hello_that_asks_for_what_is_not_there_is_refused() -> None:
    clock = Hand()
    made = hub(clock)
    for hello in (records.Hello(model="nobody"), records.Hello(voice="tenor")):
        with pytest.raises(ProtocolError):
            made.admit(hello)
    assert len(made) == 0
    told = made.admit(records.Hello(model="other", voice="low hum", avatar="Ada"))
    assert (told.wanted, told.choices.voice, told.choices.avatar) == ("other", "low hum", "Ada")


def test_a_model_that_cannot_be_had_is_told_and_the_conversation_goes_on() -> None:
    def broken(name: str) -> Echo:
        raise VisavisError(f"{name} is torn")

    class Other(Echo):
        space = FLAME56

    for load, told in ((broken, "other is torn"), (lambda _: Other(), "flame56")):
        clock = Hand()
        one = guest(hub(clock, load=load), clock)
        one.ask(records.Settings(model="other"))
        for _ in range(300):
            one.speak(np.zeros(320, np.float32))
            if one.events("error"):
                break
        (error,) = one.events("error")
        assert error["reason"] == "not_possible"
        assert told in error["text"]
        one.speak(np.zeros(16_000, np.float32))
        assert one.conversation.stage.model == "echo"
        assert one.frames()


def test_what_fails_in_one_conversation_ends_that_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Hand()
    made = hub(clock)
    one, other = guest(made, clock), guest(made, clock)

    def fails() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(one.conversation, "advance", fails)
    other.speak(tone(0.5))
    assert one.conversation.outbox.ending is not None
    assert one.conversation.outbox.ending.close is Close.SERVER_ERROR
    assert len(made) == 1
    other.speak(tone(0.5))
    assert other.conversation.outbox.ending is None
