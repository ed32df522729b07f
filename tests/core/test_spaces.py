from __future__ import annotations

import pickle
import subprocess
import sys
from types import MappingProxyType

import pytest

from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace, register_space, space_from_groups, space_named


def test_groups_must_cover_every_channel_exactly_once() -> None:
    def space(*exp: int) -> MotionSpace:
        return MotionSpace("broken", ("a", "b"), MappingProxyType({"exp": exp}), MappingProxyType({"exp": "weight"}))

    assert space(1, 0).width == 2
    for exp in ((0,), (0, 0), (0, 1, 1), (0, 1, 2)):
        with pytest.raises(VisavisError, match="exactly once"):
            space(*exp)


def test_every_group_has_a_unit() -> None:
    with pytest.raises(VisavisError, match="one unit for each of: exp"):
        MotionSpace("broken", ("a",), MappingProxyType({"exp": (0,)}), MappingProxyType({}))


def test_a_registered_space_is_found_by_its_name() -> None:
    space = register_space(space_from_groups("test-tail", {"tail": (4, "weight")}))
    assert space_named("test-tail") is space
    assert register_space(space) is space
    with pytest.raises(VisavisError, match="already registered"):
        register_space(space_from_groups("test-tail", {"tail": (5, "weight")}))


def test_an_unknown_space_meets_the_known_ones() -> None:
    with pytest.raises(VisavisError, match=r"unknown motion space 'arkit52'; did you mean 'arkit61'\?.*flame56"):
        space_named("arkit52")


def test_an_unknown_channel_meets_its_nearest() -> None:
    with pytest.raises(VisavisError, match=r"'JawOpened'; did you mean 'JawOpen'\?"):
        space_named("arkit61").indices("JawOpened")


def test_groups_lie_one_after_another() -> None:
    space = space_from_groups("laid", {"exp": (2, "weight"), "eyes": (6, "rad")}, rotating=("eyes",))
    assert space.channels == ("exp_0", "exp_1", *(f"eyes_{i}" for i in range(6)))
    assert [rotation.channels for rotation in space.rotations] == [(2, 3, 4), (5, 6, 7)]
    assert list(space.indices("eyes")) == [2, 3, 4, 5, 6, 7]


def test_speech_moves_articulation_and_jaw() -> None:
    channels = dict.fromkeys(("mouth", "jaw"), 2) | {"brows": 1}
    names = [f"{group} {number}" for group, count in channels.items() for number in range(count)]
    space = MotionSpace(
        "of speech",
        tuple(names),
        {"mouth": (0, 1), "jaw": (2, 3), "brows": (4,)},
        dict.fromkeys(channels, "weight"),
        parts={"articulation": (3, 0)},
    )
    assert space.spoken == (0, 2, 3)
    assert space_from_groups("of nothing said", {"pose": (3, "rad")}).spoken == ()


def test_rotations_are_found_by_their_group() -> None:
    space = space_from_groups(
        "turning", {"exp": (3, "weight"), "eyes": (6, "rad"), "pose": (3, "rad")}, rotating=("eyes", "pose")
    )
    assert [rotation.channels for rotation in space.rotations_in("eyes")] == [(3, 4, 5), (6, 7, 8)]
    assert space.rotations_in("exp") == space.rotations_in("neck") == ()
    pose = space.rotation_of("pose")
    assert pose is not None
    assert pose.channels == (9, 10, 11)
    assert space.rotation_of("eyes") is space.rotation_of("exp") is space.rotation_of("neck") is None


def test_a_pickled_space_is_the_one_known_here_and_known_elsewhere() -> None:
    space = register_space(
        space_from_groups("test-fins", {"fin": (3, "rad"), "gill": (2, "weight")}, rotating=("fin",))
    )
    assert pickle.loads(pickle.dumps(space)) is space
    code = (
        "import pickle, sys; from visavis.core.spaces import space_named\n"
        "space = pickle.load(sys.stdin.buffer); assert space is space_named('test-fins')\n"
        "print(space.channels, [r.channels for r in space.rotations], dict(space.units))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(space), capture_output=True, check=True)
    expected = (space.channels, [(0, 1, 2)], {"fin": "rad", "gill": "weight"})
    assert done.stdout.decode().split() == " ".join(map(str, expected)).split()


def test_a_space_tells_which_groups_and_parts_it_has() -> None:
    space = space_named("arkit61")
    assert [name for name in ("pose", "blink", "translation", space.channels[0]) if space.has(name)] == [
        "pose",
        "blink",
    ]
