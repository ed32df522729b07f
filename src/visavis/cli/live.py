"""The command live: voices in, motion to live outputs, now."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from visavis.cli.shared import Model, Precision, loaded_live
from visavis.core.bounds import Bounds
from visavis.core.heap import freeze_heap
from visavis.system import DEFAULT_MODEL

_SECONDS = Bounds(0, 1_000_000, without_least=True)


def live(
    *,
    to: Annotated[tuple[str, ...], arg(metavar="ADDRESS [ADDRESS ...]")],
    user: Annotated[str, arg(metavar="F|mic")] = "mic",
    agent: Annotated[Path | None, arg(metavar="F")] = None,
    model: Model = DEFAULT_MODEL,
    precision: Precision = "float32",
    seed: Annotated[int, arg(metavar="N")] = 0,
    microphone: Annotated[str | None, arg(metavar="NAME")] = None,
    speaker: Annotated[str | None, arg(metavar="NAME|none")] = None,
    seconds: Annotated[float | None, arg(metavar="S")] = None,
) -> None:
    """Talk to a head: a microphone or a recording and the agent's voice in, motion to live outputs out, as time goes.

    It ends with Ctrl-C, after --seconds, or when two recordings have ended, and says what it did on standard error.

    Args:
        to: Where frames go: vmc://HOST[:PORT], livelink://HOST[:PORT] or jsonl:FILE (jsonl:- is standard output);
            options after a question mark, as livelink://HOST?subject=Ada&fps=30.
        user: The user: mic, or a sound file of any rate, which is heard as time goes.
        agent: What the agent says, a sound file of any rate; unset: it listens.
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth, or an address with the
            checksum of one that does not ship (docs/models.md); or a folder of `visavis export-onnx`, which is
            quickest.
        precision: What large layers multiply in; of an exported model float32 or int8.
        seed: Another seed, another performance.
        microphone: A device, by a part of its name; unset: the system's. `python -m sounddevice` lists them.
        speaker: Where the agent's voice is played; none: nowhere; unset: the system's.
        seconds: Stop after so many; unset: go on.
    """
    from visavis.data.sound import read_recording
    from visavis.wire.address import open_outlet
    from visavis.wire.live import LiveTalk
    from visavis.wire.sound_device import PortAudio

    if seconds is not None:
        _SECONDS.require("--seconds", seconds)
    heard = None if user == "mic" else read_recording(user)
    said = None if agent is None else read_recording(agent)
    system = loaded_live(model, precision)
    talk = LiveTalk(
        system=system,
        outlets={address: open_outlet(address, system.space) for address in to},
        devices=PortAudio(),
        user=heard,
        agent=said,
        seed=seed,
        microphone=microphone,
        speaker=speaker,
        plays=speaker != "none",
        clock=time.monotonic,
        sleep=time.sleep,
    )
    freeze_heap()
    try:
        with _until_ctrl_c(talk.stop):
            talk.run(seconds)
    finally:
        if talk.begun:
            for line in talk.report().lines:
                print(f"visavis: {line}", file=sys.stderr)


@contextmanager
def _until_ctrl_c(stop: Callable[[], None]) -> Iterator[None]:
    """Within, Ctrl-C calls `stop`, also where it comes twice. Only the main thread can take signals."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: stop())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
