from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import small_head
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import samples_in
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_from_groups
from visavis.data.motion_files import read_motion
from visavis.view import formats, outputs
from visavis.view.outputs import (
    Output,
    hears,
    not_installed,
    outputs_of_pair,
    require_outputs,
    unused,
    write_each,
    write_outputs,
)
from visavis.view.presentation import Presentation, Style
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_motion import read_gltf_motion
from visavis.view.rigs.rig import MeshRig

FRAMES = 6


@pytest.fixture
def take() -> Person:
    values = np.random.default_rng(0).uniform(0, 0.5, (FRAMES, ARKIT61.width))
    return Person(np.zeros(samples_in(FRAMES), dtype=np.float32), Motion(values, ARKIT61))


def test_every_ending_gets_its_format(tmp_path: Path, take: Person) -> None:
    paths = [tmp_path / f"deep/agent{ending}" for ending in (".npz", ".npy", ".csv")]
    require_outputs(paths, ARKIT61)
    write_outputs(paths, Presentation(take))
    for path in paths:
        np.testing.assert_allclose(read_motion(path).values, take.motion.values, atol=1e-6)


def test_files_of_two_people_are_one_each_where_a_format_holds_one() -> None:
    first, second = (Person(None, Motion(np.full((FRAMES, FLAME56.width), n), FLAME56)) for n in (1, 2))
    paths = [Path("deep/a.flame.npz"), Path("a.b.CSV"), Path("f.mp4"), Path("s.sheet.png"), Path("g.groups.png")]
    outputs = outputs_of_pair(paths, first, second, ("left", "right"))
    one_each = ["deep/a_left.flame.npz", "deep/a_right.flame.npz", "a.b_left.CSV", "a.b_right.CSV"]
    groups = ["g_left.groups.png", "g_right.groups.png"]
    assert [one.path.as_posix() for one in outputs] == [*one_each, "f.mp4", "s.sheet.png", *groups]
    assert [one.presentation.agent for one in outputs[:4]] == [first, second, first, second]
    assert [list(one.presentation.people) for one in outputs[:2]] == [["left"], ["right"]]
    assert outputs[4].presentation.people == {"left": first, "right": second}


def test_nothing_is_written_where_one_of_several_outputs_cannot_be(tmp_path: Path, take: Person) -> None:
    slow = Person(None, Motion(take.motion.values, ARKIT61, 30))
    outputs = [Output(tmp_path / "a.npz", Presentation(take)), Output(tmp_path / "b.npy", Presentation(slow))]
    with pytest.raises(VisavisError, match="npy"):
        write_each(outputs)
    assert not list(tmp_path.iterdir())


