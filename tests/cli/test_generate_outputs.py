from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.cli.command import SECONDS, run
from tests.small_systems import make
from tests.view.player.reading import read_page
from visavis.analysis.states import STATES
from visavis.cli.generate_outputs import generate_agent
from visavis.core.clock import FPS, samples_in
from visavis.core.layout import Layout
from visavis.data.levels import mixed_alike
from visavis.data.motion_files import read_motion
from visavis.data.rttm import read_masks
from visavis.data.sound import read_sound
from visavis.encode.activity import speech_activity
from visavis.encode.diarisation import WhoSpeaks
from visavis.models.talking_together.layout import layout_from_words
from visavis.system import ROOM_MODEL
from visavis.system.folder import save_system
from visavis.system.shipped import load
from visavis.view.outputs import Output

FRAMES = int(SECONDS * FPS)


@pytest.fixture
def pair(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a model of two people, a recording of both and who speaks in it, which nobody hears."""
    silent = np.zeros((FRAMES, 2), np.float32)
    monkeypatch.setattr("visavis.encode.diarisation.who_speaks", lambda _: WhoSpeaks(silent, silent > 0, 0))
    save_system(make("toy of pairs"), here / "pair")
    sounds = [soundfile.read(here / f"{name}.wav") for name in ("user", "agent")]
    soundfile.write(here / "mix.wav", sum(sound for sound, _ in sounds), sounds[0][1])
    spans = (("B", 0.0, 0.6), ("A", 0.5, 0.7))
    lines = [f"SPEAKER mix 1 {start} {length} <NA> <NA> {who} <NA> <NA>" for who, start, length in spans]
    (here / "mix.rttm").write_text("\n".join(lines))
    return here


GENERATE = ("generate", "mix.wav", "--model", "pair")


def drawn(here: Path, *, animated: bool) -> list[Output]:
    """What the command would write of two voices."""
    voices, out = (here / "user.wav", here / "agent.wav"), (here / "a.npz", here / "b.mp4")
    return generate_agent(make("timar shipped"), *voices, None, animated, out, 3, lambda *_: None)


def test_two_voices_alone_move_both_people_and_every_file_holds_the_same_agent(here: Path) -> None:
    voices = read_sound(here / "user.wav"), read_sound(here / "agent.wav")
    both = make("timar shipped").converse(*voices, seed=3)
    for output in drawn(here, animated=True):
        np.testing.assert_array_equal(output.presentation.motion.values, both.agent.values)
        user = output.presentation.user
        assert user is not None
        assert user.motion is not None
        np.testing.assert_array_equal(user.motion.values, both.user.values)


def test_a_still_user_is_not_seen(here: Path) -> None:
    alone = make("timar shipped").generate(read_sound(here / "user.wav"), read_sound(here / "agent.wav"), seed=3)
    for output in drawn(here, animated=False):
        np.testing.assert_array_equal(output.presentation.motion.values, alone.values)
        user = output.presentation.user
        assert user is not None
        assert user.motion is None


def test_who_moves_is_an_option(here: Path) -> None:
    given = ("generate", "user.wav", "agent.wav", "--model", "model", "--seed", "3")
    options = {"unset": (), "animated": ("--user", "animated"), "still": ("--user", "still")}
    for name, option in options.items():
        assert run(*given, *option, "--out", f"{name}.npy") == 0
    unset, animated, still = (np.load(here / f"{name}.npy") for name in options)
    np.testing.assert_array_equal(unset, animated)
    alone = load(here / "model").generate(read_sound(here / "user.wav"), read_sound(here / "agent.wav"), seed=3)
    np.testing.assert_array_equal(still, alone.values)
    assert np.abs(still - animated).max() > 1e-4


def test_one_recording_becomes_the_motion_of_both(pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*GENERATE, "--masks", "mix.rttm", "--seed", "3", "--out", "a.npz", "deep/b.CSV", "c.npy") == 0
    printed = capsys.readouterr()
    names = ("a_first.npz", "a_second.npz", "deep/b_first.CSV", "deep/b_second.CSV", "c_first.npy", "c_second.npy")
    said = f"{FRAMES / FPS:.2f} s, {FRAMES} frames of arkit61 at 25 fps"
    assert (printed.err, printed.out) == ("", "".join(f"{name}: {said}\n" for name in names))
    masks = read_masks(pair / "mix.rttm", "mix", FRAMES)
    expected = make("toy of pairs").generate(read_sound(pair / "mix.wav"), masks=masks, seed=3)
    for person, motion in zip(("first", "second"), expected, strict=True):
        np.testing.assert_allclose(read_motion(pair / f"a_{person}.npz").values, motion.values, atol=1e-6)
    assert not (pair / "a.npz").exists()


def test_where_no_model_is_named_one_recording_is_drawn_with_that_of_rooms(pair: Path) -> None:
    given = ("generate", "mix.wav", "--masks", "mix.rttm")
    assert run(*given, "--out", "unnamed.npz") == 0
    assert run(*given, "--model", ROOM_MODEL, "--out", "named.npz") == 0
    for person in ("first", "second"):
        unnamed, named = (read_motion(pair / f"{name}_{person}.npz") for name in ("unnamed", "named"))
        assert unnamed.space.name == "colocated_arkit"
        np.testing.assert_array_equal(unnamed.values, named.values)


def test_where_no_model_is_named_two_voices_in_a_room_are_drawn_with_that_of_rooms(here: Path) -> None:
    words = "face to face, 2 m apart"
    assert run("generate", "user.wav", "agent.wav", "--layout", words, "--out", "room.npz") == 0
    first, second = (read_motion(here / f"room_{person}.npz")["translation"][0] for person in ("first", "second"))
    assert np.linalg.norm(first - second) == pytest.approx(2, abs=0.3)


def test_masks_and_options_reach_the_model(pair: Path) -> None:
    options = {"plain": (), "masked": ("--masks", "mix.rttm"), "seed": ("--seed", "1"), "steps": ("--steps", "1")}
    for name, option in options.items():
        assert run(*GENERATE, *option, "--out", f"{name}.npy") == 0
    for name in ("masked", "seed", "steps"):
        assert np.abs(np.load(pair / f"{name}_first.npy") - np.load(pair / "plain_first.npy")).max() > 1e-4, name


def test_who_speaks_is_heard_where_no_file_tells_it(
    pair: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    masks = read_masks(pair / "mix.rttm", "mix", FRAMES)
    monkeypatch.setattr(
        "visavis.encode.diarisation.who_speaks",
        lambda mix: WhoSpeaks(masks * (len(mix) > 0), masks > 0, 3, ("3 voices are heard",)),
    )
    assert run(*GENERATE, "--out", "heard.npy") == 0
    assert capsys.readouterr().err == "visavis: warning: mix.wav: 3 voices are heard\n"
    assert run(*GENERATE, "--masks", "mix.rttm", "--out", "told.npy") == 0
    assert capsys.readouterr().err == ""
    for person in ("first", "second"):
        assert np.array_equal(np.load(pair / f"heard_{person}.npy"), np.load(pair / f"told_{person}.npy"))


def test_two_recordings_or_two_channels_tell_who_speaks(pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rate = 16_000
    turns = np.arange(round(SECONDS * rate)) // (rate // 2) % 2 == 0
    voice = 0.2 * np.random.default_rng(0).normal(size=len(turns))
    first, second = (part.astype(np.float32) for part in (np.where(turns, voice, 0), np.where(turns, 0, 0.1 * voice)))
    soundfile.write(pair / "stereo.wav", np.stack([first, second], axis=1), rate, subtype="FLOAT")
    for name, sound in (("one", first), ("two", second)):
        soundfile.write(pair / f"{name}.wav", sound, rate, subtype="FLOAT")
    assert run("generate", "stereo.wav", "--tracks", "--model", "pair", "--out", "tracks.npy") == 0
    assert run("generate", "one.wav", "two.wav", "--model", "pair", "--out", "apart.npy") == 0
    assert capsys.readouterr().err == ""
    masks = np.stack([speech_activity(sound) for sound in (first, second)], axis=1)
    told = make("toy of pairs").generate(mixed_alike(first, second), masks=masks.astype(np.float32))
    for number, person in enumerate(("first", "second")):
        moved = np.load(pair / f"tracks_{person}.npy")
        np.testing.assert_array_equal(moved, np.load(pair / f"apart_{person}.npy"))
        np.testing.assert_allclose(moved, told[number].values, atol=1e-6)
    assert run("generate", "stereo.wav", "--model", "pair", "--out", "mixed.npy") == 0
    assert "give --tracks if each is one person's" in capsys.readouterr().err


@pytest.fixture
def room(pair: Path) -> Path:
    """The same with a model that puts both people into a room."""
    save_system(make("toy of pairs in a room"), pair / "room")
    return pair


IN_A_ROOM = ("generate", "mix.wav", "--model", "room", "--seed", "3")


def test_a_layout_in_words_or_a_file_says_where_both_are(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "side by side on a sofa, half a metre apart"
    layout = layout_from_words(words)
    (room / "sofa.json").write_text(json.dumps(layout.to_dict()))
    options = {"usual": (), "words": ("--layout", words), "file": ("--layout", "sofa.json")}
    for name, option in options.items():
        assert run(*IN_A_ROOM, *option, "--out", f"{name}.npz") == 0
    assert capsys.readouterr().err == (
        "visavis: layout: 0.50 m, side by side, on a sofa: 0.50 m apart, heads at 1.20 and 1.20 m\n"
    )
    usual, said, read = (read_motion(room / f"{name}_second.npz").values for name in options)
    np.testing.assert_array_equal(said, read)
    assert np.abs(said - usual).max() > 1e-4
    mix, system = read_sound(room / "mix.wav"), make("toy of pairs in a room")
    for given, expected in ((None, usual), (Layout.default(), usual), (layout, said), (words, said)):
        np.testing.assert_allclose(system.generate(mix, layout=given, seed=3)[1].values, expected, atol=1e-6)


def test_both_are_in_one_film_with_the_recording_as_its_sound(pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    av = pytest.importorskip("av", reason="films need av")
    assert run(*GENERATE, "--out", "both.mp4", "both.png") == 0
    assert capsys.readouterr().out == f"both.mp4: {FRAMES / FPS:.2f} s\nboth.png: {FRAMES / FPS:.2f} s\n"
    with av.open(str(pair / "both.mp4")) as film:
        sound = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)
    assert sound.shape[0] == 2
    np.testing.assert_allclose(*np.abs(sound).max(axis=1), rtol=0.05)
    assert np.abs(sound).max() > 0.05


WRONG = {
    "one voice of two": (("generate", "user.wav", "--model", "model"), "shipped hears the user and the agent apart"),
    "tracks of one channel": ((*GENERATE, "--tracks"), "mix.wav has 1 channels, not one for each of two people; leave"),
    "tracks of two recordings": (
        ("generate", "user.wav", "agent.wav", "--model", "pair", "--tracks"),
        "--tracks takes the channels of one recording of two people, MIX.wav; leave it out",
    ),
    "masks of a dyad": (
        ("generate", "user.wav", "agent.wav", "--model", "model", "--masks", "mix.rttm"),
        "unknown input of shipped 'masks'; known: agent_speech, user_motion, user_speech",
    ),
    "motion of a mix": (
        (*GENERATE, "--user-motion", "motion.npz"),
        "unknown input of pair 'user_motion'; known: masks, mix",
    ),
    "still of a mix": ((*GENERATE, "--user", "still"), "of one recording both people move; leave --user still out"),
    "still and moved": (
        ("generate", "user.wav", "agent.wav", "--model", "model", "--user", "still", "--user-motion", "motion.npz"),
        "--user-motion says how the user moves; leave --user still out",
    ),
    "layout of a dyad": (
        ("generate", "user.wav", "agent.wav", "--model", "model", "--layout", "across a table"),
        "shipped puts nobody into a room, so it takes no layout; leave it out",
    ),
    "layout of a pair": ((*GENERATE, "--layout", "across a table"), "pair puts nobody into a room, so it takes no"),
    "no rttm": ((*GENERATE, "--masks", "nobody.rttm"), "no RTTM file at nobody.rttm"),
}


def test_a_recording_after_out_is_asked_before_it(pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("--out", "mix.wav"), ("mix.wav", "--out")):
        assert run("generate", "--model", "pair", *arguments) == 2
        assert capsys.readouterr().err.startswith("visavis: error: there is no file to write to; name some after --out")
    assert not list(pair.glob("*first*"))


@pytest.mark.parametrize(("arguments", "reason"), WRONG.values(), ids=WRONG.keys())
def test_what_does_not_suit_the_model_is_one_line(
    pair: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    before = sorted(pair.rglob("*"))
    assert run(*arguments, "--out", "new/a.npz") == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert reason in printed.err
    assert sorted(pair.rglob("*")) == before


def test_states_that_a_model_tells_are_kept_in_every_file_that_has_a_place_for_them(here: Path) -> None:
    av = pytest.importorskip("av", reason="films need av")
    system = make("toy of frames")
    torch.nn.init.normal_(system.model.state.weight, std=3.0, generator=torch.Generator().manual_seed(0))
    save_system(system, here / "frames")
    for name, voice in zip(("user", "agent"), np.random.default_rng(1).normal(0, 0.1, (2, 20800)), strict=True):
        soundfile.write(here / f"{name}.wav", voice, 16_000)
    both = system.converse(read_sound(here / "user.wav"), read_sound(here / "agent.wav"))
    assert both.agent.state is not None
    assert len(set(both.agent.state)) > 1, "else nothing is seen to change"
    given = ("generate", "user.wav", "agent.wav", "--model", "frames")
    assert run(*given, "--out", "a.npz", "a.csv", "a.png", "a.mp4", "a.html") == 0
    again = read_motion(here / "a.npz")
    assert again.state is not None
    assert again.state.tolist() == both.agent.state.tolist()
    assert read_motion(here / "a.csv").state is None
    page = read_page((here / "a.html").read_text(encoding="utf-8"))[1]
    told = page.header["people"][1]["state"]
    assert [told["names"][number] for number in page.array(told["values"])] == again.state.tolist()
    assert run("convert", "a.npz", "--fps", "50", "--out", "b.npz") == 0
    faster = read_motion(here / "b.npz").state
    assert faster is not None
    assert faster[::2].tolist() == again.state.tolist()
    last = int(np.flatnonzero(again.state[1:] != again.state[:-1])[-1]) + 1
    with av.open(str(here / "a.mp4")) as film:
        seen = [frame.to_ndarray(format="rgb24")[-44:, 600:690].astype(int) for frame in film.decode(video=0)]
    assert len(seen) == FRAMES
    assert np.abs(seen[last] - seen[last - 1]).max() > 60, "another state is named"
    with np.load(here / "a.npz") as archive:
        np.savez(here / "plain.npz", **{name: archive[name] for name in ("motion", "space", "fps")})
    assert run("convert", "a.npz", "--out", "told.png") == run("convert", "plain.npz", "--out", "plain.png") == 0
    assert (here / "told.png").read_bytes() != (here / "plain.png").read_bytes()


def test_a_small_arig_tells_one_of_seven_states_in_each_frame() -> None:
    state = make("arig").generate(*(np.zeros(samples_in(12), np.float32) for _ in range(2))).state
    assert state is not None
    assert state.shape == (12,)
    assert set(state.tolist()) <= set(STATES)
