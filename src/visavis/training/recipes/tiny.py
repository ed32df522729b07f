"""The paper's variants and DualTalk, small and under one equal budget, to be compared on simulated data.

All hear the embedded mel features, speak arkit61 in turns of 1 s with 8 s of context, and see the same windows in the
same order. Five things are not the paper's, else next to nothing is learned in minutes on a CPU: a token holds five
frames; a masked token receives the speech of its frames (`skip`); the agent's motion is always masked altogether, as it
is in the evaluation, for its neighbours tell more than the voice does; nothing is dropped out, for there are more data
than steps; and the learned variance stays within its bounds, which so short a training does not see to.
"""

from __future__ import annotations

from dataclasses import replace

from visavis.encode.mel import MelConfig
from visavis.models.dualtalk.model import DualTalkConfig
from visavis.models.dualtalk.objective import DualTalkObjectiveConfig
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.model import DecoderConfig, TimarConfig
from visavis.models.timar.objective import TimarObjectiveConfig
from visavis.sampling.config import SamplingConfig
from visavis.system.config import SystemConfig
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe
from visavis.training.recipes.small import small

BUDGET = LoopConfig(
    optimizer=OptimizerConfig(lr=1e-3),
    schedule=ScheduleConfig(steps=2000, warmup=100, shape="cosine"),
    batch_size=16,
    ema=0.999,
)
SPEECH = MelConfig(past_frames=2)
PAPER = TimarConfig(
    frames_per_token=5,
    token_width=192,
    width=192,
    depth=6,
    heads=6,
    head_width=320,
    head_depth=3,
    dropout=0.0,
    additions=TimarAdditions(skip=True),
)


def timar_tiny() -> Recipe:
    """TIMAR's paper form: encoder-only, turn-level causal attention, diffusion head."""
    return _timar("timar-tiny", PAPER)


def timar_tiny_mlp_head() -> Recipe:
    """An MLP in place of the diffusion head."""
    return _timar("timar-tiny-mlp-head", replace(PAPER, head="mlp"))


def timar_tiny_bidirectional() -> Recipe:
    """Without turn-level causal attention."""
    return _timar("timar-tiny-bidirectional", replace(PAPER, causal=False))


def timar_tiny_encoder_decoder() -> Recipe:
    """An encoder of unmasked tokens and a decoder, half of the blocks each."""
    half = DecoderConfig(PAPER.width, PAPER.depth // 2, PAPER.heads)
    return _timar("timar-tiny-encoder-decoder", replace(PAPER, depth=PAPER.depth // 2, decoder=half))


def timar_tiny_extended() -> Recipe:
    """With all that timar-small adds to the paper, in its turns of 1 s, under the same budget."""
    recipe = small("timar-tiny-extended", frames_per_turn=25, turns_per_layer=2, window_turns=8)
    system = replace(recipe.system, speech=SPEECH)
    return replace(recipe, system=system, loop=BUDGET)


def dualtalk_tiny() -> Recipe:
    """DualTalk without ears of its own."""
    model = DualTalkConfig(width=128, feedforward=1024, dropout=0.0)
    return Recipe(SystemConfig("dualtalk-tiny", speech=SPEECH, model=model), 8, DualTalkObjectiveConfig(), BUDGET)


def _timar(name: str, model: TimarConfig) -> Recipe:
    system = SystemConfig(name, speech=SPEECH, model=model, sampling=SamplingConfig(bounded=True))
    return Recipe(system, 8, TimarObjectiveConfig(mask_least=1.0), BUDGET)
