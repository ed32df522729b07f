"""Typed lines that a page without a server speaks: phonemes, sound and lips are those of Python."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.page.test_page_without_server import SMALL, Alone, type_line, wait
from tests.view.player.browser import CHROMIUM, Tab, tab
from visavis import load
from visavis.core.clock import SAMPLE_RATE
from visavis.core.onnx_door import open_session
from visavis.data.simulate.voices import engine
from visavis.export.page import BUILT, write_page
from visavis.system.system import System

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not (BUILT / "engine" / "pyodide").is_dir(), reason="the page is not built: python page/build_page.py"
    ),
]
LINES = (
    "Good morning!", "How have you been?", "I read a lot when I was young.", "Did you read the news today?",
    "They live in a small house.", "The show is live at half past nine.", "It's 7:30 pm, and the train leaves at 8.",
    "She was born on March 3, 1987.", "That costs $9.99, or £8.", "Dr. Smith lives on Elm St. in London.",
    "We met 1,250 people in 3 days.", "He used to play the piano.", "I used a knife.", "Please record this record.",
    "The wind is strong; wind the clock!", "An hour ago, the old owl flew to the elm.", "Give it to Ann.",
    "I'm sure you'd've known.", "What's the matter with O'Brien's dog?", "NASA launched it from the USA.",
    "The ratio is about 3.14.", "Turn to page 12, chapter IV.", "It's 25 km to the next town, at 20 °C.",
    "You can e-mail me: ann@example.com.", "Wow... that was unexpected!", "\"Yes,\" she said, \"but why?\"",
    "A state-of-the-art, well-known machine.", "Half of 50% is 25%.", "Running, jumping, tested and wanted.",
    "Boxes, churches, cats and dogs.", "Is the content content with the present present?", "Call 555-0199 now.",
    "Zyxophorb and Quillanthe met Bramblewick.", "Kubernetes and Pyodide are words.", "Mr. and Mrs. Grzegorz are here.",
    "I object to that object.", "The 21st century, the 2nd of May.", "Close the door, it's too close.", "Ha!",
    "Tears fell as she tears the page.",
)  # fmt: skip
WATCH_JAW = """
(() => {
  const { line, link } = visavisPage.talk;
  const [put, at] = [line.put, link.welcome.channels.indexOf("JawOpen")];
  line.put = (frames) => {
    for (const { values } of frames) visavisPage.jaw.push(values[at]);
    put.call(line, frames);
  };
})()
"""
SPOKEN = "Good morning my friend, it is really nice to see you here again, and to hear about your family"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, arig_onnx: Path) -> Iterator[Tab]:
    pytest.importorskip("hibari", reason="hibari is not installed: pip install 'visavis[voices]'")
    folder = tmp_path_factory.mktemp("site")
    list(write_page(folder, str(arig_onnx), "float32", voice="hibari"))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Alone, directory=str(folder))) as server,
        tab("--headless=new") as opened,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened.visit(f"http://localhost:{server.server_port}/?provider=wasm", **SMALL)
        wait(opened, "visavisPage.talk.link.open")
        yield opened
        server.shutdown()


def letters(page: Tab, line: str) -> list[str]:
    told = page.run(f"visavisPage.talk.link.voice.read({json.dumps(line)})")
    return [piece["letters"] for piece in told]


def spoken_here(phonemes: str, seed: int) -> np.ndarray:
    """The sound (S,) at 16 kHz of phonemes, by hibari in Python, with the noise of a seed."""
    session = open_session(engine.network_path(), 1, "voices", "a natural voice")
    given = {"ids": np.asarray([engine.letter_numbers(phonemes)]), "speed": np.ones(1, np.float32)}
    described = [part[0] for part in session.run(None, given)]
    sound = engine.synthesise(described, np.random.default_rng(seed))
    return np.asarray(soxr.resample(sound, engine.RATE, SAMPLE_RATE), dtype=np.float32)


def levels(sound: np.ndarray) -> np.ndarray:
    """(T, bands) how loud each sixth of an octave or so is in each 10 ms [dB]."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, 512)[::160] * np.hanning(512)
    power = np.abs(np.fft.rfft(windows)) ** 2
    edges = np.unique(np.geomspace(3, 257, 41).astype(int))
    bands = np.add.reduceat(power, edges[:-1], axis=1)
    return 10 * np.log10(bands + 1e-6)


def test_it_comes_when_a_line_is_typed_and_says_that_it_is_on_its_way(page: Tab) -> None:
    assert not page.run("visavisPage.talk.link.voice.ready")
    type_line(page, "Hello there, nice to see you.")
    wait(page, "document.querySelector('#notice p').textContent.startsWith('The voice is')")
    wait(page, "visavisPage.talk.link.voice.ready")
    wait(page, "document.querySelector('#subtitle').textContent === 'Hello there, nice to see you.'")
    wait(page, "visavisPage.captions.state === 'speaking' && visavisPage.talk.sound.speaking")
    assert page.run("document.querySelector('#notice').hidden")


