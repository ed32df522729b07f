"""An exported network is driven like any system, and draws what torch draws with the same seeds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.small_systems import chunk_for, part, rows_of
from visavis.cli.shared import loaded_live
from visavis.core.clock import samples_in
from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError
from visavis.core.state import concat_rows, select_rows
from visavis.core.steps import Chunk
from visavis.export.runner import OnnxModel
from visavis.export.system import OnnxSystem
from visavis.streaming.dials import Dials
from visavis.streaming.pool import Pool
from visavis.streaming.session import Session
from visavis.system.shipped import load
from visavis.system.system import System

FRAMES = 30
NEAR = 1e-4


@pytest.fixture(scope="module")
def torchs() -> System:
    return load("arig-small")


@pytest.fixture
def exported(arig_onnx: Path) -> OnnxSystem:
    return OnnxSystem.open(arig_onnx, threads=2)


def talk(system: StreamingSystem[Any], frames: int, rows: int = 1, seed: int = 0) -> Chunk:
    """All that a system takes to draw so many frames."""
    chunk = chunk_for(system, frames + 2, rows, seed)
    reach = {
        one.name: samples_in(frames + one.ahead) if one.kind == "speech" else frames + one.ahead
        for one in system.interface.inputs
    }
    return Chunk({name: value[:, : reach[name]] for name, value in chunk.values.items()})


def test_it_takes_and_gives_what_the_system_does(torchs: System, exported: OnnxSystem) -> None:
    mine, its = exported.interface, torchs.interface
    assert [(one.name, one.kind, one.ahead) for one in mine.inputs] == [
        (one.name, one.kind, one.ahead) for one in its.inputs
    ]
    assert (mine.hop, mine.past_frames, mine.people, dict(mine.labels)) == (
        its.hop, its.past_frames, its.people, dict(its.labels)
    )  # fmt: skip
    assert mine.latency_frames == its.latency_frames
    assert exported.space is torchs.space
    assert np.allclose(exported.mean_face, torchs.mean_face)


@pytest.mark.parametrize("rows", [1, 5])
def test_any_chunks_of_any_number_of_conversations_draw_what_torch_draws(
    torchs: System, exported: OnnxSystem, rows: int
) -> None:
    chunk, hop = talk(torchs, FRAMES, rows), exported.interface.hop
    whole, _ = torchs.step(chunk, torchs.init_state(rows, seed=7))
    state, made = exported.init_state(rows, seed=7), []
    ends = [0, 3, hop + 3, 2 * hop + 7, FRAMES + 2]
    for start, stop in pairwise(ends):
        step, state = exported.step(part(chunk, start, stop), state)
        made.append(step)
    motion = torch.cat([one.sample for one in made], dim=2)
    assert motion.shape == whole.sample.shape == (rows, 1, FRAMES, 61)
    assert float((motion - whole.sample).abs().max()) < NEAR
    for name, told in whole.labels.items():
        assert torch.equal(torch.cat([one.labels[name] for one in made], dim=2), told)


def test_a_row_can_be_held_and_forked(exported: OnnxSystem) -> None:
    chunk = talk(exported, FRAMES, 2)
    _, before = exported.step(part(chunk, 0, 20), exported.init_state(2, seed=3))
    rest = part(chunk, 20, FRAMES + 2)
    together, _ = exported.step(rest, before)
    forked = concat_rows([select_rows(before, [1]), select_rows(before, [1]), select_rows(before, [0])])
    again, _ = exported.step(rows_of(rest, [1, 1, 0]), forked)
    assert torch.allclose(again.sample, together.sample[[1, 1, 0]], atol=NEAR)


def conversation(system: StreamingSystem[Any]) -> list[np.ndarray]:
    """The frames of three sessions that come one after another, share a pool, and of which one is interrupted."""
    chunk, now = talk(system, 60, 3), [0.0]
    user, agent = (chunk[name].numpy() for name in ("user_speech", "agent_speech"))
    pool = Pool(system, clock=lambda: now[0])
    sessions, shown = [], [[], [], []]
    for frame in range(50):
        if frame in (0, 7, 9):
            sessions.append(pool.join(seed=frame))
        at = slice(samples_in(frame), samples_in(frame + 1))
        for number, session in enumerate(sessions):
            session.push(user_speech=user[number, at], agent_speech=agent[number, at])
        now[0] += 0.04
        for session, frames in pool.pull().items():
            shown[sessions.index(session)].append(frames.values)
        if frame == 30:
            sessions[1].interrupt()
    return [np.concatenate(one) for one in shown]


def test_sessions_show_what_they_show_with_torch(torchs: System, exported: OnnxSystem) -> None:
    for mine, its in zip(conversation(exported), conversation(torchs), strict=True):
        assert len(mine) == len(its) > 30
        assert np.abs(mine - its).max() < NEAR


def test_a_session_goes_on_from_bytes(arig_onnx: Path) -> None:
    system = OnnxSystem.open(arig_onnx)
    chunk = talk(system, 60)
    user, agent = (chunk[name][0].numpy() for name in ("user_speech", "agent_speech"))
    half = samples_in(30)
    session = Session(system, seed=4)
    session.push(user_speech=user[:half], agent_speech=agent[:half])
    session.pull()
    kept = session.snapshot().to_bytes()
    other = Session(OnnxSystem.open(arig_onnx), seed=0)
    other.restore(kept)
    for one in (session, other):
        one.push(user_speech=user[half:], agent_speech=agent[half:])
    assert np.array_equal(session.pull().values, other.pull().values)


def test_a_folder_of_an_export_is_a_model_of_the_live_commands(arig_onnx: Path) -> None:
    assert isinstance(loaded_live(str(arig_onnx), "float32"), OnnxSystem)
    assert isinstance(loaded_live("timar-small", "float32"), System)
    with pytest.raises(VisavisError, match=r"unknown precision 'bf16'.*float32"):
        loaded_live(str(arig_onnx), "bf16")


def test_what_was_decided_when_it_was_exported_cannot_be_chosen(arig_onnx: Path) -> None:
    system = OnnxSystem.open(arig_onnx)
    assert system.with_options() is system
    with pytest.raises(VisavisError, match="draws as it was exported; export it with another temperature"):
        system.with_options(temperature=0.5)
    with pytest.raises(VisavisError, match="dial reactivity needs a model that draws with guidance"):
        Session(system).dials = Dials(reactivity=2.0)


def test_an_older_export_and_another_space_are_told_in_a_line(arig_onnx: Path) -> None:
    model = OnnxModel.open(arig_onnx)
    older = replace(model, manifest=replace(model.manifest, past_frames=None))
    with pytest.raises(VisavisError, match="for one conversation at a time; export it again"):
        OnnxSystem(older)
    other = replace(model, manifest=replace(model.manifest, channels=("jaw",)))
    with pytest.raises(VisavisError, match="arkit61 has other channels here"):
        OnnxSystem(other)


def test_fingerprints_are_those_of_files(arig_onnx: Path) -> None:
    first, second = OnnxSystem.open(arig_onnx), OnnxSystem.open(arig_onnx)
    network = replace(first.manifest.networks[0], sha256="0" * 64)
    other = OnnxSystem(replace(first.model, manifest=replace(first.manifest, networks=(network,))))
    assert first.fingerprint == second.fingerprint != other.fingerprint
