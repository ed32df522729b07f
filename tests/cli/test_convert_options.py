from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.command import run
from tests.view.player.reading import read_page
from tests.view.rigs.made_up_flame import made_up_flame
from tests.view.room_pair import pair
from tests.view.small_heads import lively, small_head
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.motion import Motion
from visavis.data.motion_files import read_motion, write_motion
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.gltf_file import read_gltf
from visavis.view.rigs.gltf_motion import read_gltf_motion

pytestmark = pytest.mark.usefixtures("here")


def test_a_file_keeps_its_rate_unless_another_is_asked_for(here: Path) -> None:
    write_motion(lively(30, fps=30), here / "fast.npz")
    assert run("convert", "fast.npz", "--out", "same.csv") == 0
    assert run("convert", "fast.npz", "--fps", "60", "--out", "faster.csv") == 0
    same, faster = (read_motion(here / name) for name in ("same.csv", "faster.csv"))
    assert (same.fps, len(same), faster.fps, len(faster)) == (30, 30, 60, 60)
    np.testing.assert_allclose(faster.values[::2], same.values, atol=1e-5)


def test_an_animated_head_gives_its_motion_back_and_what_it_cannot_show_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_glb(here / "head.glb", small_head(), lively())
    assert run("convert", "head.glb", "--out", "motion.npz") == 0
    assert read_motion(here / "motion.npz").fps == 30
    capsys.readouterr()
    assert run("convert", "motion.npz", "--head", "head.glb", "--out", "again.glb") == 0
    assert capsys.readouterr().err == ""
    write_motion(Motion(np.linspace(0, 1, 9)[:, None] * np.ones(ARKIT61.width), ARKIT61), here / "all.npz")
    assert run("convert", "all.npz", "--head", "head.glb", "--out", "some.glb") == 0
    assert "the head has no shapes for EyeLookDownLeft, " in capsys.readouterr().err
    first, again = (read_gltf_motion(here / name) for name in ("head.glb", "again.glb"))
    np.testing.assert_allclose(again.values, first.values, atol=1e-5)


def test_jaw_and_head_convert_without_flame_if_asked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("convert", "motion.npz", "--space", "flame56", "--out", "f.flame.npz") == 2
    assert "give your licensed FLAME file and an ARKit head" in capsys.readouterr().err
    assert run("convert", "motion.npz", "--space", "flame56", "--partly", "--out", "f.flame.npz") == 0
    assert read_motion(here / "f.flame.npz").space is FLAME56
    assert run("convert", "motion.npz", "--partly", "--out", "f.npz") == 2
    assert "name the --space" in capsys.readouterr().err


