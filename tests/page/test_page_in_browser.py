"""The page in a real browser, with a microphone that plays a recording, against a server whose answers are known."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.page.stand_in import StandIn, standing_in
from tests.view.player.browser import CHROMIUM, Tab, tab
from visavis.data.sound import read_sound, write_sound

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "visavis" / "assets" / "page"
USER = ROOT / "src" / "visavis" / "assets" / "demo" / "user.flac"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="the page is not built: python page/build_page.py"),
]
SMALL = {"width": 400, "height": 560}
PATIENCE_S = 60.0
IN_SYNC_S = 0.04


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    pytest.importorskip("websockets")
    with standing_in(BUILT) as started:
        yield started


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    recording = tmp_path_factory.mktemp("microphone") / "user.wav"
    write_sound(read_sound(USER), recording)
    with tab(
        *("--headless=new", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={recording}",
    ) as opened:
        yield opened


@pytest.fixture
def page(browser: Tab, server: StandIn) -> Iterator[Tab]:
    browser.problems.clear()
    for seen in (server.controls, server.hellos, server.user, server.stamps):
        seen.clear()
    browser.visit(server.address, **SMALL)
    wait(browser, "document.body.classList.contains('ready') && visavisPage.talk.link.open")
    assert browser.run("visavisPage.stage.heads.map((head) => head?.name)") == ["Amber", "Umber"]
    yield browser
    assert browser.problems == []
    assert server.errors == []


def wait(page: Tab, condition: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not page.run(f"Boolean({condition})"):
        assert time.monotonic() < until, f"never: {condition}"
        time.sleep(0.05)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


def said(server: StandIn, kind: str) -> list[dict[str, Any]]:
    return [told for told in server.controls if told["type"] == kind]


def speak(page: Tab, line: str) -> None:
    page.run(f"document.querySelector('#text').value = {json.dumps(line)}")
    page.run("document.querySelector('#composer').requestSubmit()")


def test_it_listens_nods_and_tells_its_latency(page: Tab, server: StandIn) -> None:
    assert page.run("document.querySelector('#invite').hidden") is False
    wait(page, "visavisPage.talk.counters.frames > 10")
    page.press("m", "m")
    wait(page, "visavisPage.talk.reactions.length > 20")
    assert page.run("document.querySelector('#invite').hidden") is True
    assert page.run("document.querySelector('#mic').getAttribute('aria-pressed')") == "true"
    # One stream of 20 ms pieces without a gap, which holds what the microphone played.
    assert {len(piece) for piece in server.user} == {320}
    assert set(np.diff(server.stamps)) == {320}
    assert max(np.abs(piece.astype(int)).max() for piece in server.user) > 1000
    wait(page, "visavisPage.captions.reactions.includes('nod')")
    wait(page, "visavisPage.captions.state === 'listening'")
    wait(page, "Number(document.querySelector('#latency b').textContent) > 0")
    page.press("m", "m")
    assert page.run("visavisPage.talk.sound.microphone") is None


ALONE = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("body * { visibility: hidden !important } #picture { visibility: visible !important }");
document.adoptedStyleSheets.push(sheet);
"""
"""Nothing but heads is seen."""


def test_the_head_that_is_seen_moves_its_lips(page: Tab) -> None:
    speak(page, "Good morning")
    wait(page, "visavisPage.captions.state === 'speaking'")
    page.run(f"(() => {{{ALONE}}})()")
    mouths, end = [mouth(page)], time.monotonic() + PATIENCE_S
    while time.monotonic() < end and np.ptp(mouths, axis=0).max() < 60:
        mouths.append(mouth(page))
    changed = np.ptp(mouths, axis=0)
    print(f"{len(mouths)} pictures, levels differ by {changed.mean():.1f}, at most {changed.max():.0f} of 255")
    assert changed.max() >= 60


def mouth(page: Tab) -> np.ndarray:
    """Levels (H, W), 0 to 255, of what is seen around the agent's mouth."""
    from matplotlib.image import imread

    inside = "const { x, y, width, height } = document.querySelector('.agent .view').getBoundingClientRect();"
    box = page.run(f"(() => {{ {inside} return [x, y, width, height]; }})()")
    picture = imread(io.BytesIO(page.picture()), format="png")[..., :3].mean(-1) * 255
    left, top, width, height = (round(one) for one in box)
    seen = picture[top : top + height, left : left + width]
    return np.asarray(seen[int(0.55 * height) : int(0.75 * height), int(0.4 * width) : int(0.6 * width)])


PROBE = """
window.probe = { lips: [], sound: [] };
const jaw = visavisPage.talk.link.welcome.channels.indexOf("JawOpen");
visavisPage.talk.sound.onLoudness = (levels, time, step) =>
  levels.forEach((level, i) => probe.sound.push([time + i * step, level]));
setInterval(() => {
  const shown = visavisPage.talk.now();
  if (shown) probe.lips.push([performance.now() / 1000, shown.values[jaw], visavisPage.talk.sound.delay]);
}, 20);
"""


