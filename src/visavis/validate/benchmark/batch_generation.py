"""Batch generation: the motion of every case, made by every variant of a model, many recordings at a time.

Shapes: S sound samples at 16 kHz, T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.system.generate import Generated, generate_batch
from visavis.system.request import Request
from visavis.system.system import System
from visavis.validate.benchmark.case_scores import GeneratedMotions
from visavis.validate.benchmark.cases import Case, others_of, with_user_of
from visavis.validate.benchmark.corruption import Corruption, corrupted
from visavis.validate.benchmark.dataset_statistics import DatasetStatistics
from visavis.validate.benchmark.runner import GeneratedCase
from visavis.validate.benchmark.told_states import rule_confusions, state_confusions, told_states

BATCH = 16
"""Recordings that a system makes side by side; each row has its own noise, so the number changes nothing."""

CASES_AT_ONCE = 16
"""Cases that are read and generated together."""


class Generator(Protocol):
    """What is evaluated: anything that turns a conversation into the agent's motion."""

    @property
    def space(self) -> MotionSpace:
        """The space of its motion."""
        ...

    @property
    def frames_per_step(self) -> int:
        """Frames that are generated together: seams are looked for at their multiples."""
        ...

    @property
    def mean_face(self) -> np.ndarray | None:
        """The mean motion (D,) of its training data; None: that of the evaluated data stands in for it."""
        ...

    def generate(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, /, *, seed: int = 0
    ) -> Motion:
        """A draw of the agent's motion from both voices (S,) and the user's motion."""
        ...


@runtime_checkable
class PredictsMean(Protocol):
    """A generator that also knows the mean of what it would draw."""

    def mean_motion(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, /
    ) -> Motion:
        """The mean of all draws: what it would answer to be judged by squared error."""
        ...


@dataclass(frozen=True, eq=False)
class Variant:
    """A system and what its input goes through; None: nothing, and the controls are scored beside it."""

    system: Generator
    corruption: Corruption | None = None


def generate_all(system: Generator, requests: Sequence[Request]) -> list[Generated]:
    """The motion of every request, and the predicted mean where it is wanted and the model has one."""
    if isinstance(system, System):
        made: dict[int, Generated] = {}
        for seen in (True, False):
            order = [n for n, request in enumerate(requests) if ("user_motion" in request.values) == seen]
            order.sort(key=lambda n: requests[n].frames)
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                made.update(zip(rows, generate_batch(system, [requests[n] for n in rows]), strict=True))
        return [made[n] for n in range(len(requests))]
    return [_alone(system, request) for request in requests]


def _alone(system: Generator, request: Request) -> Generated:
    user, agent, motion = (request.value(name) for name in ("user_speech", "agent_speech", "user_motion"))
    assert isinstance(user, np.ndarray)
    assert isinstance(agent, np.ndarray)
    assert not isinstance(motion, np.ndarray)
    given = (user, agent, motion)
    wanted = request.mean and isinstance(system, PredictsMean)
    mean = system.mean_motion(*given) if wanted and isinstance(system, PredictsMean) else None
    return Generated((system.generate(*given, seed=request.seed),), None if mean is None else (mean,))


def generate_motions(
    system: Generator, pairs: Sequence[tuple[Case, Case | None]], seeds: Sequence[int]
) -> list[GeneratedMotions]:
    """Everything the system is asked for in some cases, each with the case whose user is put in its user's place.

    Of a system that moves two people each case takes its own agent, and both cases of a conversation the same draw.
    """
    two = _moves_two(system)
    requests: list[Request] = []
    for case, other in pairs:
        for number, seed in enumerate(seeds):
            requests.append(_request(two, case, case.user_speech, case.user_motion, seed, mean=number == 0))
        if other is not None:
            requests.append(_request(two, case, *with_user_of(case, other), seeds[0]))
    made = iter(_generate_once(system, requests) if two else generate_all(system, requests))
    generated: list[GeneratedMotions] = []
    for case, other in pairs:
        person = case.place if two else 0
        draws = [next(made) for _ in seeds]
        means = draws[0].means
        swapped = None if other is None else _fitting(next(made).samples[person], case)
        mean = None if means is None else _fitting(means[person], case)
        samples = tuple(_fitting(one.samples[person], case) for one in draws)
        partners = tuple(_fitting(one.samples[1 - person], case) for one in draws) if two else ()
        confusions = _confusions(system, case, draws, person)
        generated.append(GeneratedMotions(samples, swapped, mean, confusions, partners))
    return generated


