"""Talk to a head: the microphone and the agent's recorded voice in, motion over VMC out, the voice played in time.

    pip install 'visavis[live]'
    python examples/live.py agent.wav vmc://127.0.0.1:39539

What `visavis live` does, in its shortest form: a Session between sound devices and an Outlet. Ctrl-C ends it.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import visavis
from visavis.data.sound import read_recording
from visavis.wire.address import open_outlet
from visavis.wire.sound_device import PortAudio, SoundDevices

DELAY_S = 0.6  # a frame is shown, and the voice of its time played, so long after its place on the clock


def talk(agent: str, address: str, devices: SoundDevices, until_s: float = float("inf")) -> int:
    """Runs until the clock says so; gives how many frames were sent."""
    system = visavis.load("timar-small")
    session, outlet, voice = visavis.Session(system), open_outlet(address, system.space), read_recording(agent)
    session.push(agent_speech=voice.samples, rate=voice.rate)  # all of it: it waits for its time
    played, sent = round(-DELAY_S * voice.rate), 0

    def hear(samples: np.ndarray) -> None:
        session.push(user_speech=samples, rate=microphone.rate)

    def say(count: int) -> np.ndarray:
        nonlocal played
        places = np.arange(played, played := played + count)
        inside = (places >= 0) & (places < len(voice.samples))
        return np.where(inside, voice.samples[places.clip(0, len(voice.samples) - 1)], 0).astype(np.float32)

    microphone, speaker = devices.microphone(None, hear), devices.speaker(None, voice.rate, say)
    try:
        microphone.start()
        speaker.start()
        while (now_s := (session.now or 0) / 16_000) < until_s:
            outlet.push(session.pull())
            sent += outlet.pump(now_s - DELAY_S)
            time.sleep(0.005)
    except KeyboardInterrupt:
        pass
    finally:
        for one in (microphone, speaker, outlet):
            one.close()
    return sent


if __name__ == "__main__":
    print(talk(sys.argv[1], sys.argv[2], PortAudio()), "frames sent")
