from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import samples_in
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.observation import Observation, observed
from visavis.view.performance import still
from visavis.view.plot.over_time import plot_people

FRAMES = 50
VOICE = np.random.default_rng(0).normal(0, 0.1, samples_in(FRAMES)).astype(np.float32)
LEGEND = 34
"""Height of what stands above the first row [pixels]."""
THINKING = (0x00, 0x9E, 0x73)
BLUE, VERMILION = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def picture(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return np.asarray(np.round(255 * imread(path)[..., :3]).astype(int))


def coloured(path: Path, colour: tuple[int, int, int]) -> np.ndarray:
    """The rows of the picture, below the legend, in which a colour is seen."""
    rows = np.flatnonzero((np.abs(picture(path) - colour).max(-1) < 40).any(1))
    return rows[rows > LEGEND]


def nodding() -> Motion:
    motion = still(FRAMES)
    motion.values[20:28, motion.space.indices("HeadPitch")] = 0.2
    motion.values[:, motion.space.indices("JawOpen")] = 0.4
    return motion


def test_both_people_are_plotted_in_their_colours(tmp_path: Path) -> None:
    path = tmp_path / "talk.png"
    active = np.arange(FRAMES) < 25
    leaning = still(FRAMES)
    leaning.values[:, leaning.space.indices("HeadRoll")] = 0.1
    user = Observation("user", Person(VOICE, leaning), active)
    agent = Observation("agent", Person(VOICE, nodding()), ~active, {"nod": (20,)})
    plot_people(path, [user, agent])
    assert path.read_bytes().startswith(b"\x89PNG")
    height = picture(path).shape[0]
    blue, vermilion = coloured(path, BLUE), coloured(path, VERMILION)
    assert blue.min() < 0.15 * height < vermilion.min() < 0.3 * height
    assert min(blue.max(), vermilion.max()) > 0.7 * height


def test_nods_are_marked(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.png", tmp_path / "marked.png"
    plot_people(plain, [Observation("agent", Person(motion=nodding()))], size=(600, 400))
    plot_people(marked, [Observation("agent", Person(motion=nodding()), events={"nod": (20, 999)})], size=(600, 400))
    assert plain.read_bytes() != marked.read_bytes()


def test_one_person_alone_is_plotted_and_what_is_not_known_takes_no_room(tmp_path: Path) -> None:
    whole, voice, moves = tmp_path / "whole.png", tmp_path / "voice.png", tmp_path / "moves.png"
    plot_people(whole, [observed("Amber", Person(VOICE, nodding()))], title="alone")
    plot_people(voice, [Observation("Amber", Person(VOICE))])
    plot_people(moves, [Observation("Amber", Person(motion=nodding()))])
    assert len(picture(whole)) > len(picture(moves)) > len(picture(voice))
    assert len(coloured(whole, VERMILION)) == 0


def test_labels_stay_within_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "talk.png"
    people = [
        observed("somebody with a rather long name $1", Person(VOICE, nodding())),
        observed("b", Person(VOICE, still(FRAMES))),
    ]
    plot_people(path, people)
    assert (picture(path)[:, :3] > 250).all()


def test_a_long_conversation_is_drawn_in_moderate_time_and_size(tmp_path: Path) -> None:
    long = Motion(np.tile(nodding().values, (300, 1)), nodding().space)
    plot_people(
        tmp_path / "long.png", [Observation("a", Person(motion=long), events={"nod": tuple(range(20, 15000, 50))})]
    )
    assert len(coloured(tmp_path / "long.png", BLUE)) > 30
    assert (tmp_path / "long.png").stat().st_size < 400_000


def test_flame_motion_can_be_plotted(tmp_path: Path) -> None:
    person = Observation("agent", Person(motion=Motion(np.zeros((5, FLAME56.width)), FLAME56)))
    plot_people(tmp_path / "flame.png", [person], size=(400, 300))
    assert (tmp_path / "flame.png").stat().st_size > 1000


def test_nothing_and_nowhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="nothing to plot"):
        plot_people(tmp_path / "a.png", [Observation("user"), Observation("agent")])
    with pytest.raises(VisavisError, match="3 people given"):
        plot_people(tmp_path / "a.png", [Observation("a", Person(motion=still(2)))] * 3)
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="cannot write"):
        plot_people(tmp_path / "file" / "a.png", [Observation("agent", Person(motion=still(3)))], size=(400, 300))


def test_states_are_a_band_in_their_colours(tmp_path: Path) -> None:
    active = np.zeros(FRAMES, bool)
    state = np.array(["pausing to think"] * 20 + ["waiting"] * 30)
    agent = Observation("agent", Person(VOICE), active, state=state)
    plot_people(tmp_path / "plain.png", [replace(agent, state=None)])
    plot_people(tmp_path / "one.png", [agent])
    plot_people(tmp_path / "two.png", [Observation("user", Person(VOICE), active, state=state[::-1]), agent])
    assert len(coloured(tmp_path / "plain.png", THINKING)) == 0
    found = np.abs(picture(tmp_path / "one.png") - THINKING).max(-1) < 20
    band = np.flatnonzero(found.sum(1) > 300)
    assert 8 < np.ptp(band) < 30
    columns = np.flatnonzero(found[band].all(0))
    assert (columns.min(), columns.max()) == (pytest.approx(205, abs=3), pytest.approx(205 + 0.4 * 1175, abs=3))
    lanes = np.abs(picture(tmp_path / "two.png") - THINKING).max(-1) < 20
    first, second = (np.flatnonzero(lanes[:, column].astype(int)).mean() for column in (1000, 300))
    assert first < second
