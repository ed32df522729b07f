"""The published models: sizes and hyper-parameters of the papers, in FLAME's space, on wav2vec 2.0.

The papers count epochs. An epoch here is DualTalk's training set: 50 h, seen from both sides, in 8 s windows.
ARIG says neither; it speaks arkit61 here, and hears with an encoder that needs no whole turns.
"""

from __future__ import annotations

from visavis.core.clock import FPS
from visavis.encode.augment import AS_RECORDED
from visavis.encode.framed import FramedConfig
from visavis.encode.phonetic import PhoneticConfig
from visavis.encode.speech import Wav2VecConfig, Wav2VecSizes
from visavis.models.arig.model import ArigConfig
from visavis.models.dualtalk.model import DualTalkConfig
from visavis.models.dualtalk.objective import DualTalkObjectiveConfig
from visavis.models.timar.model import DecoderConfig, TimarConfig
from visavis.models.timar.objective import TimarObjectiveConfig
from visavis.sampling.config import SamplingConfig
from visavis.system.config import SystemConfig
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe

WINDOWS_AN_EPOCH = 2 * 50 * 3600 // 8
TIMAR_BATCH = 256
TIMAR_EPOCH = WINDOWS_AN_EPOCH // TIMAR_BATCH
DUALTALK_EPOCH = WINDOWS_AN_EPOCH


def timar_base() -> Recipe:
    """TIMAR 768 wide, 24 blocks (paper, sizes)."""
    return _timar("timar-base", TimarConfig(width=768, token_width=768, depth=24, heads=12))


def timar_large() -> Recipe:
    """TIMAR 1024 wide, 32 blocks: the published checkpoint (paper, sizes)."""
    return _timar("timar-large", TimarConfig())


def timar_huge() -> Recipe:
    """TIMAR 1280 wide, 40 blocks (paper, sizes)."""
    return _timar("timar-huge", TimarConfig(width=1280, token_width=1280, depth=40, heads=16))


def timar_mlp_head() -> Recipe:
    """The large model with an MLP in place of the diffusion head (paper, Table 2)."""
    return _timar("timar-mlp-head", TimarConfig(head="mlp"))


def timar_bidirectional() -> Recipe:
    """The large model without turn-level causal attention (paper, Table 2)."""
    return _timar("timar-bidirectional", TimarConfig(causal=False))


def timar_encoder_decoder() -> Recipe:
    """The large model split into an encoder of unmasked tokens and a decoder (paper, Table 2)."""
    return _timar("timar-encoder-decoder", TimarConfig(depth=16, decoder=DecoderConfig()))


def dualtalk() -> Recipe:
    """DualTalk with two wav2vec 2.0 ears that learn with it (DualTalk, training)."""
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1e-4, betas=(0.9, 0.999), weight_decay=0.0),
        schedule=ScheduleConfig(200 * DUALTALK_EPOCH, 0, "stairs", stair=0.8, stair_steps=50 * DUALTALK_EPOCH),
        batch_size=1,
        ema=0.0,
        validate_every=5000,
        checkpoint_every=5000,
    )
    model = DualTalkConfig(ears=Wav2VecSizes())
    system = SystemConfig("dualtalk", space="flame56", speech=FramedConfig(), model=model)
    return Recipe(system, 8, DualTalkObjectiveConfig(), loop)


def arig() -> Recipe:
    """ARIG, frame by frame, in windows of 30 s (ARIG, implementation details; where it is silent, docs/arig.md)."""
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1e-4, betas=(0.9, 0.999), weight_decay=0.01),
        schedule=ScheduleConfig(300_000, 1000, "constant"),
        batch_size=16,
        accumulate=4,
        ema=0.9999,
        validate_every=5000,
        checkpoint_every=5000,
    )
    sampling = SamplingConfig(steps=15, solver="ancestral")
    system = SystemConfig("arig", speech=PhoneticConfig(), model=ArigConfig(), sampling=sampling)
    return Recipe(system, 30 * FPS, loop=loop)


def _timar(name: str, model: TimarConfig) -> Recipe:
    loop = LoopConfig(
        optimizer=OptimizerConfig(lr=1e-4, betas=(0.9, 0.95), weight_decay=0.02),
        schedule=ScheduleConfig(400 * TIMAR_EPOCH, 100 * TIMAR_EPOCH, "constant"),
        batch_size=TIMAR_BATCH,
        accumulate=8,
        ema=0.9999,
    )
    objective = TimarObjectiveConfig(augment=AS_RECORDED)
    return Recipe(SystemConfig(name, space="flame56", speech=Wav2VecConfig(), model=model), 8, objective, loop)
