from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.view.rigs.made_up_flame import JOINTS, made_up_flame
from tests.view.small_heads import lively
from visavis.core.builtin_spaces import FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile
from visavis.view.rigs.flame import FlameRig, read_flame


def motion(**channels: list[float]) -> Motion:
    values = np.zeros((1, FLAME56.width))
    for name, given in channels.items():
        values[0, FLAME56.indices(name)[: len(given)]] = given
    return Motion(values, FLAME56)


def arrays() -> dict[str, np.ndarray]:
    flame = made_up_flame()
    return {
        "v_template": flame.template,
        "shapedirs": np.concatenate([flame.identities, flame.expressions], axis=2).astype(np.float32),
        "posedirs": flame.correctives,
        "J_regressor": flame.regressor,
        "weights": flame.weights,
        "f": flame.faces.astype(np.uint32),
    }


def test_expressions_add_up() -> None:
    flame = made_up_flame()
    moved = FlameRig(flame).vertices(motion(exp=[0.5, 0, -1]))[0]
    expected = flame.template + 0.5 * flame.expressions[:, :, 0] - flame.expressions[:, :, 2]
    np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_the_jaw_turns_about_its_joint_and_the_neck_carries_it() -> None:
    flame, angle = made_up_flame(), 0.3
    jaw = flame.weights[:, 2] == 1
    still = flame.weights[:, 1] == 1
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    opened = FlameRig(flame).vertices(motion(jaw=[angle, 0, 0]))[0]
    np.testing.assert_allclose(opened[still], flame.template[still], atol=1e-6)
    about_jaw = (flame.template[jaw] - JOINTS[2]) @ turn.T + JOINTS[2]
    np.testing.assert_allclose(opened[jaw], about_jaw, atol=1e-6)
    both = FlameRig(flame).vertices(motion(jaw=[angle, 0, 0], pose=[angle, 0, 0]))[0]
    np.testing.assert_allclose(both[jaw], (about_jaw - JOINTS[1]) @ turn.T + JOINTS[1], atol=1e-6)


def test_eyes_identity_and_correctives_take_part() -> None:
    flame = made_up_flame()
    zero = np.zeros((1, 3))
    shaped = flame.vertices(np.zeros((1, 50)), zero, zero, identity=(2.0,))[0]
    np.testing.assert_allclose(shaped, flame.template + 2 * flame.identities[:, :, 0], atol=1e-9)
    correctives = np.zeros_like(flame.correctives)
    correctives[7, :, 9] = 1.0  # of the jaw's rotation matrix, row 0, column 0
    bent = type(flame)(**{**vars(flame), "correctives": correctives, "weights": np.eye(5)[np.zeros(5023, int)]})
    moved = bent.vertices(np.zeros((1, 50)), np.array([[0, 0.5, 0]]), zero)[0]
    np.testing.assert_allclose(moved[7] - flame.template[7], np.cos(0.5) - 1, atol=1e-9)
    eyes = type(flame)(**{**vars(flame), "weights": np.eye(5)[np.full(5023, 3)]})
    looked = eyes.vertices(np.zeros((1, 50)), zero, zero, eyes=np.array([[0, 0.2, 0, 0, 0, 0]]))[0]
    away = flame.template - JOINTS[3]
    np.testing.assert_allclose(looked[:, 1], flame.template[:, 1], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(looked - JOINTS[3], axis=1), np.linalg.norm(away, axis=1), atol=1e-9)


def test_pickle_and_npz_give_the_same_head(tmp_path: Path) -> None:
    np.savez(tmp_path / "flame.npz", **arrays())
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps(arrays() | {"bs_style": "lbs"}, 2))
    given = motion(exp=[1.0, 0.5], jaw=[0.1, 0, 0.05], pose=[0, 0.2, 0])
    for file in ("flame.npz", "flame.pkl"):
        moved = FlameRig(read_flame(tmp_path / file)).vertices(given)
        np.testing.assert_allclose(moved, FlameRig(made_up_flame()).vertices(given), atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"v_template": np.zeros((6890, 3))}, r"no FLAME model of 5023 vertices: v_template has shape \(6890, 3\)"),
        ({"shapedirs": np.zeros((5023, 3, 10))}, r"shapedirs has shape \(5023, 3, 10\); give FLAME 2017, 2020 or 2023"),
        ({"f": np.array([0, 1, 2])}, r"f has shape \(3,\)"),
        ({"f": np.array([[0, 1, 9000]])}, "f names the vertices 0 to 9000, there are 0 to 5022"),
        ({"f": np.array([[0, 1, -3]])}, "f names the vertices -3 to 1, there are 0 to 5022"),
        ({"f": np.array([[0, 1, np.nan]])}, r"f holds 1 values that are NaN.*the first at \(0, 2\)"),
        ({"v_template": np.zeros(5023 * 3)}, r"v_template has shape \(15069,\)"),
        ({"v_template": np.full((5023, 3), 0.1)}, "its 5023 vertices of v_template span 0 x 0 x 0, which is no head"),
        ({"v_template": np.float64(0.5)}, r"v_template has shape \(\)"),
        ({"weights": np.full((5023, 5), np.inf)}, "weights holds 25115 values that are NaN, infinite"),
        ({"J_regressor": np.full((5, 5023), "x")}, "J_regressor holds <U1 values; write real numbers"),
    ],
)
def test_other_models_are_refused(tmp_path: Path, changes: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "flame.npz", **(arrays() | changes))
    with pytest.raises(BrokenFile, match=message):
        read_flame(tmp_path / "flame.npz")


def test_files_without_its_arrays_are_refused(tmp_path: Path) -> None:
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps({"v_template": np.zeros((5023, 3)), "exp": np.zeros(3)}))
    message = r"lacks shapedirs, posedirs, J_regressor, weights, f \(arrays: exp, v_template\)"
    with pytest.raises(BrokenFile, match=message):
        read_flame(tmp_path / "flame.pkl")


def test_motion_of_another_space_is_told_how_to_convert() -> None:
    with pytest.raises(VisavisError, match=r"moves by flame56, the motion is in arkit61; convert arkit61 with"):
        FlameRig(made_up_flame()).vertices(lively(2))
