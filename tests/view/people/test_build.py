from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.build import build_head
from visavis.view.people.looks import AMBER, LOOKS, Look
from visavis.view.people.loops import skin_net
from visavis.view.raster import vertex_normals

NET = skin_net()
TEETH = ("upper teeth", "lower teeth")


@pytest.mark.parametrize("look", LOOKS, ids=[look.name for look in LOOKS])
def test_a_head_is_whole(look: Look) -> None:
    head = build_head(look)
    count = len(head.points)
    assert 8_000 <= count <= 20_000
    assert head.shapes.shape == (len(ARKIT_WEIGHTS), count, 3)
    assert np.unique(head.faces).tolist() == list(range(count))
    for values, width in ((head.colours, 3), (head.gloss, 3), (head.uv, 2), (head.openness[:, None], 1)):
        assert values.shape == (count, width)
        assert 0 <= values.min() <= values.max() <= 1
    np.testing.assert_allclose(head.weights.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vertex_normals(head.points, head.faces), axis=1), 1, atol=1e-5)
    assert sum(part.stop - part.start for part in head.parts.values()) == count
    assert 0.2 < np.ptp(head.points[head.parts["skin"], 1]) < 0.35, "a head is about that high in metres"


@pytest.mark.parametrize("part", ["left eye", "upper teeth", "hair", "body", "left brow"])
def test_parts_face_outwards(part: str) -> None:
    """A closed surface that faces outwards encloses a positive volume; brows and hair nearly do."""
    head = build_head(AMBER)
    there = head.parts[part]
    faces = head.faces[(head.faces >= there.start).all(axis=1) & (head.faces < there.stop).all(axis=1)]
    a, b, c = (head.points[faces[:, i]].astype(float) - head.points[there].mean(axis=0) for i in range(3))
    assert np.einsum("fd,fd->f", a, np.cross(b, c)).sum() > 0


def test_sides_mirror_each_other() -> None:
    head = build_head(AMBER)
    for part in ("eye", "brow", "lashes"):
        left, right = head.parts[f"left {part}"], head.parts[f"right {part}"]
        np.testing.assert_array_equal(head.points[left] * np.float32([-1, 1, 1]), head.points[right])
        for name in (name for name in ARKIT_WEIGHTS if name.endswith("Left")):
            a = head.shapes[ARKIT_WEIGHTS.index(name), left]
            b = head.shapes[ARKIT_WEIGHTS.index(name.removesuffix("Left") + "Right"), right]
            np.testing.assert_allclose(a * [-1, 1, 1], b, atol=1e-6)


def test_brows_ride_on_the_skin_and_lower_teeth_on_the_jaw() -> None:
    head = build_head(AMBER)
    brow = head.shapes[ARKIT_WEIGHTS.index("BrowInnerUp"), head.parts["left brow"], 1]
    assert brow.max() > 0.005
    jaw = head.shapes[ARKIT_WEIGHTS.index("JawOpen")]
    assert np.abs(jaw[head.parts["upper teeth"]]).max() == 0
    assert jaw[head.parts["lower teeth"], 1].max() < -0.01
    assert jaw[head.parts["tongue"], 1].mean() < -0.008


def test_the_mouth_opened_is_not_black_inside_and_the_throat_is_shaded() -> None:
    head = build_head(AMBER)
    assert head.openness[head.parts["upper teeth"]].min() > 0.3
    forehead = np.argmin(np.linalg.norm(head.points[: NET.size] - [0.02, 0.04, 0.08], axis=1))
    assert head.openness[NET.throat] < 0.4 < 0.9 < head.openness[forehead]


def skin_over(points: np.ndarray, faces: np.ndarray, below: np.ndarray) -> np.ndarray:
    """How far ahead of points (N, 3) the foremost triangle over them is; infinite where there is none."""
    a, b, c = (points[faces[:, i]] for i in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    a, b, c, area = (values[area > 1e-12] for values in (a, b, c, area))
    x, y, z = below[:, None].transpose(2, 0, 1)
    u = ((x - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (y - a[:, 1])) / area
    v = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (x - a[:, 0]) * (b[:, 1] - a[:, 1])) / area
    over = (u >= 0) & (v >= 0) & (u + v <= 1)
    ahead = np.where(over, a[:, 2] + u * (b - a)[:, 2] + v * (c - a)[:, 2] - z, -np.inf).max(axis=1)
    return np.asarray(np.where(np.isfinite(ahead), ahead, np.inf))


def clearance(weights: np.ndarray) -> float:
    """The least distance [m] from the front of the teeth to the lips before them, under the given weights."""
    head = build_head(AMBER)
    points = head.shaped(weights).astype(np.float64)
    around = np.zeros(len(points), dtype=bool)
    around[NET.mouth[:-4].ravel()] = True
    teeth = np.concatenate([points[head.parts[name]][::3] for name in TEETH])
    return float(skin_over(points, head.faces[around[head.faces].all(axis=1)], teeth).min())


def test_teeth_never_come_through_the_lips_in_mixed_shapes() -> None:
    assert 0 < clearance(np.zeros(52)) < 0.01
    generator = np.random.default_rng(0)
    mouths = np.array([name.startswith(("Mouth", "Jaw", "Cheek", "Nose")) for name in ARKIT_WEIGHTS])
    for _ in range(12):
        weights = mouths * generator.uniform(0, 0.6, 52) * (generator.random(52) < 0.4)
        assert clearance(weights) > 0


def test_teeth_never_come_through_the_lips_in_a_real_performance(shared: Path) -> None:
    capture = shared / "data" / "livelink" / "alex_rom_3.csv"
    values = np.loadtxt(capture, delimiter=",", skiprows=1, usecols=range(2, 54))[::200]
    assert min(clearance(weights) for weights in values) > 0


@pytest.mark.parametrize("jaw", [0.35, 0.6, 1.0])
def test_the_tongue_comes_out_over_the_lower_lip(jaw: float) -> None:
    head, weights = build_head(AMBER), np.zeros(52)
    weights[ARKIT_WEIGHTS.index("JawOpen")], weights[ARKIT_WEIGHTS.index("TongueOut")] = jaw, 1.0
    points = head.shaped(weights)
    lip = points[NET.mouth[-13:, NET.mouth.shape[1] * 3 // 4]]
    top = lip[np.argmax(lip[:, 1])]
    tongue = points[head.parts["tongue"]]
    over = tongue[(np.abs(tongue[:, 0]) < 0.005) & (np.abs(tongue[:, 2] - top[2]) < 0.004)]
    assert over[:, 1].max() > top[1] + 0.002
    assert tongue[:, 2].max() > top[2] + 0.01


@pytest.mark.parametrize("smile", [0.0, 1.0])
def test_gums_stay_behind_lips_that_close_over_an_open_jaw(smile: float) -> None:
    head, weights = build_head(AMBER), np.zeros(52)
    for name, value in (("JawOpen", 1.0), ("MouthClose", 1.0), ("MouthSmileLeft", smile), ("MouthSmileRight", smile)):
        weights[ARKIT_WEIGHTS.index(name)] = value
    points = head.shaped(weights).astype(np.float64)
    around = np.zeros(len(points), dtype=bool)
    around[: NET.size] = True
    around[NET.mouth[-4:].ravel()] = False
    upper = points[head.parts["upper teeth"]]
    front = upper[(np.abs(upper[:, 0]) < 0.02) & (upper[:, 1] > upper[:, 1].mean())]
    assert skin_over(points, head.faces[around[head.faces].all(axis=1)], front).min() > 0
