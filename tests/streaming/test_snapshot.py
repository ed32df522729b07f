"""Conversations that leave the process as bytes, and go on elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

import visavis
from tests.small_systems import LIVE, chunk_for, make
from tests.streaming.echo import Echo, Hand, cheeks, fed, level
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.data.shipped import shipped_conversation
from visavis.streaming.dials import Dials
from visavis.streaming.session import Session

ROOT = Path(__file__).parents[2]


def push(session: Session, name: str, start: int, stop: int) -> None:
    chunk = chunk_for(make(name), 90)
    sound = slice(samples_in(start), samples_in(stop))
    user, agent, motion = (chunk[one][0].numpy() for one in ("user_speech", "agent_speech", "user_motion"))
    session.push(user[sound], agent[sound], motion[start:stop])


def future(session: Session, name: str, start: int) -> list[np.ndarray]:
    """What a session draws of more input, of an interruption and after it."""
    push(session, name, start, start + 17)
    got = [session.pull()]
    session.interrupt(at=samples_in(max(0, start - 8)))
    push(session, name, start + 17, start + 30)
    session.dials = Dials(expressiveness=0.5)
    session.nod()
    got.append(session.pull())
    session.close()
    got.append(session.pull())
    return [*(frames.values for frames in got), *(label for frames in got for label in frames.labels.values())]


@pytest.mark.parametrize("name", LIVE)
@pytest.mark.parametrize("start", [1, 33])
def test_bytes_have_the_same_future_bit_for_bit(name: str, start: int) -> None:
    if start == 1 and make(name).interface.hop > 1:
        start = make(name).interface.hop + 9
    clock = Hand()
    session = Session(make(name), seed=3, clock=clock, dials=Dials(head_motion=1.5))
    push(session, name, 0, start)
    clock.now += 0.5
    session.pull()
    data = session.snapshot().to_bytes()
    other = Session(make(name), seed=9, clock=Hand(7.0))
    other.restore(data)
    assert (other.now, other.counters, other.dials) == (8000, session.counters, session.dials)
    for one, another in zip(future(session, name, start), future(other, name, start), strict=True):
        assert np.array_equal(one, another)


def test_what_was_not_pulled_and_what_was_said_ahead_goes_along() -> None:
    session, other = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    session.push(level(20), level(60), cheeks(20))
    session._group.advance()
    session.dials = Dials(reactivity=2.0)
    session.push(level(20, 20), user_motion=cheeks(20, 20))
    session._group.advance()
    other.restore(session.snapshot().to_bytes())
    for each in (session, other):
        each.interrupt(at=samples_in(13))
    first, second = session.pull(), other.pull()
    assert (first.first, len(first)) == (second.first, len(second)) == (0, 40)
    assert np.array_equal(first.values, second.values)
    assert session.counters == other.counters


def test_before_anything_has_come_there_are_bytes_too() -> None:
    session, other = Session(Echo(), seed=5, clock=Hand()), Session(Echo(), clock=Hand())
    other.restore(session.snapshot().to_bytes())
    assert other.now is None
    assert np.array_equal(fed(session, 20).values, fed(other, 20).values)


def test_after_an_interruption_to_the_very_beginning_there_are_bytes_too() -> None:
    session, other = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    fed(session, 10)
    session.interrupt(at=0)
    other.restore(session.snapshot().to_bytes())
    for one in (session, other):
        one.push(agent_speech=level(10))
    assert len(first := session.pull()) == 10
    assert np.array_equal(first.values, other.pull().values)


@pytest.mark.parametrize("name", ["timar shipped, guided", "toy of frames, guided", "dualtalk"])
def test_however_often_guidance_changed_one_state_is_kept_and_the_future_is_the_same(name: str) -> None:
    session, hop = Session(make(name), seed=3, clock=Hand()), make(name).interface.hop
    sizes = []
    for number, reactivity in enumerate((0.5, None, 2.0, 3.0, None, 0.5, 1.0)):
        session.dials = replace(session.dials, reactivity=reactivity if make(name).guidable else None)
        push(session, name, number * hop, (number + 1) * hop)
        session.pull()
        sizes.append(len([name for name in load(session.snapshot().to_bytes()) if name.startswith("state.")]))
    assert len(set(sizes[1:])) == 1
    for back in (2 * hop, 5 * hop - 1):
        other = Session(make(name), clock=Hand())
        other.restore(session.snapshot().to_bytes())
        drawn = []
        for one in (session, other):
            kept = one.snapshot()
            one.interrupt(at=samples_in(back))
            push(one, name, 7 * hop, 9 * hop)
            drawn.append(one.pull().values)
            one.restore(kept)
        assert len(drawn[0]) > 0
        assert np.array_equal(*drawn)


@pytest.fixture(scope="module")
def talk() -> tuple[Session, bytes]:
    """Ten seconds of the shipped conversation with the model that ships."""
    system = visavis.load("timar-small")
    inputs = shipped_conversation(system.space)
    assert inputs.user_motion is not None
    session = Session(system, seed=3, clock=lambda: 0.0)
    for start in range(0, 250, 5):
        sound = slice(samples_in(start), samples_in(start + 5))
        motion = inputs.user_motion.cut(start, start + 5)
        session.push(inputs.user_speech[sound], inputs.agent_speech[sound], motion)
        session.pull()
    return session, session.snapshot().to_bytes()


def test_a_talk_is_less_than_a_megabyte(talk: tuple[Session, bytes]) -> None:
    assert 300_000 < len(talk[1]) < 1_000_000


def test_a_talk_in_floats_is_less_than_a_megabyte_at_every_moment() -> None:
    system, random, sizes = visavis.load("timar-small"), np.random.default_rng(0), []
    session = Session(system, clock=lambda: 0.0)
    motion = random.uniform(0, 0.5, (190, system.space.width))
    voices = random.normal(0, 0.1, (2, 48_000 * 190 // 25))
    for frame in range(190):
        sound = slice(1920 * frame, 1920 * (frame + 1))
        session.push(voices[0][sound], voices[1][sound], motion[frame : frame + 1], rate=48_000)
        session.pull()
        if frame > 145:
            session.dials = Dials(reactivity=1.0 + frame % 20 / 10)
            sizes.append(len(session.snapshot().to_bytes()))
    assert 800_000 < max(sizes) < 1_000_000


GO_ON = """
import sys
import numpy as np
import visavis
from visavis.data.shipped import shipped_conversation
system = visavis.load("timar-small")
session = visavis.Session(system, clock=lambda: 0.0)
session.restore(open(sys.argv[1], "rb").read())
inputs = shipped_conversation(system.space)
sound = slice(640 * 250, 640 * 300)
session.interrupt(at=640 * 203)
session.push(inputs.user_speech[sound], inputs.agent_speech[-62_080:], inputs.user_motion.cut(250, 300))
np.save(sys.argv[2], session.pull().values)
"""


def test_another_process_goes_on_with_the_same_future_bit_for_bit(talk: tuple[Session, bytes], tmp_path: Path) -> None:
    session, data = talk
    (tmp_path / "talk").write_bytes(data)
    subprocess.run(
        [sys.executable, "-c", GO_ON, str(tmp_path / "talk"), str(tmp_path / "frames.npy")], check=True, cwd=ROOT
    )
    inputs = shipped_conversation(session.snapshot().system.space)
    assert inputs.user_motion is not None
    sound = slice(samples_in(250), samples_in(300))
    session.interrupt(at=samples_in(203))
    session.push(inputs.user_speech[sound], inputs.agent_speech[-62_080:], inputs.user_motion.cut(250, 300))
    frames = session.pull()
    assert (frames.first, len(frames)) == (203, 97)
    assert np.array_equal(np.load(tmp_path / "frames.npy"), frames.values)


def spoiled(data: bytes, change: str) -> bytes:
    """Bytes with something else in their header."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])["__metadata__"]
    before, after = change.split(" -> ")
    assert before in json.dumps(header)
    return save(load(data), json.loads(json.dumps(header).replace(before, after)))


