from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.small_ears import LARGE
from tests.small_systems import DUALTALK_FORM, PAPER_FORM, SHIPPED_FORM
from tests.small_systems import make as make_system
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.encode.framed import FramedConfig
from visavis.encode.mel import MelConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.encode.speech import Wav2VecConfig, Wav2VecEncoder, make_network
from visavis.system.config import SystemConfig
from visavis.system.request import Request
from visavis.system.system import System
from visavis.validate.benchmark.batch_generation import Variant, generate_all
from visavis.validate.benchmark.cases import cases_of
from visavis.validate.benchmark.evaluate import evaluate_cases

ARKIT = space_named("arkit61")
TURN = 25


@pytest.fixture(scope="module")
def system() -> System:
    return make_system("timar shipped")


def request(seed: int, frames: int, moving: bool, mean: bool) -> Request:
    random = np.random.default_rng(seed + 100 * frames)
    voices = 0.1 * random.normal(size=(2, samples_in(frames))).astype(np.float32)
    motion = Motion(0.1 * random.normal(size=(frames, ARKIT.width)), ARKIT) if moving else None
    return Request.dyad(voices[0], voices[1], motion, seed, mean)


def test_side_by_side_is_the_same_as_one_by_one(system: System) -> None:
    requests = [request(3, 42, True, True), request(8, 25, True, False), request(5, 33, False, True)]
    made = generate_all(system, requests)
    assert [len(one.sample) for one in made] == [42, 25, 33]
    for asked, one in zip(requests, made, strict=True):
        alone = system.generate(**asked.values, seed=asked.seed)
        assert one.sample.values == pytest.approx(alone.values, abs=1e-4)
        assert (one.mean is not None) == asked.mean
    mean = system.mean_motion(*requests[0].values.values())
    assert made[0].mean is not None
    assert made[0].mean.values == pytest.approx(mean.values, abs=1e-4)


def test_generating_and_evaluating_follow_the_recipe_alike() -> None:
    guided = make_system("timar shipped").with_options(guidance=3.0, temperature=0.4, steps=2)
    asked = request(4, 40, True, False)
    alone = guided.generate(**asked.values, seed=asked.seed)
    assert generate_all(guided, [asked])[0].sample.values == pytest.approx(alone.values, abs=1e-4)


def test_seeds_differ_and_repeat(system: System) -> None:
    first, again, other = generate_all(system, [replace(request(3, 20, True, False), seed=seed) for seed in (1, 1, 2)])
    assert first.sample.values == pytest.approx(again.sample.values, abs=1e-4)
    assert np.abs(first.sample.values - other.sample.values).max() > 1e-3


TIMAR, PUBLISHED, DUALTALK = (replace(form, frames_per_turn=TURN) for form in (SHIPPED_FORM, PAPER_FORM, DUALTALK_FORM))
HEARING = {
    "mel": SystemConfig("mel", speech=MelConfig(past_frames=1), model=TIMAR),
    "phonetic": SystemConfig("own", speech=PhoneticConfig(width=8, dilations=(1,)), model=TIMAR),
    "sound, recording": SystemConfig("whole", speech=FramedConfig(TURN), model=DUALTALK),
    "sound, running": SystemConfig("live", speech=FramedConfig(TURN, "running"), model=DUALTALK),
    "wav2vec, recording": SystemConfig("whole", speech=Wav2VecConfig(frames_per_turn=TURN), model=PUBLISHED),
    "wav2vec, running": SystemConfig(
        "live", speech=Wav2VecConfig(frames_per_turn=TURN, normalise="running"), model=PUBLISHED
    ),
}


def hearing(config: SystemConfig) -> System:
    if not isinstance(config.speech, Wav2VecConfig):
        return System(config).eval()
    pytest.importorskip("transformers", reason="the wav2vec 2.0 speech encoder needs transformers")
    return System(config, Wav2VecEncoder(config.speech, make_network(LARGE))).eval()


def listener(system: System, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Tensor]:
    """Gives all sound (rows, S) that the system's speech encoder was given since it was last asked."""
    given: list[Tensor] = []
    encode = system.encoder.encode

    def watched(sound: Tensor, state: Any) -> Any:
        given.append(sound.clone())
        return encode(sound, state)

    def heard() -> Tensor:
        everything = torch.cat(given, dim=1)
        given.clear()
        return everything

    monkeypatch.setattr(system.encoder, "encode", watched)
    return heard


@pytest.mark.parametrize("config", HEARING.values(), ids=HEARING.keys())
def test_generating_and_evaluating_hear_the_same_sound_to_the_last_bit(
    config: SystemConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip that ends within a turn: by itself, beside a longer one, and in an evaluation from both sides."""
    system = hearing(config)
    heard = listener(system, monkeypatch)
    clip, longer = (request(seed, frames, False, False) for seed, frames in ((1, 30), (2, 61)))
    system.generate(**clip.values)
    alone = heard()
    assert alone.shape == (2, samples_in(50))
    assert not alone[:, samples_in(30) :].any(), "after the recording there is silence, however it is normalised"
    generate_all(system, [longer, clip])
    beside = heard()
    assert torch.equal(beside[[0, 2], : samples_in(50)], alone)
    assert not beside[[0, 2], samples_in(30) :].any()
    pytest.importorskip("sklearn", reason="evaluation needs scikit-learn")
    user, agent = (
        Person(sound, Motion(np.random.default_rng(number).random((30, system.space.width)), system.space), number)
        for number, sound in enumerate(clip.values.values(), 1)
    )
    evaluate_cases({"model": Variant(system)}, cases_of(0, Conversation("clip", user, agent)), engine=LocalProcesses(1))
    assert torch.equal(heard(), alone[[0, 1, 1, 0]])
