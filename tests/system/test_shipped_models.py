"""The models that ship: what they must do on simulated and on real voices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import visavis
from visavis.analysis.head import head_speed
from visavis.core.clock import FPS, samples_in
from visavis.core.motion import Motion
from visavis.data.folder import list_clips, read_clip
from visavis.data.simulate import simulate_conversation
from visavis.data.simulate.voices.cast import Casting
from visavis.encode.activity import detect_voice
from visavis.system.generate import Generated, generate_batch
from visavis.system.request import Request
from visavis.system.shipped import folder_of, known_models
from visavis.system.system import System
from visavis.validate.metrics.lips import jaw_correlation, moving_while_silent


@dataclass(frozen=True)
class Least:
    """How well a model's jaw must follow the truth, as drawn and in the mean, and the loudness of real voices."""

    drawn: float
    mean: float
    loudness: float


LEAST = {"timar-small": Least(0.8, 0.84, 0.7), "arig-small": Least(0.8, 0.82, 0.68)}


@dataclass(frozen=True)
class Scene:
    """Both voices and both motions of a simulated conversation."""

    user_speech: np.ndarray
    agent_speech: np.ndarray
    user_motion: Motion
    agent_motion: Motion

    def request(self) -> Request:
        """The agent, drawn and as a mean."""
        return Request.dyad(self.user_speech, self.agent_speech, self.user_motion, seed=0, mean=True)


def scene(casting: Casting) -> Scene:
    conversation, _ = simulate_conversation(seed=77, split="test", index=0, casting=casting)
    talk = conversation.trimmed()
    assert talk.user.speech is not None
    assert talk.agent.speech is not None
    assert talk.user.motion is not None
    assert talk.agent.motion is not None
    return Scene(talk.user.speech, talk.agent.speech, talk.user.motion, talk.agent.motion)


@pytest.fixture(scope="module")
def scenes() -> Mapping[str, Scene]:
    """A conversation in espeak-ng's voices, the same with a natural voice, and with one that falls silent."""
    talk = scene(Casting())
    speech = talk.agent_speech.copy()
    speech[samples_in(len(talk.agent_motion) // 2) :] = 0
    silenced = Scene(talk.user_speech, speech, talk.user_motion, talk.agent_motion)
    return {"talk": talk, "natural": scene(Casting("mixed")), "silenced": silenced}


@pytest.fixture(scope="module", params=LEAST)
def system(request: pytest.FixtureRequest) -> System:
    return visavis.load(request.param)


@pytest.fixture(scope="module")
def made(system: System, scenes: Mapping[str, Scene]) -> Mapping[str, Generated]:
    drawn = generate_batch(system, [one.request() for one in scenes.values()])
    return dict(zip(scenes, drawn, strict=True))


@pytest.mark.parametrize("name", known_models())
def test_its_weights_are_small_and_its_card_tells_how_it_was_made(name: str) -> None:
    folder = folder_of(name)
    assert (folder / "model.safetensors").stat().st_size <= 25e6
    card = (folder / "README.md").read_text()
    for word in ("visavis simulate", "visavis train", "seed", "hours", "not good at", "Apache-2.0"):
        assert word in card


def test_its_jaw_follows_the_truth_in_a_natural_voice(
    system: System, scenes: Mapping[str, Scene], made: Mapping[str, Generated]
) -> None:
    least = LEAST[system.config.name]
    talk, drawn = scenes["natural"], made["natural"]
    voice = detect_voice(talk.agent_speech)
    assert jaw_correlation(drawn.sample, talk.agent_motion, voice) >= least.drawn
    assert drawn.mean is not None
    assert jaw_correlation(drawn.mean, talk.agent_motion, voice) >= least.mean
    assert moving_while_silent(drawn.sample, talk.agent_motion, voice) <= 0.1


def test_half_the_turn_costs_little_of_the_jaw(scenes: Mapping[str, Scene]) -> None:
    quick = visavis.load("timar-small-200ms")
    assert quick.frames_per_step == 5
    talks = [scenes["natural"], scenes["talk"]]
    natural, espeak = generate_batch(quick, [talk.request() for talk in talks])
    voice = detect_voice(talks[0].agent_speech)
    assert jaw_correlation(natural.sample, talks[0].agent_motion, voice) >= 0.77
    assert 0.7 <= head_speed(espeak.sample).mean() / head_speed(talks[1].agent_motion).mean() <= 1.3


def test_its_head_moves_as_fast_as_peoples(scenes: Mapping[str, Scene], made: Mapping[str, Generated]) -> None:
    drawn, true = made["talk"].sample, scenes["talk"].agent_motion
    assert 0.7 <= head_speed(drawn).mean() / head_speed(true).mean() <= 1.3


def test_it_does_not_wander_off(made: Mapping[str, Generated]) -> None:
    drawn, mean = made["talk"].sample, made["talk"].mean
    assert mean is not None
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
    assert np.corrcoef(jaw, voice.loudness[:frames])[0, 1] >= LEAST[system.config.name].loudness
    near_speech = np.convolve(speaking, np.ones(25), mode="same") > 0
    assert jaw[~near_speech].mean() < 0.3 * jaw[speaking].mean()
    listening = head_speed(motion.cut(0, frames))[~speaking[1:frames]]
    assert listening.mean() > 0.02
    assert motion.cut(0, frames)["pose"][~speaking].std(axis=0).max() > 0.01


def test_the_mouth_rests_in_digital_silence(scenes: Mapping[str, Scene], made: Mapping[str, Generated]) -> None:
    drawn, silenced = made["talk"].sample, made["silenced"].sample
    half = len(drawn) // 2
    speaking = detect_voice(scenes["talk"].agent_speech).speaking[: len(drawn)]
    assert speaking[half:].any()
    assert silenced["JawOpen"][half + 25 :].mean() < 0.3 * drawn["JawOpen"][speaking].mean()


def test_a_frame_waits_for_less_than_a_tenth_of_a_second() -> None:
    """arig-small beside an agent whose voice comes 0.12 s before it is heard."""
    interface = visavis.load("arig-small").interface
    assert interface.hop == 1
    assert interface.latency_with(3) / FPS <= 0.1
    assert interface.look_ahead("user_speech") < 0


def test_it_tells_who_speaks_and_listens(made: Mapping[str, Generated], system: System) -> None:
    told = made["talk"].sample.state
    if "state" not in system.interface.labels:
        assert told is None
        return
    assert told is not None
    assert {"speaking", "listening"} <= set(told.tolist())
