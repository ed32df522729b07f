from __future__ import annotations

import importlib.util
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.encode.test_activity import talk
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.data.shipped import shipped_conversation
from visavis.encode import silero
from visavis.encode.activity import speech_activity
from visavis.encode.silero import (
    LAG,
    WINDOW,
    Silero,
    hear,
    init_hearing,
    load_silero,
    silero_activity,
    speech_begun,
    speech_probability,
)

pytest.importorskip("silero_vad", reason="needs silero-vad (extra states)")


def package() -> Path:
    spec = importlib.util.find_spec("silero_vad")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def test_the_network_is_the_published_one() -> None:
    """Given the weights of its TorchScript file, it tells what that tells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        published = torch.jit.load(package() / "data" / "silero_vad.jit")
    given = published.state_dict()
    names = {"stft_conv.weight": "stft.forward_basis_buffer"}
    for kind in ("weight", "bias"):
        names |= {f"conv{i + 1}.{kind}": f"encoder.{i}.reparam_conv.{kind}" for i in range(4)}
        names |= {f"lstm_cell.{kind}_{at}": f"decoder.rnn.{kind}_{at}" for at in ("ih", "hh")}
        names[f"final_conv.{kind}"] = f"decoder.decoder.2.{kind}"
    network = Silero()
    network.load_state_dict({own: given[f"_model.{theirs}"] for own, theirs in names.items()})
    sound = torch.from_numpy(voice()[: 100 * WINDOW])
    told, _ = network(sound[None], network.init_state(1))
    with torch.inference_mode():
        expected = [published(window, 16_000).item() for window in sound.split(WINDOW)]
    np.testing.assert_allclose(told[0].numpy(), expected, atol=1e-4)
    assert np.ptp(expected) > 0.5


def voice() -> np.ndarray:
    return shipped_conversation().agent_speech


def test_any_chunks_give_the_same_probabilities() -> None:
    network, sound = load_silero(), torch.from_numpy(voice()[: 40 * WINDOW])[None]
    whole, _ = network(sound, network.init_state(1))
    state, parts = network.init_state(1), []
    for chunk in sound.split([WINDOW, 7 * WINDOW, 2 * WINDOW, 30 * WINDOW], dim=1):
        part, state = network(chunk, state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=0)


def test_a_frame_is_told_by_nothing_after_it() -> None:
    sound = voice()[: samples_in(100)]
    whole = speech_probability(sound)
    assert whole.shape == (100,)
    assert (whole > 0).all(), "in every frame a window ends"
    for frames in (1, 2, 3, 4, 50):
        np.testing.assert_allclose(speech_probability(sound[: samples_in(frames)]), whole[:frames], atol=1e-5)


def test_a_voice_is_heard_in_any_chunks_of_frames() -> None:
    sound = voice()[: samples_in(900)]
    whole = speech_probability(sound)
    for sizes in ([1] * 30, [3, 4, 5, 7, 1], [600, 32]):
        state, parts, at, speaks = init_hearing(), [], 0, False
        for size in sizes:
            chances, state = hear(sound[samples_in(at) : samples_in(at + size)], state)
            begun = speech_begun(chances, before=speaks)
            np.testing.assert_array_equal(begun, speech_begun(whole)[at : at + size])
            parts, at, speaks = [*parts, chances], at + size, bool(begun[-1])
        np.testing.assert_allclose(np.concatenate(parts), whole[:at], atol=1e-5)
        assert len(state.rest) < WINDOW
    nothing, same = hear(np.zeros(0), state)
    assert len(nothing) == 0
    np.testing.assert_array_equal(same.rest, state.rest)


def test_speech_of_a_real_recording_agrees_with_the_loudness() -> None:
    sound = voice()
    assert np.mean(silero_activity(sound) == speech_activity(sound)) > 0.9
    assert 0.1 < silero_activity(sound).mean() < 0.9


def test_noise_silence_and_music_are_no_speech() -> None:
    time = np.arange(samples_in(250)) / 16_000
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220, 277.2, 329.6)) * 0.1
    for sound in (np.zeros(samples_in(250)), talk([], 250, noise_db=-30), chord * (np.sin(2 * np.pi * time) > 0)):
        assert silero_activity(np.asarray(sound, np.float32)).mean() < 0.05
    assert silero_activity(np.zeros(639, np.float32)).shape == (0,)


def test_speech_begins_at_half_and_lasts_until_it_is_unlikely() -> None:
    chances = np.array([0.1, 0.45, 0.5, 0.4, 0.36, 0.34, 0.45, 0.9, 0.35, 0.2])
    assert speech_begun(chances).tolist() == [False, False, True, True, True, False, False, True, True, False]
    assert speech_begun(np.zeros(0)).shape == (0,)


def test_a_recording_is_put_right_by_the_lag() -> None:
    sound = voice()[: samples_in(200)]
    live = speech_begun(speech_probability(sound))
    np.testing.assert_array_equal(silero_activity(sound)[:-LAG], live[LAG:])


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero, "_WEIGHTS", Path("data") / "none.safetensors")
    load_silero.cache_clear()
    with pytest.raises(VisavisError, match=r"install version 6\.2 or later"):
        load_silero()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(VisavisError, match=r"needs silero-vad; install it with: pip install 'visavis\[states\]'"):
        load_silero()
    load_silero.cache_clear()


def test_the_threads_of_the_process_stay_as_they_are() -> None:
    code = (
        "import torch; torch.set_num_threads(2); from visavis.encode.silero import load_silero; load_silero();"
        "import sys; print(torch.get_num_threads(), 'silero_vad' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]