def test_what_is_no_snapshot_is_refused_in_one_line() -> None:
    session = Session(Echo(), clock=Hand())
    fed(session, 22)
    data = session.snapshot().to_bytes()
    turned = bytearray(data)
    turned[-3] ^= 16
    cases = [
        (b"", "the snapshot is damaged, or none"),
        (b"\xff" * 100, "the snapshot is damaged, or none"),
        (data[:-5], "the snapshot is damaged, or none"),
        (data[: len(data) // 2], "the snapshot is damaged, or none"),
        (save({"weights": torch.zeros(3)}), "the snapshot is damaged, or none"),
        (bytes(turned), "what it holds is not what was written"),
        (spoiled(data, '"version": "3" -> "version": "7"'), "of version 7, this visavis reads version 3"),
        (spoiled(data, r"\"ended\": null -> \"ended\": 3"), "what it holds is not what was written"),
    ]
    for given, words in cases:
        with pytest.raises(VisavisError, match=words) as caught:
            session.restore(given)
        assert "\n" not in str(caught.value)
    random = np.random.default_rng(0)
    for _ in range(200):
        mutated = bytearray(data)
        for place in random.integers(0, len(data), 4):
            mutated[place] = random.integers(256)
        if bytes(mutated) != data:
            with pytest.raises(VisavisError):
                session.restore(bytes(mutated))
    fed(session, 3, 22)
    with pytest.raises(VisavisError, match="the snapshot belongs to another system"):
        Session(replace(Echo(), guidance=2.0), clock=Hand()).restore(data)


def test_another_system_or_other_options_are_refused() -> None:
    session = Session(make("timar shipped"), clock=Hand())
    data = session.snapshot().to_bytes()
    for other in (make("timar mlp head"), make("timar shipped").with_options(steps=1)):
        with pytest.raises(VisavisError, match="the snapshot belongs to another system"):
            Session(other, clock=Hand()).restore(data)
