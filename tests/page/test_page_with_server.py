"""The page and the server together: `visavis serve` as a process, real Chromium, a recording as its microphone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.page.real_server import RealServer
from tests.view.player.browser import CHROMIUM, Tab, tab
from tests.view.player.reading import read_page
from visavis.core.errors import VisavisError
from visavis.data.shipped import shipped_conversation
from visavis.data.sound import write_sound
from visavis.system.shipped import known_models
from visavis.view.soundtrack import levels, speaking, whole_frames

BUILT = Path(__file__).parents[2] / "src" / "visavis" / "assets" / "page"
MODEL = "arig-small"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="the page is not built: python page/build_page.py"),
    pytest.mark.skipif(MODEL not in known_models(), reason=f"{MODEL} does not ship here"),
]
SMALL = {"width": 400, "height": 480}
PATIENCE_S = 120.0
FRAME = 640
WATCH = """
window.sockets = [];
const Plain = WebSocket;
window.WebSocket = class extends Plain { constructor(...given) { super(...given); sockets.push(this); } };
"""
PROBE = """
const { talk } = visavisPage;
const { channels } = talk.link.welcome;
const [jaw, close] = ["JawOpen", "MouthClose"].map((name) => channels.indexOf(name));
window.probe = { lips: [], voice: [] };
const put = talk.line.put.bind(talk.line);
talk.line.put = (frames) => {
  for (const { stamp, values } of frames) probe.lips.push([stamp, values[jaw] - values[close]]);
  put(frames);
};
const speech = talk.speech.bind(talk);
talk.speech = (samples, rate, stamp) => {
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const power = samples.subarray(at, at + 160).reduce((sum, sample) => sum + (sample / 32768) ** 2, 0) / 160;
    probe.voice.push([stamp + at + 80, Math.sqrt(power)]);
  }
  speech(samples, rate, stamp);
};
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    for package in ("starlette", "uvicorn", "websockets"):
        pytest.importorskip(package)
    try:
        shipped_conversation()
    except VisavisError as missing:
        pytest.skip(str(missing))
    made = RealServer(tmp_path_factory.mktemp("server") / "log", "--model", MODEL)
    made.start()
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone plays, and what is downloaded."""
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def page(server: RealServer, folder: Path) -> Iterator[Tab]:
    """The page as it is opened; what tests do to it they do one after another."""
    write_sound(shipped_conversation().user_speech, folder / "user.wav")
    with tab(
        *("--headless=new", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={folder / 'user.wav'}",
    ) as opened:
        opened.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        opened.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        opened.visit(server.address, **SMALL)
        wait(opened, "document.body.classList.contains('ready') && visavisPage.talk.counters.frames > 10")
        yield opened


def wait(page: Tab, condition: str, patience_s: float = PATIENCE_S) -> None:
    until = time.monotonic() + patience_s
    while not page.run(f"Boolean({condition})"):
        assert time.monotonic() < until, f"never: {condition}; {page.run('visavisPage.talk.counters')}"
        time.sleep(0.1)


def say_the_sample(page: Tab) -> None:
    chosen = "const s = document.querySelector('#samples'); s.value = 'agent'; s.dispatchEvent(new Event('change'))"
    page.run(f"(() => {{{chosen}}})()")


def marks(page: Tab) -> dict[str, float]:
    """When something came for the first time [s], since the page was asked for."""
    each = "({ name, startTime }) => [name, startTime / 1000]"
    told: dict[str, Any] = page.run(f"Object.fromEntries(performance.getEntriesByType('mark').map({each}))")
    return told


def test_frames_come_and_are_drawn(page: Tab) -> None:
    assert page.run("visavisPage.stage.heads.map((head) => head?.name)") == ["Amber", "Umber"]
    wait(page, "performance.getEntriesByName('first picture').length")
    told = marks(page)
    print("first frame received {first frame:.2f} s, drawn {first picture:.2f} s after opening".format(**told))
    assert page.run("visavisPage.talk.link.welcome.model") == MODEL
    before = page.run("visavisPage.talk.counters.frames")
    wait(page, f"visavisPage.talk.counters.frames > {before + 25}")
    assert page.run("visavisPage.talk.line.at(visavisPage.talk.heardStamp).values.length") == 61


def test_lips_move_with_the_voice_and_a_recording_plays(page: Tab, folder: Path) -> None:
    page.run(f"(() => {{{PROBE}}})()")
    page.press("r", "r")
    say_the_sample(page)
    wait(page, "probe.voice.length && probe.lips.at(-1)[0] > probe.voice[0][0] + 16000 * 8")
    page.press("r", "r")
    lips, voice = (np.array(page.run(f"probe.{name}")) for name in ("lips", "voice"))
    late_s, alike = best_lag(lips, voice)
    print(f"lips and voice: correlation {alike:.2f} where lips are {1000 * late_s:.0f} ms later")
    assert alike > 0.3
    assert abs(late_s) <= 0.12
    wait(page, "document.querySelector('#saved').open")
    page.run("document.querySelector('#save-html').click()")
    written = folder / "talk.html"
    until = time.monotonic() + PATIENCE_S
    while not written.is_file():
        assert time.monotonic() < until, page.problems
        time.sleep(0.1)
    page.run("document.querySelector('#saved').close()")
    _, packed = read_page(written.read_text(encoding="utf-8"))
    header = packed.header
    assert header["frames"] > 25 * 5
    agent, user = header["people"]
    assert packed.array(agent["acting"]["weights"]).std(axis=1).max() > 0.05
    spoken = speaking(levels(whole_frames(shipped_conversation().agent_speech, 16_000 * 8)))
    assert packed.array(agent["voice"]["speaking"]).mean() > 0.5 * spoken.mean() > 0.05
    assert packed.array(user["voice"]["speaking"]).mean() < 0.1, "the microphone was off"
    page.press("Escape")
    wait(page, "visavisPage.captions.reactions.includes('stopped')")


def best_lag(lips: np.ndarray, voice: np.ndarray) -> tuple[float, float]:
    """How much later [s] lips (stamp, opening) are like the voice (stamp, loudness) the most, and how alike then.

    Frames that the server left out, where the machine has too much to do, are not guessed.
    """
    newest = dict(lips.tolist())  # what was taken back came again
    at = np.array([stamp for stamp in sorted(newest) if voice[0, 0] + 8000 < stamp < voice[-1, 0] - 8000])
    opening = np.array([newest[stamp] for stamp in at])
    loud = np.convolve(voice[:, 1], np.ones(8) / 8, "same")
    lags = np.arange(-0.2, 0.201, 0.02)
    alike = [float(np.corrcoef(opening, np.interp(at - 16_000 * lag, voice[:, 0], loud))[0, 1]) for lag in lags]
    print(f"{len(at)} frames; correlation by lag: {' '.join(f'{one:.2f}' for one in alike)}")
    return float(lags[int(np.argmax(alike))]), max(alike)


def test_who_speaks_over_it_stops_it_and_is_nodded_to(page: Tab) -> None:
    reactions = "visavisPage.captions.reactions"
    say_the_sample(page)
    wait(page, "visavisPage.talk.sound.speaking")
    page.press("m", "m")
    wait(page, f"{reactions}.includes('you broke in')")
    wait(page, "visavisPage.talk.counters.takenBack > 0 && !visavisPage.talk.sound.speaking")
    wait(page, "visavisPage.talk.reactions.length > 10")
    wait(page, f"{reactions}.includes('nod')")
    late = page.run("visavisPage.talk.reactions.toSorted((a, b) => a - b)")
    print(f"from the voice to the screen: {1000 * late[len(late) // 2]:.0f} ms (median of {len(late)})")


def test_a_tab_that_stalls_or_sleeps_goes_on_without_a_word(page: Tab) -> None:
    said = "document.querySelector('#notice').hidden ? '' : document.querySelector('#notice p').textContent"
    page.run("(() => { const end = performance.now() + 2000; while (performance.now() < end); })()")
    before = page.run("visavisPage.talk.counters.frames")
    wait(page, f"visavisPage.talk.counters.frames > {before + 20}")
    assert "faster than anybody" not in page.run(said)
    page.call("Page.setWebLifecycleState", state="frozen")
    time.sleep(2)
    page.call("Page.setWebLifecycleState", state="active")
    before = page.run("visavisPage.talk.counters.frames")
    wait(page, f"visavisPage.talk.counters.frames > {before + 20}")
    assert "faster than anybody" not in page.run(said)
    behind = "visavisPage.talk.line.after(0).at(-1).stamp - visavisPage.talk.clock.stampAt(performance.now() / 1000)"
    wait(page, f"Math.abs({behind}) < 16000")


def test_a_lost_connection_goes_on_and_a_killed_server_that_comes_again_is_found(page: Tab, server: RealServer) -> None:
    link = "visavisPage.talk.link"
    session, stamp = page.run(f"{link}.welcome.session"), page.run("visavisPage.talk.heardStamp")
    page.run("sockets.at(-1).close(4000)")
    wait(page, f"{link}.open && sockets.length > 1")
    told = page.run(f"{link}.welcome")
    assert (told["resumed"], told["session"]) == (True, session)
    before = page.run("visavisPage.talk.counters.frames")
    wait(page, f"visavisPage.talk.counters.frames > {before + 10}")
    assert page.run("visavisPage.talk.heardStamp") > stamp
    server.kill()
    wait(page, "!document.querySelector('#notice').hidden")
    server.start()
    wait(page, f"{link}.open && {link}.welcome.session !== {json.dumps(session)}")
    before = page.run("visavisPage.talk.counters.frames")
    wait(page, f"visavisPage.talk.counters.frames > {before + 10}")
    assert page.run("document.querySelector('#notice').hidden")