def test_a_film_shows_both_and_hears_both(tmp_path: Path, take: Person) -> None:
    av = pytest.importorskip("av")
    tone = 0.3 * np.sin(np.arange(samples_in(FRAMES)) / 5).astype(np.float32)
    seen: list[tuple[int, int]] = []
    presentation = Presentation(take, Person(tone))
    write_outputs([tmp_path / "f.mp4"], presentation, progress=lambda done, total: seen.append((done, total)))
    with av.open(str(tmp_path / "f.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == FRAMES
    with av.open(str(tmp_path / "f.mp4")) as film:
        assert max(float(np.abs(frame.to_ndarray()).max()) for frame in film.decode(audio=0)) > 0.05
    assert seen[-1] == (FRAMES, FRAMES)


def test_a_head_and_a_skeleton_keep_the_rate_unless_another_is_asked_for(tmp_path: Path, take: Person) -> None:
    paths, head = [tmp_path / "agent.glb", tmp_path / "agent.bvh"], MeshRig(small_head())
    require_outputs(paths, ARKIT61, Style(head=head))
    fast = Presentation(Person(motion=Motion(take.motion.values, ARKIT61, 30)))
    for fps, rate, frames in ((None, 30, FRAMES), (60, 60, 2 * FRAMES)):
        write_outputs(paths, fast, Style(fps=fps, head=head))
        motion = read_gltf_motion(paths[0])
        assert (motion.fps, len(motion)) == (rate, frames)
        assert f"Frames: {frames}\nFrame Time: {1 / rate:.10f}" in paths[1].read_text()
    write_outputs([tmp_path / "agent.csv"], fast)
    assert read_motion(tmp_path / "agent.csv").fps == 30
    write_outputs([tmp_path / "agent.csv"], fast, Style(fps=60))
    assert read_motion(tmp_path / "agent.csv").fps == 60


def test_the_layout_of_dualtalk_is_asked_for_by_its_ending(tmp_path: Path, take: Person) -> None:
    flame = Motion(np.random.default_rng(0).normal(size=(FRAMES, FLAME56.width)), FLAME56, 50)
    require_outputs([tmp_path / "agent.flame.npz"], FLAME56)
    write_outputs([tmp_path / "agent.flame.npz"], Presentation(Person(motion=flame)), Style(fps=25))
    with np.load(tmp_path / "agent.flame.npz") as arrays:
        assert sorted(arrays.files) == ["exp", "pose"]
        assert len(arrays["exp"]) == FRAMES // 2
    with pytest.raises(VisavisError, match=r"\.flame\.npz holds flame56 only, the motion is in arkit61; use \.npz"):
        require_outputs([tmp_path / "agent.flame.npz"], ARKIT61)
    with pytest.raises(VisavisError, match="convert it first"):
        write_outputs([tmp_path / "agent.flame.npz"], Presentation(take))


def test_a_glb_without_a_head_shows_our_own(tmp_path: Path, take: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "own_head", small_head)
    write_outputs([tmp_path / "agent.glb"], Presentation(take))
    assert read_arkit_gltf(tmp_path / "agent.glb").mesh.names == ("JawOpen", "EyeBlinkLeft", "MouthSmileRight")
    monkeypatch.setattr(outputs.importlib.util, "find_spec", lambda _: None)
    require_outputs([tmp_path / "agent.glb"])


def test_players_and_scenes_need_no_extra_and_pictures_all_of_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = [tmp_path / name for name in ("a.npz", "a.npy", "a.csv", "a.glb", "a.bvh", "a.html")]
    for lacking in ("numba", "threadpoolctl", "matplotlib"):
        monkeypatch.setitem(sys.modules, lacking, None)
        require_outputs(plain)
        for drawn in ("a.mp4", "a.sheet.png"):
            told = str(not_installed(tmp_path / drawn))
            assert told.endswith(f"needs {lacking}; install it with: pip install 'visavis[view]'")
        monkeypatch.undo()


def test_usd_is_written_if_its_extra_is_there(tmp_path: Path, take: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs.importlib.util, "find_spec", lambda name: None if name == "pxr" else name)
    with pytest.raises(VisavisError, match=r"writing USD needs pxr; .*visavis\[usd\]"):
        require_outputs([tmp_path / "agent.usda"], ARKIT61)
    monkeypatch.undo()
    pytest.importorskip("pxr", reason="needs usd-core; pip install 'visavis[usd]'")
    write_outputs([tmp_path / "agent.usda"], Presentation(take), Style(fps=50, head=MeshRig(small_head())))
    assert "timeCodesPerSecond = 50" in (tmp_path / "agent.usda").read_text()


def test_spaces_that_cannot_be_shown_are_refused_before_the_work(tmp_path: Path) -> None:
    unknown = space_from_groups("unshowable", {"exp": (3, "weight")})
    for name in ("agent.bvh", "agent.glb"):
        with pytest.raises(VisavisError, match="'unshowable' cannot be shown"):
            require_outputs([tmp_path / name], unknown, Style(head=MeshRig(small_head())))


@pytest.mark.parametrize("name", ["agent.fbx", "agent"])
def test_an_unknown_ending_meets_the_known_ones(tmp_path: Path, name: str) -> None:
    known = r"use \.npz, \.flame\.npz, \.npy, \.csv, \.glb, \.bvh, \.usd, \.usda, \.usdc, \.html, \.mp4, \.png, "
    with pytest.raises(VisavisError, match=known + r"\.groups\.png or \.sheet\.png"):
        require_outputs([tmp_path / "agent.npz", tmp_path / name])


def test_a_live_link_file_holds_arkit_only(tmp_path: Path) -> None:
    require_outputs([tmp_path / "agent.csv"])
    require_outputs([tmp_path / "agent.npz"], FLAME56)
    with pytest.raises(VisavisError, match=r"\.csv holds arkit61 only, the motion is in flame56; use \.npz"):
        require_outputs([tmp_path / "agent.csv"], FLAME56)


def test_places_that_cannot_be_written_are_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(VisavisError, match="is a folder"):
        require_outputs([tmp_path / "agent.npz", tmp_path / "folder.npz"])


def test_a_film_without_its_extra_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs.importlib.util, "find_spec", lambda name: None if name == "av" else name)
    with pytest.raises(VisavisError, match=r"making a film needs av; .*visavis\[view\]"):
        require_outputs([tmp_path / "film.mp4"])
    require_outputs([tmp_path / "agent.npz"])


def test_what_no_output_makes_anything_of_is_told_with_the_endings_that_would(tmp_path: Path) -> None:
    page, film, data = (tmp_path / name for name in ("a.html", "a.mp4", "a.npz"))
    assert unused([page, data], ["truth", "studio", "strip"], comparing=True) == {
        "truth": (".mp4", ".png", ".sheet.png"),
        "studio": (),
        "strip": (".mp4",),
    }
    assert unused([page, film], ["truth", "strip", "user_motion"], comparing=True) == {}
    assert unused([film], ["user_motion"], comparing=True) == {"user_motion": (".html",)}
    assert unused([film], ["user_motion", "studio"], comparing=False) == {}


def test_what_people_say_is_asked_for_by_films_and_not_by_motion_files() -> None:
    assert hears([Path("talk.npz"), Path("talk.mp4")])
    assert hears([Path("talk.html")])
    assert not hears([Path("talk.npz"), Path("talk.csv"), Path("talk.glb"), Path("talk.sheet.png")])
