"""A Chromium to look at pages with, spoken to over a pipe: JSON that ends with a zero byte; no further package."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((found for found in map(shutil.which, NAMES) if found), None)
_FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--mute-audio"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--autoplay-policy=no-user-gesture-required"),
)
_START = """
import fcntl, os, sys
free = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for number, standing in zip(free, (3, 4)):
    os.dup2(number, standing)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium listens on descriptor 3 and answers on 4, whatever numbers the pipes have here."""


class Tab:
    """One open page; `problems` are what it wrote to its console as warnings or errors, and what it asked of others
    than `allowed` (beginnings of addresses)."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._numbers, self._rest, self._session = iter(range(1, 10**6)), b"", ""
        self.problems: list[str] = []
        self.allowed: tuple[str, ...] = ()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def open(self, path: Path, *, width: int = 1200, height: int = 800, dark: bool = False, at: float = 0) -> None:
        """Show a page from disk, and wait until it can be played."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=f"{path.resolve().as_uri()}#t={at}")
        self.run("new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))")
        self.run("visavisPlayer.then(async player => { window.player = player; })")

    def visit(self, address: str, *, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        """Show a page of a server on this machine, to which it may talk."""
        self.allowed = (address, address.replace("http", "ws", 1), "blob:", "data:")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=address)
        self.run("new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))")

    def run(self, code: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        told = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._receive, 1 << 20)
            assert piece, "Chromium went away"
            self._rest += piece
        whole, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(whole)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.consoleAPICalled" if params["type"] in ("warning", "error", "assert"):
                self.problems.append(json.dumps(params["args"]))
            case "Runtime.exceptionThrown":
                self.problems.append(json.dumps(params["exceptionDetails"]))
            case "Log.entryAdded" if params["entry"]["level"] in ("warning", "error"):
                self.problems.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self._asked(params["request"]["url"])
            case "Network.webSocketCreated":
                self._asked(params["url"])

    def _asked(self, url: str) -> None:
        if url.startswith(("http", "ws")) and not url.startswith(self.allowed):
            self.problems.append("asked for " + url)


@contextlib.contextmanager
def tab(*flags: str) -> Iterator[Tab]:
    """A tab of a Chromium that ends with the block, with further flags."""
    assert CHROMIUM is not None
    (theirs, send), (receive, ours) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        all_flags = (*_FLAGS, *flags, f"--user-data-dir={profile}")
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs), str(ours), CHROMIUM, *all_flags],
            pass_fds=(theirs, ours),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(ours)
        try:
            yield Tab(send, receive)
        finally:
            process.kill()
            process.wait()
            os.close(send)
            os.close(receive)
