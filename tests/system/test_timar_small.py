"""The model that ships: what it must do on simulated and on real voices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import visavis
from visavis.analysis.head import head_speed
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation
from visavis.core.motion import Motion
from visavis.data.folder import list_clips, read_clip
from visavis.data.simulate import simulate_conversation
from visavis.data.simulate.voices.cast import Casting
from visavis.encode.activity import detect_voice
from visavis.system.shipped import _MODELS
from visavis.system.system import System
from visavis.validate.metrics.lips import jaw_correlation, moving_while_silent


@pytest.fixture(scope="module")
def system() -> System:
    return visavis.load("timar-small")


@pytest.fixture(scope="module")
def talk() -> Conversation:
    conversation, _ = simulate_conversation(seed=77, split="test", index=0)
    return conversation.trimmed()


@pytest.fixture(scope="module")
def natural_talk() -> Conversation:
    """The same scene, in which the agent has a natural voice."""
    conversation, _ = simulate_conversation(seed=77, split="test", index=0, casting=Casting("mixed"))
    return conversation.trimmed()


@pytest.fixture(scope="module")
def drawn(system: System, talk: Conversation) -> Motion:
    assert talk.user.speech is not None
    assert talk.agent.speech is not None
    return system.generate(talk.user.speech, talk.agent.speech, talk.user.motion)


@pytest.mark.parametrize("name", ["timar-small", "timar-small-200ms"])
def test_its_weights_are_small_and_its_card_tells_how_it_was_made(name: str) -> None:
    folder = _MODELS / name
    assert (folder / "model.safetensors").stat().st_size <= 25e6
    card = (folder / "README.md").read_text()
    for word in ("visavis simulate", "visavis train", "seed", "hours", "not good at", "Apache-2.0"):
        assert word in card


def test_its_jaw_follows_the_truth_in_a_natural_voice(system: System, natural_talk: Conversation) -> None:
    talk = natural_talk
    assert talk.agent.speech is not None
    assert talk.agent.motion is not None
    assert talk.user.speech is not None
    voice = detect_voice(talk.agent.speech)
    drawn = system.generate(talk.user.speech, talk.agent.speech, talk.user.motion)
    assert jaw_correlation(drawn, talk.agent.motion, voice) >= 0.8
    mean = system.mean_motion(talk.user.speech, talk.agent.speech, talk.user.motion)
    assert jaw_correlation(mean, talk.agent.motion, voice) >= 0.84
    assert moving_while_silent(drawn, talk.agent.motion, voice) <= 0.1


def test_half_the_turn_costs_little_of_the_jaw(talk: Conversation, natural_talk: Conversation) -> None:
    quick = visavis.load("timar-small-200ms")
    assert quick.frames_per_step == 5

    def motions(given: Conversation) -> tuple[Motion, Motion, np.ndarray]:
        assert given.agent.speech is not None
        assert given.agent.motion is not None
        assert given.user.speech is not None
        drawn = quick.generate(given.user.speech, given.agent.speech, given.user.motion)
        return drawn, given.agent.motion, given.agent.speech

    drawn, true, speech = motions(natural_talk)
    assert jaw_correlation(drawn, true, detect_voice(speech)) >= 0.77
    drawn, true, _ = motions(talk)
    assert 0.7 <= head_speed(drawn).mean() / head_speed(true).mean() <= 1.3


def test_its_head_moves_as_fast_as_peoples(talk: Conversation, drawn: Motion) -> None:
    assert talk.agent.motion is not None
    assert 0.7 <= head_speed(drawn).mean() / head_speed(talk.agent.motion).mean() <= 1.3


def test_it_does_not_wander_off(system: System, talk: Conversation, drawn: Motion) -> None:
    assert talk.user.speech is not None
    assert talk.agent.speech is not None
    mean = system.mean_motion(talk.user.speech, talk.agent.speech, talk.user.motion)
    third = len(drawn) // 3
    for group in drawn.space.groups:
        away = np.abs(drawn[group] - mean[group]).mean(axis=1)
        assert away[-third:].mean() <= 2 * away[:third].mean(), group


@pytest.mark.parametrize("roles", [("1", "2"), ("2", "1")])
def test_real_voices_move_the_mouth_and_silence_rests_it(system: System, shared: Path, roles: tuple[str, str]) -> None:
    clip = read_clip(list_clips(shared / "data" / "dualtalk_clip")[0])
    voices = {"1": clip.agent.speech, "2": clip.user.speech}
    agent, user = (voices[number] for number in roles)
    assert agent is not None
    assert user is not None
    motion = system.generate(user, agent)
    voice = detect_voice(agent)
    frames = min(len(motion), len(voice.loudness))
    jaw, speaking = motion["JawOpen"][:frames, 0], voice.speaking[:frames]
    assert np.corrcoef(jaw, voice.loudness[:frames])[0, 1] >= 0.7
    near_speech = np.convolve(speaking, np.ones(25), mode="same") > 0
    assert jaw[~near_speech].mean() < 0.3 * jaw[speaking].mean()
    listening = head_speed(motion.cut(0, frames))[~speaking[1:frames]]
    assert listening.mean() > 0.02
    assert motion.cut(0, frames)["pose"][~speaking].std(axis=0).max() > 0.01


def test_the_mouth_rests_in_digital_silence(system: System, talk: Conversation, drawn: Motion) -> None:
    assert talk.user.speech is not None
    assert talk.agent.speech is not None
    speech = talk.agent.speech.copy()
    half = len(drawn) // 2
    speech[samples_in(half) :] = 0
    speaking = detect_voice(talk.agent.speech).speaking[: len(drawn)]
    assert speaking[half:].any()
    jaw = system.generate(talk.user.speech, speech, talk.user.motion)["JawOpen"]
    assert jaw[half + 25 :].mean() < 0.3 * drawn["JawOpen"][speaking].mean()
