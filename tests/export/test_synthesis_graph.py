"""Synthesis as a network gives the sound of hibari's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from visavis.core.onnx_door import open_session
from visavis.data.simulate.voices import engine
from visavis.export.synthesis_graph import BINS, INPUTS, SynthesisGraph
from visavis.export.voice import recorded_synthesis


def described(frames: int, seed: int) -> list[np.ndarray]:
    """Spectra (K, F) of a hiss and a hum, and F0 [Hz] that begins, falls silent and glides."""
    draw = np.random.default_rng(seed)
    spectra = [draw.normal(level, 1.0, (BINS, frames)).astype(np.float32) for level in (-6, 0, -8, -8, 0)]
    f0 = np.linspace(90, 260, frames, dtype=np.float32)
    f0[frames // 3 : frames // 2] = 0
    return [*spectra, f0]


def reference(parts: list[np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sound of hibari and the noise (1, K, F, 2) that it draws for it."""
    pytest.importorskip("hibari", reason="hibari-tts is not installed: pip install 'visavis[voices]'")
    sound = engine.synthesise(parts, np.random.default_rng(seed))
    frames = len(parts[-1])
    noise = np.random.default_rng(seed).standard_normal((BINS, 2 * frames), dtype=np.float32)
    return sound, noise.reshape(1, BINS, frames, 2)


@pytest.mark.parametrize("frames", [3, 50])
def test_it_is_the_sound_of_the_package(frames: int) -> None:
    parts = described(frames, frames)
    sound, noise = reference(parts, 1)
    made = SynthesisGraph()(*(torch.from_numpy(part)[None] for part in parts), torch.from_numpy(noise))
    assert made.shape == (1, 300 * frames)
    np.testing.assert_allclose(made[0].numpy(), sound, atol=1e-4 * np.abs(sound).max())


def test_recorded_it_is_the_same_for_any_number_of_frames() -> None:
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    session = open_session(recorded_synthesis().SerializeToString(), 1, "export", "export to ONNX")
    for frames in (3, 8, 101):
        parts = described(frames, frames)
        sound, noise = reference(parts, 2)
        given = [*(part[None] for part in parts), noise]
        (made,) = session.run(None, dict(zip(INPUTS, given, strict=True)))
        np.testing.assert_allclose(made[0], sound, atol=1e-4 * np.abs(sound).max())