def test_phonemes_are_those_of_python(page: Tab) -> None:
    pronounce = {line: engine.pronounce(line) for line in LINES}
    told = {line: " ".join(letters(page, line)) for line in LINES}
    wrong = {line: told[line] for line in LINES if told[line].rstrip(".") != pronounce[line].rstrip(".")}
    assert wrong == {}


def test_the_sound_is_that_of_python(page: Tab) -> None:
    (phonemes,) = letters(page, SPOKEN)
    before = page.run("visavisPage.talk.link.voice.paces.length")
    type_line(page, SPOKEN)
    wait(page, f"visavisPage.talk.link.voice.paces.length > {before}")
    heard = np.asarray(page.run("Array.from(visavisPage.talk.link.voice.last)"), dtype=np.float32)
    here, again = (spoken_here(phonemes, seed) for seed in (0, 1))
    pause = round(0.3 * SAMPLE_RATE)
    assert abs(len(heard) - pause - len(here)) <= 2
    assert not heard[-pause:].any()
    here *= 0.09 / np.sqrt(np.mean(here**2))
    assert np.sqrt(np.mean(heard[:-pause] ** 2)) == pytest.approx(0.09, rel=0.02)
    found, best = (
        np.corrcoef(levels(one[: len(here)]).ravel(), levels(here).ravel())[0, 1]
        for one in (heard, again * (0.09 / np.sqrt(np.mean(again**2))))
    )
    print(f"levels of bands correlate by {found:.4f}, those of Python with other noise by {best:.4f}")
    assert found > best - 0.005


def test_lips_move_as_python_moves_them_for_the_same_sound(page: Tab) -> None:
    """In one of three takes: on a busy machine the page falls behind, and leaves out what it had no time for."""
    system, found = load("arig-small"), -1.0
    page.run("visavisPage.jaw = []")
    page.run(WATCH_JAW)
    for _ in range(3):
        found = max(found, _lips_in_a_take(page, system))
        if found > 0.8:
            break
    print(f"the jaw follows that of Python by {found:.3f}")
    assert found > 0.8


def _lips_in_a_take(page: Tab, system: System) -> float:
    """How the jaw in the page correlates with Python's for the same sound, where both fit best."""
    wait(page, "!visavisPage.talk.sound.speaking")
    page.run("visavisPage.jaw = []")
    before = page.run("visavisPage.talk.link.voice.paces.length")
    type_line(page, SPOKEN)
    wait(page, f"visavisPage.talk.link.voice.paces.length > {before}")
    sound = np.asarray(page.run("Array.from(visavisPage.talk.link.voice.last)"), dtype=np.float32)
    begun = page.run("visavisPage.jaw.length")
    frames = len(sound) // 640
    wait(page, f"visavisPage.jaw.length > {begun + frames + 50}")
    jaw = np.asarray(page.run("visavisPage.jaw"), dtype=np.float64)
    silence = np.zeros(2 * SAMPLE_RATE, np.float32)
    given = np.concatenate([silence, sound, silence])
    motion = system.generate(np.zeros_like(given), given)
    wanted = motion["JawOpen"][50 : 50 + frames, 0].astype(np.float64)
    return float(max(np.corrcoef(jaw[at : at + frames], wanted)[0, 1] for at in range(len(jaw) - frames + 1)))


def test_words_that_it_cannot_say_are_told_and_stopping_stops_what_is_not_drawn(page: Tab) -> None:
    type_line(page, "你好 to you.")
    wait(page, "document.querySelector('#notice p').textContent.includes('It cannot say “你好”, and leaves it out')")
    type_line(page, "...")
    wait(page, "document.querySelector('#notice p').textContent.includes('nothing in this line to be said')")
    wait(page, "!visavisPage.talk.sound.speaking")
    before = page.run("visavisPage.talk.link.voice.paces.length")
    type_line(page, "This is one sentence. " * 12)
    wait(page, f"visavisPage.talk.link.voice.paces.length > {before} && visavisPage.talk.sound.speaking")
    page.run("document.querySelector('#stop').click()")
    wait(page, "!visavisPage.talk.sound.speaking")
    after = page.run("visavisPage.talk.link.voice.paces.length")
    type_line(page, "Fine.")
    wait(page, "document.querySelector('#subtitle').textContent === 'Fine.'")
    assert after - before < 12
    assert page.run("visavisPage.talk.link.voice.paces.length") == after + 1
    assert [problem for problem in page.problems if not problem.startswith("asked for")] == []
