"""The live server with a model that ships: it hears a user, nods are looked for, and lips move with a line."""

from __future__ import annotations

import numpy as np

from tests.streaming.echo import Hand
from tests.wire.server.listeners import SETTINGS, guest, hub
from visavis.core.clock import SAMPLE_RATE
from visavis.data.shipped import shipped_conversation
from visavis.system.shipped import load
from visavis.wire.server import records
from visavis.wire.server.hub import warm


def test_a_model_that_ships_listens_and_speaks_with_its_own_lips() -> None:
    clock, system = Hand(), load("timar-small-200ms")
    warm(system)
    made = hub(clock, SETTINGS, system)
    talk = shipped_conversation()
    made.controls.samples = {"agent": talk.agent_speech[: 6 * SAMPLE_RATE]}
    one = guest(made, clock)
    one.ask(records.Settings(barge_in=False))
    one.ask(records.Sample("agent"))
    one.speak(talk.user_speech[: 7 * SAMPLE_RATE])
    shown, sound = one.shown(), one.sound()
    stamps = sorted(shown)
    assert stamps == list(range(0, 640 * len(stamps), 640))
    assert len(stamps) >= 25 * 6.5
    jaw = system.space.channels.index("JawOpen")
    opened = np.array([shown[stamp][jaw] for stamp in stamps])
    loud = np.array([np.mean([abs(sound.get(stamp + at, 0)) for at in range(0, 640, 4)]) for stamp in stamps])
    assert np.corrcoef(opened, np.log(loud + 100))[0, 1] > 0.4
    latency = one.events("latency")[-1]
    assert latency["algorithmic_s"] == 0.2
    newest = one.frames()[-1][1].heard
    assert newest is not None
    assert one.stamp - newest <= 0.25 * SAMPLE_RATE