def test_flame_needs_a_head_to_match(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flame = made_up_flame()
    np.savez(
        here / "flame.npz",
        v_template=flame.template,
        shapedirs=np.concatenate([flame.identities, flame.expressions], axis=2),
        posedirs=flame.correctives,
        J_regressor=flame.regressor,
        weights=flame.weights,
        f=flame.faces,
    )
    assert run("convert", "motion.npz", "--space", "flame56", "--flame", "flame.npz", "--out", "f.npz") == 2
    assert "give one with --head, such as ICT-FaceKit" in capsys.readouterr().err


def test_a_plot_against_the_truth_names_the_models(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, name in enumerate(("true", "first", "second")):
        write_motion(Motion(lively(50, 25, seed).values, ARKIT61), here / f"{name}.npz")
    compare = ("convert", "first.npz", "--truth", "true.npz", "--beside", "second.npz")
    assert run(*compare, "--out", "against.png", "frames.sheet.png", "first.groups.png") == 0
    for name in ("against.png", "frames.sheet.png", "first.groups.png"):
        assert (here / name).read_bytes().startswith(b"\x89PNG")
    assert run(*compare, "--labels", "same", "same", "--out", "against.png") == 2
    assert "two motions are called alike: same, same; name them with --labels" in capsys.readouterr().err
    assert run(*compare, "--labels", "a", "b", "c", "--out", "against.png") == 2
    assert "3 labels given for 2" in capsys.readouterr().err
    assert run("convert", "first.npz", "--beside", "second.npz", "--out", "against.png") == 2
    assert "models are plotted against the truth" in capsys.readouterr().err


def test_films_of_a_comparison_and_of_a_room(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    av = pytest.importorskip("av")
    assert run("convert", "motion.npz", "--truth", "motion.npz", "--fps", "50", "--strip", "--out", "c.mp4") == 0
    assert run("convert", "motion.npz", "--partner", "motion.npz", "--room", "--out", "r.mp4") == 0
    with av.open(str(here / "c.mp4")) as film:
        assert film.streams.video[0].average_rate == 50
    assert run("convert", "motion.npz", "--fps", "30", "--out", "c.mp4") == 2
    assert "a film has 25 or 50 frames a second, 30 were asked for" in capsys.readouterr().err


def test_sound_of_another_length_is_fitted_only_when_asked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("film.mp4", "page.html"):
        assert run("convert", "motion.npz", "--audio", "longer.wav", "--out", name) == 2
        assert "lasts 3.00 s, the motion 1.28 s" in capsys.readouterr().err
        assert not (here / name).exists()
        assert run("convert", "motion.npz", "--audio", "longer.wav", "--fit", "--out", name) == 0


def test_a_head_that_cannot_be_read_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "broken.glb").write_bytes(b"glTF and nothing else")
    assert run("convert", "motion.npz", "--head", "broken.glb", "--out", "film.mp4") == 2
    assert "broken.glb" in capsys.readouterr().err
    assert run("convert", "motion.npz", "--fps", "-1", "--out", "m.npz") == 2
    assert "--fps -1 is no frame rate" in capsys.readouterr().err
    assert run("convert", "motion.npz", "--fps", "0.5", "--out", "m.npz") == 2
    assert "--fps 0.5 is no frame rate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--strip", "--out", "a.html"), "none of a.html shows --strip; leave it out, or write .mp4"),
        (("--truth", "motion.npz", "--out", "a.html"), "none of a.html shows --truth; leave it out, or write .mp4 or"),
        (("--room", "--out", "a.csv", "a.npz"), "none of a.csv, a.npz shows --room; leave it out, or write .glb or"),
        (("--audio", "agent.wav", "--out", "a.csv"), "none of a.csv shows --audio"),
        (("--truth", "motion.npz", "--room", "--out", "a.mp4"), "--room is not shown where --truth or --beside"),
        (("--partner-head", "none.glb", "--out", "a.mp4"), "--partner-head is the second person's; give --partner or"),
        (
            ("--beside", "motion.npz", "--labels", "a", "b", "--out", "a.mp4", "a.png"),
            "a.png: models are plotted against the truth",
        ),
        (("--fps", "60", "--out", "f.csv", "f.npy"), "f.npy: holds 25 fps, the motion has 60"),
    ],
)
def test_options_that_no_output_shows_and_lists_that_cannot_be_had_are_refused_before_the_work(
    here: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    before = sorted(here.iterdir())
    assert run("convert", "motion.npz", *options) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert sorted(here.iterdir()) == before


@pytest.fixture
def room(here: Path) -> Path:
    """A working folder with the co-located motion and the voices of two people."""
    for name, person in zip(("first", "second"), pair(60), strict=True):
        assert person.motion is not None
        write_motion(person.motion, here / f"{name}.npz")
        soundfile.write(here / f"{name}.wav", person.speech, 16_000)
    write_glb(here / "head.glb", small_head(), lively())
    return here


CONVERT = ("convert", "first.npz", "--partner", "second.npz", "--head", "head.glb", "--partner-head", "head.glb")
VOICES = ("--audio", "first.wav", "--partner-audio", "second.wav")


def test_two_people_of_a_room_are_shown_in_it(room: Path) -> None:
    assert run(*CONVERT, "--room", "--out", "a.glb") == 0
    nodes = read_gltf(room / "a.glb").list_of("nodes")
    placed = {node["name"]: node["translation"] for node in nodes if node["name"] in ("user", "agent")}
    np.testing.assert_allclose(placed["agent"], read_motion(room / "first.npz")["translation"][0], atol=1e-6)
    np.testing.assert_allclose(placed["user"], read_motion(room / "second.npz")["translation"][0], atol=1e-6)
    assert run(*CONVERT, *VOICES, "--out", "plain.html") == 0
    assert run(*CONVERT, *VOICES, "--camera", "first", "--out", "first.html") == 0
    pages = [(room / name).read_text(encoding="utf-8") for name in ("plain.html", "first.html")]
    rooms = [read_page(page)[1].header["room"] for page in pages]
    assert rooms[0]["chosen"] == "fixed"
    assert rooms[1]["chosen"] == "second", "MOTION is the second in the picture"
    assert [choice["label"] for choice in rooms[1]["choices"]][-1] == "Over agent's shoulder"


REFUSED = {
    "nobody else": (
        ("convert", "first.npz", "--camera", "second", "--out", "a.html"),
        "over a shoulder shows two people, here is first alone",
    ),
    "no voice": ((*CONVERT, "--camera", "speaker", "--out", "a.html"), "follows voices, and none are given"),
    "no picture": ((*CONVERT[:4], "--camera", "fixed", "--out", "a.csv"), "none of a.csv shows --"),
    "no such camera": ((*CONVERT, "--camera", "third", "--out", "a.html"), "third"),
    "alone in a scene": ((*CONVERT, "--out", "a.glb"), "none of a.glb shows --partner"),
    "compared": (
        ("convert", "first.npz", "--truth", "first.npz", "--camera", "fixed", "--out", "a.mp4"),
        "--camera is not shown where --truth",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_no_camera_shows_is_refused(
    room: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    assert run(*arguments) == 2
    assert reason in " ".join(capsys.readouterr().err.split())
    assert not list(room.glob("a.*"))
