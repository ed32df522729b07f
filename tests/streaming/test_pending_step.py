"""Sessions wait for each input exactly as far as the model's interface says, and carry all that it takes and gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.small_systems import LIVE, chunk_for, make
from tests.streaming.echo import Echo, Hand, cheeks, fed, level
from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.steps import Chunk, StepMotion
from visavis.streaming.pending_step import SETTLED, sliced, stage
from visavis.streaming.pool import Pool
from visavis.streaming.session import Session
from visavis.streaming.timeline import Track
from visavis.system.generate import generate_batch
from visavis.system.request import Request

USER = Track(InputSpec("user_speech", "speech", ahead=-1, span=3))
AGENT = Track(InputSpec("agent_speech", "speech", ahead=2, span=6), own=True)
MOTION = Track(InputSpec("user_motion", "motion", ahead=2, span=6), (1,))


def voices(frames: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    user, agent = (0.1 * random.standard_normal((2, samples_in(frames)))).astype(np.float32)
    return user, agent


def sound(voice: np.ndarray, start: int, stop: int) -> np.ndarray:
    return voice[samples_in(start) : samples_in(stop)]


def test_steps_take_each_input_up_to_what_it_may_reach() -> None:
    assert [(USER.given_before(first), USER.needed_for(first + 4)) for first in (0, 4, 8)] == [(0, 3), (3, 7), (7, 11)]
    assert [(AGENT.given_before(first), AGENT.needed_for(first + 4)) for first in (0, 4)] == [(0, 6), (6, 10)]
    assert [stage((USER, AGENT), first) for first in (0, 4, 8)] == [0, SETTLED, SETTLED]
    late = replace(USER, spec=replace(USER.spec, ahead=-6))
    assert [stage((late,), first) for first in (0, 4, 8)] == [0, 4, SETTLED]


def test_what_did_not_come_is_silence_of_ones_own_voice_and_unknown_of_others() -> None:
    heard, spoken = sliced(USER, 4, 8, None), sliced(AGENT, 4, 8, None)
    assert (heard.values.any(), heard.known.tolist(), heard.came) == (False, [False] * 4, False)
    assert (spoken.values.any(), spoken.known.tolist(), spoken.came) == (True, [True] * 4, False)


@pytest.mark.parametrize("ended", [6, 7, 9])
def test_after_the_end_voices_are_silent_and_all_else_stays(ended: int) -> None:
    spoken = AGENT.pushed(np.ones(samples_in(ended), np.float32), None, 0)
    moved = MOTION.pushed(np.arange(float(ended))[:, None], None, 0)
    given = sliced(spoken, 4, 8, ended)
    assert given.values.reshape(4, -1).mean(1).tolist() == [float(frame < ended) for frame in range(6, 10)]
    assert given.known.all()
    given = sliced(moved, 4, 8, ended)
    assert given.values[:, 0].tolist() == [min(frame, ended - 1) for frame in range(6, 10)]
    assert given.known.all()


@pytest.mark.parametrize("name", LIVE)
def test_a_step_is_drawn_as_soon_as_each_input_has_come_as_far_as_it_may_reach(name: str) -> None:
    system, chunk = make(name), chunk_for(make(name), 40)
    hop, inputs = system.interface.hop, system.interface.inputs
    for held_back in inputs:
        session = Session(system, clock=Hand())
        for one in inputs:
            until = 3 * hop + one.ahead
            value = chunk[one.name][0]
            items = samples_in(until) if one.kind == "speech" else until
            session.push(**{one.name: value[: items - (one is held_back)]})  # type: ignore[arg-type]
        assert len(session.pull()) == 2 * hop, held_back.name
        session.push(**{held_back.name: chunk[held_back.name][0][items_of(held_back, 3 * hop) - 1 :][:1]})  # type: ignore[arg-type]
        assert len(session.pull()) == hop, held_back.name


def items_of(one: InputSpec, frames: int) -> int:
    return samples_in(frames + one.ahead) if one.kind == "speech" else frames + one.ahead


def test_one_frame_at_a_time_is_drawn_with_the_agents_voice_and_the_user_of_the_frame_before() -> None:
    system, (user, agent) = make("toy of frames"), voices(12)
    session = Session(system, seed=3, clock=Hand())
    assert session.latency.algorithmic_s == pytest.approx(0.04)
    session.push(agent_speech=sound(agent, 0, 1))
    drawn = [session.pull().values]
    for frame in range(1, 12):
        session.push(agent_speech=sound(agent, frame, frame + 1))
        assert len(session.pull()) == 0
        heard = sound(user, frame - 1, frame)
        session.push(user_speech=heard[:-1])
        assert len(session.pull()) == 0
        session.push(user_speech=heard[-1:])
        drawn.append(session.pull().values)
    assert [len(values) for values in drawn] == [1] * 12
    whole = system.generate(user, agent, seed=3).values
    np.testing.assert_allclose(np.concatenate(drawn), whole, atol=1e-5)


def test_each_input_has_its_own_time_on_the_clock() -> None:
    system, clock, (user, agent) = make("toy of frames"), Hand(), voices(12)
    session = Session(system, clock=clock, patience_s=0.03)
    session.push(sound(user, 0, 4), sound(agent, 0, 12))
    assert len(session.pull()) == 5
    clock.now = 100 + 0.2 + 0.0299
    assert len(session.pull()) == 0, "frame 5 waits for the user's frame 4, which ends at 0.2 s"
    clock.now = 100 + 0.2 + 0.0301
    assert len(session.pull()) == 1
    session.push(user_speech=sound(user, 5, 12), at=samples_in(5))
    assert len(session.pull()) == 6
    clock.now = 100 + 0.52 + 0.0299
    assert len(session.pull()) == 0, "frame 12 waits for the agent's own, which ends at 0.52 s"
    clock.now = 100 + 0.52 + 0.0301
    assert len(session.pull()) == 2, "frame 13 waits no longer, either, for the user's 12"
    assert (session.counters.overdue, session.counters.lost_speech) == (3, 2)


def test_sessions_that_have_begun_and_that_have_not_share_a_pool() -> None:
    system, (user, agent) = make("toy of frames"), voices(20)
    pool = Pool(system, clock=Hand())
    first = pool.join(seed=0)
    first.push(sound(user, 0, 7), sound(agent, 0, 7))
    pool.pull()
    second = pool.join(seed=1)
    for session, start in ((first, 7), (second, 0)):
        session.push(sound(user, start, start + 10), sound(agent, start, start + 10))
    frames = pool.pull()
    first.interrupt(at=0)
    first.push(agent_speech=sound(agent, 0, 17))
    again = pool.pull()[first]
    for session, seed, got in ((first, 0, frames[first]), (second, 1, frames[second]), (first, 0, again)):
        whole = system.generate(user, agent, seed=seed).values
        assert len(got) in (10, 17), session
        np.testing.assert_allclose(got.values, whole[got.first : got.first + len(got)], atol=1e-5)


class Labelled(Echo):
    """An `Echo` that says of each frame whether the agent is louder than 0.03, and counts the steps."""

    @property
    def interface(self) -> Interface:
        labels = {"loud": ("no", "yes"), "step": tuple(map(str, range(99)))}
        masks = InputSpec("masks", "signal", width=2)
        return replace(super().interface, inputs=(*super().interface.inputs, masks), labels=labels)

    def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def, override]
        motion, after = super().step(chunk, state)
        loud = chunk["agent_speech"].unflatten(1, (self.hop, -1)).mean(-1) > 0.03
        counted = state.turns[:, None].expand(loud.shape)
        motion.sample[:, 0, :, self.space.channels.index("MouthPucker")] = chunk["masks"][..., 1]
        motion.sample[:, 0, :, self.space.channels.index("MouthFunnel")] = chunk.known["masks"].float()
        return StepMotion(motion.sample, labels={"loud": loud.long()[:, None], "step": counted[:, None]}), after


def test_labels_come_with_their_frames_and_are_taken_back_with_them() -> None:
    session, other = Session(Labelled(), clock=Hand()), Session(Labelled(), clock=Hand())
    whole = fed(other, 40)
    assert whole.labels["loud"].tolist() == [0] * 20 + [1] * 20 or whole.labels["loud"].tolist() == [0] * 21 + [1] * 19
    assert whole.labels["step"].tolist() == [frame // 5 for frame in range(40)]
    session.push(level(22), level(22), cheeks(22))
    first = session.pull()
    session.push(level(18, 22), level(18, 22), cheeks(18, 22))
    session._group.advance()
    session.interrupt(at=samples_in(33))
    rest = session.pull()
    assert (rest.first, len(rest)) == (20, 20)
    assert first.labels["loud"].tolist() == whole.labels["loud"].tolist()[:20]
    assert rest.labels["loud"].tolist() == [*whole.labels["loud"].tolist()[20:33], *[0] * 7]
    assert rest.labels["step"].tolist() == whole.labels["step"].tolist()[20:]
    session.close()
    assert {name: len(label) for name, label in session.pull().labels.items()} == {"loud": 0, "step": 0}


def test_labels_of_a_session_are_those_of_the_whole_recording() -> None:
    system, (user, agent) = make("toy of frames"), voices(30)
    torch.nn.init.normal_(system.model.state.weight, std=3.0, generator=torch.Generator().manual_seed(0))
    session = Session(system, seed=2, clock=Hand())
    pulled = []
    for start in range(0, 30, 4):
        session.push(sound(user, start, start + 4), sound(agent, start, start + 4))
        pulled.append(session.pull())
    made = generate_batch(system, [Request.dyad(user, agent, None, seed=2)])[0]
    assert np.concatenate([frames.labels["state"] for frames in pulled]).tolist() == made.labels["state"][0].tolist()
    assert set(made.labels["state"][0].tolist()) == {0, 1}
    told = [frames.state for frames in pulled if frames.state is not None]
    assert len(told) == len(pulled)
    names = np.array(["silent", "speaking"])[made.labels["state"][0]]
    assert made.sample.state is not None
    assert np.concatenate(told).tolist() == made.sample.state.tolist() == names.tolist()
    motion = pulled[0].motion
    assert motion.state is not None
    assert motion.state.tolist() == names[: len(motion)].tolist()


def test_a_model_that_tells_no_states_says_so() -> None:
    session = Session(make("timar shipped"), clock=Hand())
    session.push(*voices(10))
    frames = session.pull()
    assert len(frames) == 10
    assert frames.state is frames.motion.state is None


def test_any_input_of_a_model_is_pushed_by_its_name() -> None:
    session = Session(Labelled(), clock=Hand())
    session.push(level(5), level(5))
    assert len(session.pull()) == 5, "signals are waited for once they came"
    masks = np.stack([np.zeros(5), np.linspace(0, 0.4, 5)], 1)
    session.push(level(5, 5), level(5, 5), masks=masks[:3])
    assert len(session.pull()) == 0
    session.push(masks=masks[3:])
    frames = session.pull()
    assert np.allclose(frames.motion["MouthPucker"][:, 0], masks[:, 1])
    assert frames.motion["MouthFunnel"][:, 0].tolist() == [1] * 5


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mask": np.zeros((1, 2))}, "unknown input of the model 'mask'; did you mean 'masks'"),
        ({"masks": np.zeros((1, 3))}, r"masks of shape \(1, 3\) does not fit; it needs \(frames, 2\)"),
        ({"masks": np.full((1, 2), np.nan)}, "masks: 2 values are NaN or infinite"),
        ({"masks": np.full((1, 2), 1e300)}, r"masks reaches 1e\+300"),
        ({"user_speech": Motion(np.zeros((1, 61)), Echo.space)}, "user_speech is motion, the model takes speech"),
    ],
)
def test_what_a_model_does_not_take_is_refused(given: dict[str, np.ndarray], words: str) -> None:
    session = Session(Labelled(), clock=Hand())
    with pytest.raises(VisavisError, match=words):
        session.push(**given)  # type: ignore[arg-type]


def test_a_model_that_moves_two_people_is_refused() -> None:
    class Pair(Echo):
        @property
        def interface(self) -> Interface:
            return replace(super().interface, people=("first", "second"))

    with pytest.raises(VisavisError, match=r"a session shows one person, this model moves 2"):
        Session(Pair())