def _confusions(system: Generator, case: Case, draws: Sequence[Generated], person: int) -> tuple[np.ndarray, ...]:
    """What states a system tells in each draw of a case, by the true ones; nothing where they are not known."""
    if not isinstance(system, System):
        return ()
    told = (state_confusions(case, told_states(system.interface, one.labels, person)) for one in draws)
    return tuple(one for one in told if one is not None)


def _moves_two(system: Generator) -> bool:
    return isinstance(system, System) and len(system.interface.people) == 2


def _request(
    two: bool, case: Case, user_speech: np.ndarray, user_motion: Motion | None, seed: int, mean: bool = False
) -> Request:
    """One case, perhaps with another user; where both people are moved, neither's motion is given."""
    if not two:
        return Request.dyad(user_speech, case.agent_speech, user_motion, seed, mean)
    first, second = (user_speech, case.agent_speech) if case.place else (case.agent_speech, user_speech)
    return Request.pair(first, second, seed, mean, _places(case))


def _places(case: Case) -> np.ndarray | None:
    """Where both people of a conversation are at first (2, 3) [m], in the order of their numbers; None where it is not
    known of both."""
    people = [case.truth, case.user_motion]
    firsts = [one["translation"][0] for one in people if one is not None and "translation" in one.space.groups]
    if len(firsts) < len(people):
        return None
    return np.stack(firsts[::-1] if case.place else firsts)


def _generate_once(system: Generator, requests: Sequence[Request]) -> list[Generated]:
    """`generate_all`, where what is asked for twice, once for each person of a conversation, is generated once."""
    unique: dict[tuple[object, ...], Request] = {}
    keys = [(one.seed, *(np.asarray(value).tobytes() for value in one.values.values())) for one in requests]
    for key, request in zip(keys, requests, strict=True):
        unique.setdefault(key, request)
    made = dict(zip(unique, generate_all(system, list(unique.values())), strict=True))
    return [made[key] for key in keys]


def _each(
    system: Generator, pairs: Sequence[tuple[Case, Case | None]], seeds: Sequence[int]
) -> list[GeneratedMotions | VisavisError]:
    """`generate_motions`, with what is wrong in the place of the cases of which the system makes nothing usable."""
    try:
        return [*generate_motions(system, pairs, seeds)]
    except VisavisError as error:
        if len(pairs) == 1:
            return [error]
    return [one for pair in pairs for one in _each(system, [pair], seeds)]


def generate_cases(
    variants: Mapping[str, Variant],
    cases: Sequence[Case],
    dataset: DatasetStatistics,
    seeds: Sequence[int],
    done: Callable[[], None],
) -> Iterator[GeneratedCase]:
    """What every variant makes of each case, in their order; a case of which one makes NaN has a problem instead."""
    others = others_of(dataset.clips)
    for start in range(0, len(cases), CASES_AT_ONCE):
        numbers = range(start, min(start + CASES_AT_ONCE, len(cases)))
        pairs = [(cases[number], _case(cases, others[number])) for number in numbers]
        made: dict[str, list[GeneratedMotions | VisavisError]] = {}
        for name, variant in variants.items():
            made[name] = _each(variant.system, _model_inputs(pairs, variant.corruption, dataset.spread), seeds)
            for _ in numbers:
                done()
        for at, (case, _) in enumerate(pairs):
            yield _together(case, {name: generated[at] for name, generated in made.items()})


def _together(case: Case, made: Mapping[str, GeneratedMotions | VisavisError]) -> GeneratedCase:
    wrong = [one for one in made.values() if isinstance(one, VisavisError)]
    if wrong:
        return GeneratedCase(case, {}, f"{case.name}: {wrong[0]}")
    motions = {name: one for name, one in made.items() if not isinstance(one, VisavisError)}
    told = any(one.confusions for one in motions.values())
    return GeneratedCase(case, motions, rules=rule_confusions(case) if told else {})


def _model_inputs(
    pairs: Sequence[tuple[Case, Case | None]], corruption: Corruption | None, spread: float
) -> Sequence[tuple[Case, Case | None]]:
    """The cases as the model is given them; under corruption the user is not replaced as well."""
    if corruption is None:
        return pairs
    return [(corrupted(case, corruption, spread), None) for case, _ in pairs]


def _case(cases: Sequence[Case], number: int | None) -> Case | None:
    return None if number is None else cases[number]


def _fitting(motion: Motion, case: Case) -> Motion:
    return motion.cut(0, len(case.truth))
