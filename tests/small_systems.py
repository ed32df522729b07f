"""Small systems with random weights, one of each form, for the generic tests over all rooms."""

from __future__ import annotations

from dataclasses import replace

import torch

from tests.toys import FramesConfig, FramesDrawing, PairConfig
from visavis.core.clock import samples_in
from visavis.core.steps import Chunk
from visavis.encode.mel import MelConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.models.arig.additions import ArigAdditions
from visavis.models.arig.model import ArigConfig
from visavis.models.arig.rollout import ArigDrawing
from visavis.models.dualtalk.model import DualTalkConfig
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.fixations import Aims
from visavis.models.talking_together.model import TogetherConfig
from visavis.models.talking_together.rollout import TogetherDrawing
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.model import DecoderConfig, TimarConfig
from visavis.models.timar.rollout import DrawingConfig
from visavis.sampling.config import DenoisingConfig, SamplingConfig
from visavis.system.config import SystemConfig
from visavis.system.system import System

SHIPPED_FORM = TimarConfig(
    frames_per_turn=10,
    window_turns=6,
    frames_per_token=5,
    token_width=24,
    width=32,
    depth=2,
    heads=2,
    dropout=0.0,
    separators=False,
    additions=TimarAdditions(
        positions="turn",
        turns_per_layer=2,
        skip=True,
        skip_user=True,
        mean_head=True,
        hand_over=True,
        speech_layers=1,
        guide=True,
    ),
    head="flow",
    head_width=24,
    head_depth=1,
)
PAPER_FORM = TimarConfig(
    frames_per_turn=5, window_turns=4, token_width=24, width=32, depth=2, heads=2, head_width=24, head_depth=1
)

DUALTALK_FORM = DualTalkConfig(
    frames_per_turn=5, window_turns=3, width=16, lstm_layers=1, encoder_layers=1, feedforward=32
)
ARIG_FORM = ArigConfig(
    width=16, heads=2, feedforward=32, history=3, chunk=3, capacity=4, context_depth=2, last_motions=3, head_width=12
)
ARIG_EXTENDED_FORM = replace(
    ARIG_FORM,
    denoises=DenoisingConfig("rectified-flow", "v"),
    additions=ArigAdditions(look_ahead=2, own_motion=False, ask_user=True, mean_head=True, noise_lags=3),
)
TOGETHER_FORM = TogetherConfig(window=14, overlap=4, width=16, blocks=1, heads=2, role_width=4)
TOGETHER_EXTENDED_FORM = replace(
    TOGETHER_FORM,
    cross_window=3,
    additions=TogetherAdditions(
        partner_frame=True, partner_gaze=True, shown_past=True, own_voice=True, unseen_lips=True
    ),
)

CONFIGS: dict[str, SystemConfig] = {
    "timar shipped": SystemConfig("shipped", speech=MelConfig(past_frames=1, memories=2), model=SHIPPED_FORM),
    "timar phonetic": SystemConfig("heard", speech=PhoneticConfig(width=16, dilations=(1, 2)), model=SHIPPED_FORM),
    "timar paper": SystemConfig("paper", space="flame56", model=PAPER_FORM),
    "timar paper, own history": SystemConfig(
        "own", space="flame56", model=PAPER_FORM, drawing=DrawingConfig(rounds=3, own_history=True, guidance=1.5)
    ),
    "timar paper, cached": SystemConfig(
        "kept", space="flame56", model=PAPER_FORM, drawing=DrawingConfig(history="cached")
    ),
    "timar mlp head": SystemConfig("mlp", space="flame56", model=replace(PAPER_FORM, head="mlp")),
    "timar encoder-decoder": SystemConfig(
        "decoder", space="flame56", model=replace(PAPER_FORM, decoder=DecoderConfig(width=48, depth=2, heads=3))
    ),
    "dualtalk": SystemConfig("dualtalk", space="flame56", model=DUALTALK_FORM),
    "arig": SystemConfig("arig", model=ARIG_FORM, sampling=SamplingConfig(steps=3, solver="ancestral")),
    "arig extended": SystemConfig(
        "arig-extended",
        model=ARIG_EXTENDED_FORM,
        drawing=ArigDrawing(articulation=0.2, smile=0.5, gestures=2.0),
        sampling=SamplingConfig(steps=2),
    ),
    "together": SystemConfig("together", space="colocated78", model=TOGETHER_FORM, sampling=SamplingConfig(steps=2)),
    "together extended": SystemConfig(
        "together-extended",
        space="colocated_arkit",
        model=TOGETHER_EXTENDED_FORM,
        drawing=TogetherDrawing(guidance=1.0, rest=0.1, aims=Aims((0.0, 0.1, 0.4), (0.0, 0.2, 0.4))),
        sampling=SamplingConfig(steps=3),
    ),
    "toy of frames": SystemConfig("frames", model=FramesConfig()),
    "toy of frames, guided": SystemConfig("led", model=FramesConfig(), drawing=FramesDrawing(guidance=2.0)),
    "toy of pairs": SystemConfig("pair", model=PairConfig()),
    "toy of pairs in a room": SystemConfig("placed", space="colocated_arkit", model=PairConfig(placed=True)),
    "timar shipped, guided": SystemConfig("guided", model=SHIPPED_FORM, drawing=DrawingConfig(guidance=2.0)),
}


LIVE = [name for name, config in CONFIGS.items() if config.interface.live]


def make(form: str) -> System:
    torch.manual_seed(3)
    system = System(CONFIGS[form]).eval()
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for name, parameter in system.named_parameters():
            size = 0.001 if "guide" in name else 0.05
            parameter.add_(size * torch.randn(parameter.shape, generator=generator))
        system.model.motion_mean.fill_(0.3)
        system.model.motion_std.fill_(0.1)
    return system


def sounds(frames: int, rows: int = 1, seed: int = 0) -> Chunk:
    generator = torch.Generator().manual_seed(seed)
    user = 0.1 * torch.randn(rows, samples_in(frames), generator=generator)
    agent = 0.1 * torch.randn(rows, samples_in(frames), generator=generator)
    return Chunk(user_speech=user, agent_speech=agent)


def chunk_for(system: System, frames: int, rows: int = 1, seed: int = 0) -> Chunk:
    """All that a system takes."""
    voices, generator = sounds(frames, rows, seed), torch.Generator().manual_seed(seed + 100)
    motion = torch.rand(rows, frames, system.space.width, generator=generator)
    every = {**voices.values, "user_motion": motion, "mix": voices["user_speech"] + voices["agent_speech"]}
    every["masks"] = torch.rand(rows, frames, 2, generator=generator).round()
    every["places"] = torch.rand(rows, frames, 6, generator=generator)
    return Chunk({one.name: every[one.name] for one in system.interface.inputs})


def part(chunk: Chunk, start: int, stop: int) -> Chunk:
    sound = slice(samples_in(start), samples_in(stop))
    return Chunk(
        {name: value[:, sound] if value.dim() == 2 else value[:, start:stop] for name, value in chunk.values.items()},
        known={name: known[:, start:stop] for name, known in chunk.known.items()},
    )


def rows_of(chunk: Chunk, rows: list[int]) -> Chunk:
    return Chunk(
        {name: value[rows] for name, value in chunk.values.items()},
        known={name: known[rows] for name, known in chunk.known.items()},
    )
