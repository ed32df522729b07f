"""The page whose model runs in the browser, from a plain file server, in a real browser."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.view.player.browser import CHROMIUM, Tab, tab
from visavis.data.sound import read_sound, write_sound
from visavis.export.page import BUILT, write_page

ROOT = Path(__file__).parents[2]
USER = ROOT / "src" / "visavis" / "assets" / "demo" / "user.flac"
SMALL = {"width": 400, "height": 560}
PATIENCE_S = 180.0
WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan")
"""A graphics card that the processor plays."""

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not (BUILT / "engine" / "ort").is_dir(), reason="the page is not built: python page/build_page.py"
    ),
]


class Alone(http.server.SimpleHTTPRequestHandler):
    """What `python -m http.server` sends; with `isolated` also what a browser wants before it gives threads."""

    isolated = False

    def end_headers(self) -> None:
        if self.isolated:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Isolated(Alone):
    isolated = True


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, arig_onnx: Path) -> Path:
    folder = tmp_path_factory.mktemp("site")
    list(write_page(folder, str(arig_onnx), "float32"))
    return folder


@pytest.fixture(params=[Alone, Isolated])
def address(request: pytest.FixtureRequest, site: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(request.param, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    recording = tmp_path_factory.mktemp("microphone") / "user.wav"
    write_sound(read_sound(USER), recording)
    with tab(
        *("--headless=new", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={recording}",
    ) as opened:
        yield opened


def type_line(page: Tab, text: str) -> None:
    page.run(f"document.querySelector('#text').value = {json.dumps(text)}")
    page.run("document.querySelector('#composer').requestSubmit()")


def wait(page: Tab, condition: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not page.run(f"Boolean({condition})"):
        said = page.run("document.querySelector('#notice p').textContent")
        assert time.monotonic() < until, f"never: {condition}; the page says {said!r}"
        time.sleep(0.05)


def test_it_listens_and_speaks_with_nobody_else(browser: Tab, address: str) -> None:
    browser.problems.clear()
    browser.visit(f"{address}/?threads=2&provider=wasm", **SMALL)
    wait(browser, "visavisPage.talk.link.open")
    isolated = browser.run("crossOriginIsolated")
    assert browser.run("visavisPage.talk.link.speed.threads") == (2 if isolated else 1)
    taken = browser.run("visavisPage.talk.link.bench(60)")
    middle = sorted(taken)[len(taken) // 2]
    print(f"a call {middle:.1f} ms, {1000 / middle:.0f} a second, threads {2 if isolated else 1}")
    browser.press("m", "m")
    wait(browser, "visavisPage.talk.counters.frames > 25 && visavisPage.talk.reactions.length > 5")
    wait(browser, "visavisPage.captions.state === 'listening'")
    browser.press("m", "m")
    browser.run("document.querySelector('#samples').selectedIndex = 1")
    browser.run("document.querySelector('#samples').dispatchEvent(new Event('change'))")
    wait(browser, "visavisPage.captions.state === 'speaking' && visavisPage.talk.sound.speaking")
    browser.press("Escape")
    wait(browser, "visavisPage.talk.counters.takenBack > 0 && !visavisPage.talk.sound.speaking")
    assert [problem for problem in browser.problems if not problem.startswith(f"asked for {address}/")] == []


def test_what_it_cannot_do_it_says(browser: Tab, address: str) -> None:
    browser.visit(f"{address}/?precision=int8", **SMALL)
    wait(browser, "document.querySelector('#notice p').textContent.includes('is not there in int8')")
    browser.visit(address, **SMALL)
    wait(browser, "visavisPage.talk.link.open")
    type_line(browser, "Good morning")
    wait(browser, "document.querySelector('#notice p').textContent.startsWith('This page has no voice')")


@pytest.mark.parametrize("flags", [(), WEBGPU], ids=["without", "with"])
def test_a_graphics_card_runs_the_model_where_it_is_asked_and_there_is_one(site: Path, flags: tuple[str, ...]) -> None:
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Alone, directory=str(site))) as server,
        tab("--headless=new", *flags) as page,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.visit(f"http://localhost:{server.server_port}/?provider=webgpu", **SMALL)
        # Nobody looks, and the processor that plays the graphics card draws no heads beside.
        wait(page, "visavisPage.stage")
        page.run("void (visavisPage.stage.draw = () => undefined)")
        wait(page, "visavisPage.talk.link.open")
        if flags:
            assert page.run("visavisPage.talk.link.speed.provider") == "webgpu"
            wait(page, "visavisPage.talk.counters.frames > 0")
        else:
            assert page.run("visavisPage.talk.link.speed.provider") == "wasm"
            wait(page, "document.querySelector('#notice p').textContent.startsWith('WebGPU was asked for')")
            page.visit(f"http://localhost:{server.server_port}", **SMALL)
            wait(page, "visavisPage.talk.counters.frames > 3")
        server.shutdown()
