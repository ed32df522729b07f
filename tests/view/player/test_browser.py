"""The page in a real browser, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.view.player.browser import CHROMIUM, Tab, tab
from tests.view.player.reading import read_page
from tests.view.room_pair import pair
from tests.view.small_heads import lively, small_head
from visavis.core.conversation import Person
from visavis.view.cutting import Cut
from visavis.view.people.build import build_head
from visavis.view.people.looks import LOOKS
from visavis.view.player.page import write_player
from visavis.view.player.performer import Performer
from visavis.view.render.placement import path_of
from visavis.view.render.studio import CutToSpeaker, Studio
from visavis.view.rigs.rig import MeshRig

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
MOTION = lively(75, 25.0)
MOTION.values[:, [MOTION.space.indices(name)[0] for name in ("LeftEyeRoll", "RightEyeRoll")]] = 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as opened:
        yield opened


def test_the_page_plays_in_a_browser(browser: Tab, tmp_path: Path) -> None:
    own, guest = Performer(Person(motion=MOTION), "own <i>"), Performer(Person(tone(), MOTION), "guest", small_head())
    write_player(tmp_path / "talk.html", [own, guest])
    browser.open(tmp_path / "talk.html", width=360, height=420, at=1)
    assert browser.run("[player.time, player.frame, player.duration, player.playing]") == [1, 25, 3, False]
    assert browser.run("document.querySelector('.label').textContent") == "own <i>"

    browser.run("player.seek(7 / 25)")
    shown(browser)
    for person, expected in enumerate((build_head(LOOKS[0]).vertices, MeshRig(small_head()).vertices)):
        points = np.reshape(browser.run(f"player.vertices({person})"), (-1, 3))
        off = np.abs(points - expected(MOTION.cut(7, 8))[0]).max()
        assert off < 3e-5

    browser.run("player.play()")
    browser.run("new Promise(done => setInterval(() => player.time > 0.5 && done(), 20))")
    browser.press(" ", " ")
    assert browser.run("player.playing") is False
    assert browser.run("Math.abs(player.frame - player.time * 25) <= 1") is True
    for keys, frame in ((("Home",), 0), (("ArrowRight", "."), 26), ((",", ","), 24), (("End",), 74)):
        for key in keys:
            browser.press(key, key if len(key) == 1 else "")
        assert browser.run("player.frame") == frame
    shown(browser)
    assert browser.run("document.querySelector('#scrub').valueAsNumber") == 74
    browser.press("2", "2")
    assert browser.run("[...document.querySelectorAll('.panel')].map(panel => panel.hidden)") == [True, False]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth") is True
    assert browser.problems == []


def tone() -> np.ndarray:
    return (0.2 * np.sin(np.arange(48000) / 9)).astype(np.float32)


def shown(browser: Tab) -> None:
    browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_states_are_told_beside_the_names_and_over_time(browser: Tab, tmp_path: Path) -> None:
    own = replace(MOTION, state=np.array(["listening"] * 50 + ["giving feedback"] * 25))
    others = replace(MOTION, state=np.array(["speaking"] * 75))
    people = [Performer(Person(motion=motion), mesh=small_head()) for motion in (own, others)]
    write_player(tmp_path / "told.html", people)
    write_player(tmp_path / "plain.html", [Performer(Person(motion=MOTION), mesh=small_head())])
    browser.open(tmp_path / "told.html", at=49 / 25)
    for frame, state in ((49, "listening"), (50, "giving feedback"), (74, "giving feedback"), (0, "listening")):
        browser.run(f"player.seek({frame} / 25)")
        shown(browser)
        assert browser.run(SAID) == [state, "speaking"]
    # LISTENING is drawn over the first two of three seconds, in the upper lane of the first row.
    assert browser.run(f"{AT}([0.3, 7], [0.6, 7], [0.75, 7], [0.75, 20])") == [BLUE, BLUE, AMBER, VERMILION]
    assert "conversation states" in browser.run("document.querySelector('#curves').ariaLabel")
    tall = browser.run(TALL)
    browser.open(tmp_path / "plain.html")
    shown(browser)
    assert browser.run("getComputedStyle(document.querySelector('.state')).display") == "none"
    assert browser.run(TALL) == tall - 31
    assert "states" not in browser.run("document.querySelector('#curves').ariaLabel")
    assert browser.problems == []


SAID = "[...document.querySelectorAll('.state')].map(place => place.textContent)"
TALL = "document.querySelector('#curves').clientHeight"
AT = """((...places) => {
    const canvas = document.querySelector("#curves canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const start = ([share, y]) => 4 * (y * canvas.width + Math.round(46 + share * (canvas.width - 46)));
    return places.map((place) => [...data.slice(start(place), start(place) + 3)]);
})"""
"""The colours of the curves at shares of the duration and rows from above."""
BLUE, AMBER, VERMILION = [0x00, 0x72, 0xB2], [0xE6, 0x9F, 0x00], [0xD5, 0x5E, 0x00]


def test_a_room_is_seen_by_the_cameras_of_films(browser: Tab, tmp_path: Path) -> None:
    """Cuts, choices and keys move the camera; people stand and turn where their motion says."""
    first, second = pair(500)
    people = [Performer(person, name, small_head()) for name, person in (("Ada", first), ("Ben", second))]
    cuts = CutToSpeaker((Cut(0, 0), Cut(160, 1), Cut(307, None)))
    write_player(tmp_path / "room.html", people, studio=Studio(camera=cuts))
    header = read_page((tmp_path / "room.html").read_text(encoding="utf-8"))[1].header["room"]
    browser.open(tmp_path / "room.html", width=480, height=420)
    for time, shot in ((0.0, 2), (6.36, 2), (6.4, 1), (12.4, 0)):
        browser.run(f"player.seek({time})")
        shown(browser)
        seen = browser.run("player.seen()")
        assert seen["shot"] == shot
        np.testing.assert_allclose(seen["position"], header["shots"][shot]["position"], atol=1e-6)
        np.testing.assert_allclose(seen["target"], header["shots"][shot]["aim"], atol=1e-6)
    for person, told in zip((first, second), seen["people"], strict=True):
        assert person.motion is not None
        np.testing.assert_allclose(told["position"], person.motion["translation"][310], atol=1e-4)
        heading = path_of(person.motion).headings[310]
        np.testing.assert_allclose(
            np.abs(told["turn"]), np.abs([0, np.sin(heading / 2), 0, np.cos(heading / 2)]), atol=1e-4
        )
    assert browser.run("player.camera") == "speaker"
    for key, camera, shot in (
        ("c", "fixed", 0),
        ("c", "first", 1),
        ("c", "second", 2),
        ("2", "first", 1),
        ("2", "speaker", 0),
    ):
        browser.press(key, key)
        shown(browser)
        assert browser.run("[player.camera, player.seen().shot]") == [camera, shot]
    assert browser.run("[...document.querySelectorAll('#cameras option')].map(one => one.textContent)") == [
        "Who speaks", "Both", "Over Ada's shoulder", "Over Ben's shoulder",
    ]  # fmt: skip
    names = browser.run("[...document.querySelectorAll('.name')].map(one => one.getBoundingClientRect().width > 100)")
    assert names == [True, True]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth") is True
    assert browser.problems == []
