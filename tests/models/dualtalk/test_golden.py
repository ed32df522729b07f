"""The published form computes what the published implementation computes, to rounding."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.dyads import step_input
from tests.golden import GOLDEN
from visavis.core.clock import SAMPLES_PER_FRAME, frames_in, samples_in
from visavis.encode.speech import sizes_from_hub
from visavis.models.dualtalk.model import DualTalk
from visavis.models.dualtalk.published import config_from_weights, generate_as_published, own_weights
from visavis.models.dualtalk.rollout import Rollout

pytest.importorskip("transformers", reason="the published model's ears need transformers")

CASES = [pytest.param(path.parent, id=path.parent.name) for path in sorted(GOLDEN.rglob("DualTalk.pth"))]
TOLERANCE = 5e-6

pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="needs the golden numbers (VISAVIS_GOLDEN)")


@dataclass(frozen=True)
class Golden:
    """A published model, a conversation of any length, voices (1, S), and the motion it gave."""

    model: DualTalk
    user_speech: Tensor
    user_motion: Tensor
    agent_speech: Tensor
    agent_motion: Tensor


@pytest.fixture(scope="module", params=CASES)
def golden(request: pytest.FixtureRequest) -> Golden:
    folder: Path = request.param
    told = json.loads((folder / "config.json").read_text())
    numbers = load_file(folder / "case.safetensors")
    weights = torch.load(folder / "DualTalk.pth", weights_only=True)
    config = config_from_weights(weights, sizes_from_hub(told["wav2vec2"]))
    frames = numbers["user_motion"].shape[1]
    config = replace(config, frames_per_turn=math.gcd(frames, config.frames_per_turn))
    assert config.width == told["feature_dim"]
    model = DualTalk(config, SAMPLES_PER_FRAME, told["blendshape_dim"]).eval()
    model.load_state_dict(own_weights(weights))
    return Golden(
        model, *(numbers[f"{what}"] for what in ("user_speech", "user_motion", "agent_speech", "agent_motion"))
    )


@torch.no_grad()
def test_motion_of_a_whole_recording(golden: Golden) -> None:
    drawn = generate_as_published(golden.model, golden.user_speech, golden.user_motion, golden.agent_speech)
    torch.testing.assert_close(drawn, golden.agent_motion, atol=TOLERANCE, rtol=0)


@torch.no_grad()
def test_the_last_turn_that_has_heard_everything(golden: Golden) -> None:
    frames = golden.model.config.frames_per_turn
    speech = [
        voice[:, : samples_in(frames_in(voice.shape[1]))].unflatten(1, (-1, SAMPLES_PER_FRAME))
        for voice in (golden.user_speech, golden.agent_speech)
    ]
    if speech[1].shape[1] != golden.agent_motion.shape[1]:
        pytest.skip("this case is stretched over a frame more than its sound has; turns are drawn frame by frame")
    turns = golden.agent_motion.shape[1] // frames
    room = Rollout(golden.model, turns - 1)
    state = room.init_state(1)
    seen = torch.ones(1, frames, dtype=torch.bool)
    for turn in range(turns):
        now = slice(turn * frames, (turn + 1) * frames)
        heard = step_input(speech[0][:, now], speech[1][:, now], golden.user_motion[:, now], seen, seen)
        motion, state = room.step(heard, state, lambda *_: torch.zeros(0))
    torch.testing.assert_close(motion.sample[:, 0], golden.agent_motion[:, -frames:], atol=TOLERANCE, rtol=0)
