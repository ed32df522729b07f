from __future__ import annotations

import numpy as np

from tests.view.player.reading import unpacked
from tests.view.small_heads import lively, only, small_head
from visavis.view.people.looks import LOOKS
from visavis.view.player.animation import animated
from visavis.view.player.avatar import Avatar, avatar_of, own_avatar
from visavis.view.player.embed import packed_animation, packed_avatar, packed_curves, packed_states
from visavis.view.player.pack import Pack
from visavis.view.plot.state_colours import state_colours


def assert_comes_back(avatar: Avatar) -> int:
    """Returns how much room the avatar takes [bytes]."""
    pack, mesh = Pack(), avatar.mesh
    entry = packed_avatar(pack, avatar)
    text = pack.text({})
    read = unpacked(text)
    np.testing.assert_allclose(read.array(entry["vertices"]).T, mesh.vertices, atol=5e-6)
    np.testing.assert_array_equal(read.array(entry["faces"]).T, mesh.faces)
    surface = read.array(entry["surface"]).T / 255
    np.testing.assert_allclose(surface[:, :3], np.clip(avatar.colours, 0, 1), atol=0.002)
    np.testing.assert_allclose(surface[:, 3], avatar.openness, atol=0.002)
    np.testing.assert_allclose(read.array(entry["following"]).T / 65535, mesh.following, atol=1e-5)
    shapes, at = np.zeros_like(mesh.offsets), 0
    rows, offsets = (read.array(entry["shapes"][name]) for name in ("rows", "offsets"))
    for shape, count in zip(shapes, read.array(entry["shapes"]["counts"]), strict=True):
        shape[rows[at : at + count]] = offsets[:, at : at + count].T
        at += count
    np.testing.assert_allclose(shapes, mesh.offsets, atol=6e-6)
    return len(text)


def test_a_mesh_comes_back() -> None:
    assert_comes_back(avatar_of(small_head()))


def test_an_own_head_comes_back_and_is_small() -> None:
    assert assert_comes_back(own_avatar(LOOKS[0])) < 600_000


def test_motion_comes_back() -> None:
    acted, pack = animated(lively(40), avatar_of(small_head())), Pack()
    entry = packed_animation(pack, acted)
    read = unpacked(pack.text({}))
    np.testing.assert_allclose(read.array(entry["weights"]).T, acted.weights, atol=1e-5)
    np.testing.assert_allclose(np.moveaxis(read.array(entry["turns"]), -1, 0) / 32767, acted.turns, atol=2e-5)


def test_curves_tell_jaw_and_head_of_those_who_move() -> None:
    acted, pack = animated(only(HeadPitch=0.5, JawOpen=0.4), avatar_of(small_head())), Pack()
    jaw, pitch, yaw = packed_curves(pack, [None, acted])
    read = unpacked(pack.text({}))
    assert [curve["lines"][0] for curve in (jaw, pitch, yaw)] == [None] * 3
    np.testing.assert_allclose(read.array(jaw["lines"][1]), 0.4, atol=1e-6)
    np.testing.assert_allclose(read.array(pitch["lines"][1]), np.degrees(0.5), atol=1e-3)
    assert pitch["low"] > 28 > 0 > pitch["high"]
    assert yaw["low"] == -yaw["high"]
    assert packed_curves(Pack(), [None, None]) == []


def test_states_come_back_by_name_with_their_colours() -> None:
    pack, told = Pack(), np.array(["waiting", "speaking", "speaking"])
    nobody, own = packed_states(pack, [None, told])
    assert nobody is None
    assert own is not None
    values = unpacked(pack.text({})).array(own["values"])
    assert [own["names"][value] for value in values] == told.tolist()
    assert dict(zip(own["names"], own["colours"], strict=True)) == state_colours(told)
