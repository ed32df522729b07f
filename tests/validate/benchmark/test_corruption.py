from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.core.clock import FPS, samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.encode.activity import runs, speech_activity
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.corruption import (
    CLEAN,
    KINDS,
    MOTION,
    OCCUPANCIES,
    Corruption,
    bursts,
    corrupted,
    parse_corruptions,
    protocol,
)

FLAME = space_named("flame56")
FRAMES = 1500
LONG = 400_000


def person(number: int, frames: int = FRAMES, loud: float = 0.1) -> Person:
    random = np.random.default_rng(number)
    sound = loud * random.normal(size=samples_in(frames)).astype(np.float32)
    sound[samples_in(frames // 2) :] = 0
    return Person(sound, Motion(np.cumsum(0.1 * random.normal(size=(frames, FLAME.width)), axis=0), FLAME), number)


def case_named(name: str = "talk", frames: int = FRAMES) -> Case:
    events = (Event("nod", 1, 3, 4),)
    return cases_of(0, Conversation(name, user=person(2, frames), agent=person(1, frames), events=events))[0]


def hit(case: Case, corruption: Corruption, spread: float = 0.5) -> np.ndarray:
    """The frames in which anything that a model gets has changed."""
    heard = corrupted(case, corruption, spread)
    assert heard.user_motion is not None
    assert case.user_motion is not None
    changed = (heard.user_motion.values != case.user_motion.values).any(axis=1)
    for one, other in ((heard.user_speech, case.user_speech), (heard.agent_speech, case.agent_speech)):
        changed |= (one != other).reshape(len(changed), -1).any(axis=1)
    return changed


@pytest.mark.parametrize("occupancy", OCCUPANCIES)
def test_bursts_take_the_share_and_length_asked_for(occupancy: float) -> None:
    burst = bursts(Corruption(MOTION, "hold", occupancy), LONG, np.random.default_rng(3))
    lengths = [stop - start for start, stop in runs(burst)]
    assert burst.mean() == pytest.approx(occupancy, abs=0.02)
    assert np.mean(lengths) == pytest.approx(FPS, rel=0.05)
    assert np.std(lengths) == pytest.approx(FPS, rel=0.1)


def test_short_clips_expect_the_same_occupancy_from_their_first_frame_on() -> None:
    random = np.random.default_rng(0)
    short = np.array([bursts(Corruption(MOTION, "hold", 0.3), 50, random) for _ in range(4000)])
    assert short.mean() == pytest.approx(0.3, abs=0.02)
    assert short[:, 0].mean() == pytest.approx(0.3, abs=0.03)
    assert short[:, -1].mean() == pytest.approx(0.3, abs=0.03)


def test_a_seed_and_a_person_have_their_bursts() -> None:
    case, hold = case_named(), Corruption(MOTION, "hold", 0.5)
    first = corrupted(case, hold, 1.0).user_motion
    again = corrupted(case_named(), hold, 1.0).user_motion
    assert first is not None
    assert again is not None
    assert (first.values == again.values).all()
    assert (hit(case, hold) != hit(case_named("another"), hold)).any()
    assert (hit(case, hold) != hit(case, replace(hold, seed=1))).any()
    noisy = hit(case, Corruption(MOTION, "gaussian", 0.5))
    assert (hit(case, Corruption(MOTION, "laplace", 0.5)) == noisy).all()
    assert not (hit(case, hold) & ~noisy).any()


def test_dropout_repeats_the_last_frame_that_arrived() -> None:
    case, hold = case_named(), Corruption(MOTION, "hold", 0.5)
    assert case.user_motion is not None
    held = corrupted(case, hold, 1.0).user_motion
    assert held is not None
    spans = runs(hit(case, hold))
    assert len(spans) > 5
    for start, stop in spans:
        assert (held.values[start:stop] == case.user_motion.values[max(0, start - 1)]).all()
    assert (held.values[0] == case.user_motion.values[0]).all()


@pytest.mark.parametrize(("kind", "excess"), [("gaussian", 3.0), ("laplace", 6.0), ("uniform", 1.8)])
def test_noise_in_motion_has_the_spread_asked_for_in_every_channel(kind: str, excess: float) -> None:
    case = case_named(frames=6000)
    assert case.user_motion is not None
    corruption = Corruption(MOTION, kind, 0.5)
    noisy = corrupted(case, corruption, 0.25).user_motion
    assert noisy is not None
    noise = (noisy.values.astype(np.float64) - case.user_motion.values)[hit(case, corruption)]
    assert noise.std(axis=0) == pytest.approx(np.full(FLAME.width, 0.25), rel=0.1)
    assert np.mean(noise**4) / np.mean(noise**2) ** 2 == pytest.approx(excess, rel=0.1)
    assert abs(noise.mean()) < 0.01


def test_silence_takes_whole_frames_of_one_voice() -> None:
    case = case_named()
    for stream, speech, other in (
        ("user-speech", "user_speech", "agent_speech"),
        ("agent-speech", "agent_speech", "user_speech"),
    ):
        heard = corrupted(case, Corruption(stream, "silence", 0.5), 1.0)
        frames = getattr(heard, speech).reshape(FRAMES, -1)
        lost = hit(case, Corruption(stream, "silence", 0.5))
        assert 0.2 < lost[: FRAMES // 2].mean() < 0.8
        assert (frames[lost] == 0).all()
        assert (getattr(heard, other) == getattr(case, other)).all()
    assert not corrupted(case, Corruption("agent-speech", "silence", 1.0), 1.0).agent_speech.any()


@pytest.mark.parametrize("snr_db", [-5.0, 10.0])
def test_noise_in_speech_is_as_loud_as_the_ratio_says(snr_db: float) -> None:
    case = case_named()
    corruption = Corruption("user-speech", "noise", 0.5, snr_db=snr_db)
    noise = (corrupted(case, corruption, 1.0).user_speech - case.user_speech).reshape(FRAMES, -1)
    noisy = hit(case, corruption)
    spoken = case.user_speech.reshape(FRAMES, -1)[speech_activity(case.user_speech)]
    assert (noise[~noisy] == 0).all()
    assert 10 * np.log10(np.mean(spoken**2) / np.mean(noise[noisy] ** 2)) == pytest.approx(snr_db, abs=0.1)


def test_what_is_scored_against_stays_clean() -> None:
    case = case_named()
    for corruption in parse_corruptions(["all"]).values():
        if corruption is not None:
            heard = corrupted(case, corruption, 0.5)
            assert heard.truth is case.truth
            assert heard.events("nod") == case.events("nod")
            assert hit(case, corruption).any()


def test_an_unknown_motion_stays_unknown() -> None:
    blind = replace(person(2), motion=None)
    (case,) = cases_of(0, Conversation("half", user=blind, agent=person(1)))
    assert corrupted(case, Corruption(MOTION, "hold", 0.5), 1.0).user_motion is None


def test_words_name_corruptions_and_beginnings_name_many() -> None:
    words = ["motion:hold:0.3", "user-speech:noise:0.5:-5", "agent-speech:silence:1"]
    assert list(parse_corruptions(words)) == [CLEAN, *words]
    assert parse_corruptions(words)[words[1]] == Corruption("user-speech", "noise", 0.5, snr_db=-5.0)
    assert parse_corruptions(["clean"]) == {CLEAN: None}
    assert parse_corruptions(["user-speech:noise:0.5"])["user-speech:noise:0.5:10"] is not None
    assert list(parse_corruptions(["motion:hold"])) == [CLEAN, *(f"motion:hold:{share}" for share in OCCUPANCIES)]
    everything = parse_corruptions(["all", "motion"])
    assert list(everything) == [CLEAN, *(one.word for one in protocol())]
    assert len(everything) == 1 + len(OCCUPANCIES) * sum(map(len, KINDS.values())) + 1
    for word, one in everything.items():
        assert parse_corruptions([word])[word] == one


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("motions:hold:0.3", "did you mean 'motion'"),
        ("motion:holt:0.3", "did you mean 'hold'"),
        ("user-speech:hold:0.3", r"unknown corruption of user-speech 'hold'; known: noise, silence"),
        ("motion:hold:half", r"'motion:hold:half' is no corruption; .* motion:hold:0\.3"),
        ("motion:hold:0.3:10", "is no corruption"),
        ("user-speech:noise:0.5:loud", r"user-speech:noise:0\.3:10"),
        ("user-speech:noise:0.5:nan", "is no corruption"),
        ("motion:hold:0", "can take 0 to 0.96 of all frames, or 1"),
        ("motion:hold:1.5", "can take 0 to 0.96"),
        ("motion:hold:nan", "can take 0 to 0.96"),
        ("motion:hold:0.99", "can take 0 to 0.96"),
    ],
)
def test_words_that_name_nothing_are_explained(word: str, said: str) -> None:
    with pytest.raises(VisavisError, match=said):
        parse_corruptions([word])


def test_a_ratio_belongs_to_noise_in_speech() -> None:
    with pytest.raises(VisavisError, match="signal to noise"):
        Corruption("user-speech", "noise", 0.5)
    with pytest.raises(VisavisError, match="signal to noise"):
        Corruption("user-speech", "silence", 0.5, snr_db=3.0)