def test_lips_move_with_the_voice_that_is_heard(page: Tab) -> None:
    speak(page, "one line, so that the way of the sound is known")
    wait(page, "visavisPage.captions.state === 'speaking'")
    wait(page, "!visavisPage.talk.sound.speaking && visavisPage.captions.state !== 'speaking'")
    assert page.run("visavisPage.talk.sound.on")
    page.run(f"(() => {{{PROBE}}})()")
    speak(page, "Good morning")
    wait(page, "visavisPage.captions.state === 'speaking'")
    wait(page, "document.querySelector('#subtitle').textContent === 'Good morning'")
    wait(page, "visavisPage.captions.state !== 'speaking'")
    lips, sound = (np.array(page.run(f"probe.{name}")) for name in ("lips", "sound"))
    alike, late_s = best_lag(lips, sound)
    way = page.run("visavisPage.talk.sound.path")
    print(f"lips {1000 * late_s:.0f} ms after the sound, correlation {alike:.2f}, by {way}")
    assert alike > 0.8
    assert abs(late_s) <= IN_SYNC_S


def best_lag(lips: np.ndarray, sound: np.ndarray) -> tuple[float, float]:
    """How alike lips (time, JawOpen, delay of the sound) and sound (time, level) are at best, and how late lips are."""
    sound = sound[np.argsort(sound[:, 0])]
    heard = sound[:, 0] + np.interp(sound[:, 0], lips[:, 0], lips[:, 2])
    width = round(0.04 / np.median(np.diff(sound[:, 0])))
    loud = np.sqrt(np.convolve(sound[:, 1] ** 2, np.ones(width) / width, "same"))
    grid = np.arange(max(lips[0, 0], heard[0]) + 0.3, min(lips[-1, 0], heard[-1]) - 0.3, 0.005)
    open_ = np.interp(grid, lips[:, 0], lips[:, 1])
    lags = np.arange(-0.3, 0.301, 0.005)
    alike = [float(np.corrcoef(open_, np.interp(grid - lag, heard, loud))[0, 1]) for lag in lags]
    return max(alike), float(lags[int(np.argmax(alike))])


def test_speaking_over_it_stops_it_without_a_jump(page: Tab) -> None:
    page.press("m", "m")
    wait(page, "visavisPage.talk.sound.microphone")
    speak(page, "a line that is not heard to its end")
    wait(page, "visavisPage.talk.counters.takenBack > 0")
    wait(page, "visavisPage.captions.reactions.includes('you broke in')")
    wait(page, "!visavisPage.talk.sound.speaking")
    assert page.run("document.querySelector('#subtitle').textContent") == ""
    page.press("m", "m")


def test_keys_and_buttons_do_what_they_say(page: Tab, server: StandIn) -> None:
    page.press("n", "n")
    page.press("Escape")
    until(lambda: said(server, "nod") and said(server, "interrupt"))
    assert said(server, "interrupt")[0]["at"] > 0
    page.press("d", "d")
    assert page.run("document.querySelector('#drawer').hidden") is False
    assert page.run("document.activeElement.id") == "drawer-close"
    slide = "const s = document.querySelector('#dial-head_motion'); s.value = 2; s.dispatchEvent(new Event('input'))"
    page.run(f"(() => {{{slide}}})()")
    page.run("document.querySelector('#half-duplex').click(), document.querySelector('#echo').click()")
    until(lambda: len(said(server, "settings")) == 3)
    changes = [{name: value for name, value in told.items() if name != "type"} for told in said(server, "settings")]
    assert changes == [{"head_motion": 2}, {"half_duplex": True}, {"echo_s": 2}]
    page.press("d", "d")
    assert page.run("document.querySelector('#drawer').hidden") is True
    assert page.run("document.documentElement.scrollWidth <= innerWidth") is True


def test_the_voice_agent_is_switched_on_and_what_it_has_understood_is_shown(page: Tab, server: StandIn) -> None:
    assert page.run("document.querySelector('#voice-agent').hidden") is False
    page.run("document.querySelector('#voice-agent input').click()")
    until(lambda: any(told.get("voice_agent") for told in said(server, "settings")))
    wait(page, "document.querySelector('#said').textContent === 'what is the time'")
    wait(page, "document.querySelector('#said').textContent === ''")


def test_a_lost_connection_goes_on_with_its_token(page: Tab, server: StandIn) -> None:
    assert server.hellos[-1]["session"] is None
    server.drop()
    until(lambda: len(server.hellos) > 1)
    assert server.hellos[-1]["session"] == "a-token"
    wait(page, "visavisPage.talk.link.open && document.querySelector('#notice').hidden")
    before = page.run("visavisPage.talk.counters.frames")
    wait(page, f"visavisPage.talk.counters.frames > {before + 10}")
