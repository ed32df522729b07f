from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.data.simulate.liveliness import RECORDED, continual_movement
from visavis.data.sound import write_sound
from visavis.validate.simulator.separation import (
    CLASSIFIERS,
    PIECE,
    Classifier,
    features,
    main,
    pieces_of,
    separate,
    simulated_heads,
)


def heads(seed: int, count: int, frames: int = 1500, speed: float = 15.0) -> list[np.ndarray]:
    return [
        continual_movement(np.random.default_rng((seed, i)), RECORDED[i % len(RECORDED)], np.full(frames, speed))
        for i in range(count)
    ]


def named(some: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    return {f"person{i}": head for i, head in enumerate(some)}


def test_pieces_are_four_seconds_around_their_mean() -> None:
    head = np.cumsum(np.ones((450, 3)), axis=0)
    pieces = pieces_of(head, 50)
    assert pieces.shape == (8, PIECE, 3)
    np.testing.assert_allclose(pieces.mean(axis=1), 0, atol=1e-9)
    assert pieces_of(head[:99], 50).shape == (0, PIECE, 3)


def test_features_do_not_depend_on_signs_or_where_the_head_points() -> None:
    pieces = pieces_of(heads(0, 1)[0], 50)
    found = features(pieces)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(features(pieces * (-1, 1, -1)), found, atol=1e-6)
    np.testing.assert_allclose(features(pieces + 0.3), found, atol=1e-6)
    assert np.isfinite(features(np.zeros((2, PIECE, 3)))).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_heads_that_move_otherwise_are_told_apart(name: str) -> None:
    """Half as fast at the rate of other people: no threshold on a person's own speed would do without learning."""
    smooth = [np.cumsum(np.cumsum(head, axis=0), axis=0) / 400 for head in heads(5, 16)]
    found = separate(named(heads(1, 4)), smooth[:8], smooth[8:], {name: CLASSIFIERS[name]})[0]
    assert found.accuracy > 0.9
    assert found.low <= found.accuracy <= found.high <= 1
    assert set(found.by_person) == {"person0", "person1", "person2", "person3"}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_heads_that_move_alike_are_not(name: str) -> None:
    found = separate(named(heads(1, 5)), heads(2, 15), heads(3, 10), {name: CLASSIFIERS[name]})[0]
    assert found.accuracy < 0.7


class Memory:
    """Calls real what it has seen among the real."""

    def fit(self, pieces: np.ndarray, real: np.ndarray, weight: np.ndarray) -> None:
        assert weight[real].sum() == pytest.approx(weight[~real].sum())
        self.known = {piece.tobytes() for piece in pieces[real]}

    def real(self, pieces: np.ndarray) -> np.ndarray:
        return np.array([piece.tobytes() in self.known for piece in pieces])


def test_nobody_is_judged_who_was_learned_from() -> None:
    kind: type[Classifier] = Memory
    found = separate(named(heads(1, 3)), heads(2, 2), heads(3, 2), {"memory": kind})[0]
    assert found.accuracy == 0.5
    assert set(found.by_person.values()) == {0.0}


def test_too_few_people_are_refused() -> None:
    with pytest.raises(VisavisError, match="1 recorded people, 2 and 0 simulated"):
        separate(named(heads(1, 1)), heads(2, 2), [])


def test_the_command_prints_a_line_for_each_classifier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split, seed in (("train", 2), ("test", 3)):
        for number, head in enumerate(heads(seed, 2, 400), 1):
            file = tmp_path / "data" / split / f"one_speaker{number}.npz"
            write(file, head)
            write_sound(np.zeros(16_000 * 16, dtype=np.float32), file.with_suffix(".wav"))
    for number, head in enumerate(heads(1, 2, 400), 1):
        write(tmp_path / "real" / f"person{number}.npz", head)
    assert len(simulated_heads(tmp_path / "data", "train")) == 2
    main([str(tmp_path / "data"), str(tmp_path / "real")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CLASSIFIERS)
    assert all("called real: person1" in line for line in lines)


def write(path: Path, head: np.ndarray) -> None:
    values = np.zeros((len(head), ARKIT61.width), dtype=np.float32)
    values[:, ARKIT61.indices("pose")] = head
    path.parent.mkdir(parents=True, exist_ok=True)
    write_motion(Motion(values, ARKIT61), path)
