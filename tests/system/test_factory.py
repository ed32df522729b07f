from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.small_systems import CONFIGS
from visavis.core.errors import VisavisError
from visavis.core.protocols import Sampler
from visavis.core.spaces import space_named
from visavis.encode.framed import FramedConfig, FramedEncoder
from visavis.encode.mel import MelEncoder
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.models.dualtalk.rollout import Rollout as DualTalkRollout
from visavis.models.timar.model import DecoderConfig, Timar, TimarConfig
from visavis.models.timar.rollout import DrawingConfig
from visavis.models.timar.rollout import Rollout as TimarRollout
from visavis.models.timar.trunk import EncoderDecoder
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.config import SamplingConfig
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.direct import DirectSampler
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.parameterisation import X0, Velocity
from visavis.sampling.sampler import DenoisingSampler
from visavis.system.config import SystemConfig
from visavis.system.factory import make_encoder, make_model, make_rollout, make_sampler

SMALL = TimarConfig(frames_per_turn=5, window_turns=2, token_width=8, width=8, depth=1, heads=2, head_width=8)
TIMAR = SystemConfig("timar", model=SMALL)
DUALTALK = SystemConfig("dualtalk", model=DualTalkConfig(width=8, lstm_layers=1, encoder_layers=1, feedforward=8))
ARKIT = space_named("arkit61")


def test_a_config_gets_the_classes_it_names() -> None:
    assert isinstance(make_encoder(TIMAR), MelEncoder)
    assert isinstance(make_encoder(replace(DUALTALK, speech=FramedConfig())), FramedEncoder)
    timar, dualtalk = make_model(TIMAR, 7, 61), make_model(DUALTALK, 7, 61)
    assert isinstance(timar, Timar)
    assert isinstance(dualtalk, DualTalk)
    assert isinstance(make_rollout(timar, TIMAR, ARKIT, 1), TimarRollout)
    assert isinstance(make_rollout(dualtalk, DUALTALK, ARKIT, None), DualTalkRollout)
    decoder = replace(TIMAR, model=replace(SMALL, decoder=DecoderConfig(8, 1, 2)))
    assert isinstance(make_model(decoder, 7, 61), EncoderDecoder)


@pytest.mark.parametrize(
    ("config", "sampler"),
    [
        (TIMAR, DenoisingSampler(DenoisingTask(CosineDiffusion(), X0(), learned_variance=True), Ancestral(), 5)),
        (
            replace(TIMAR, model=replace(SMALL, head="flow"), sampling=SamplingConfig(3, 0.5)),
            DenoisingSampler(DenoisingTask(RectifiedFlow(), Velocity()), AdamsBashforth(0.5), 3),
        ),
        (replace(TIMAR, model=replace(SMALL, head="mlp")), DirectSampler()),
        (DUALTALK, DirectSampler()),
    ],
)
def test_each_head_is_drawn_from_in_its_way(config: SystemConfig, sampler: Sampler) -> None:
    assert make_sampler(config) == sampler


def test_an_unknown_solver_is_refused() -> None:
    config = replace(TIMAR, model=replace(SMALL, head="flow"), sampling=SamplingConfig(solver="euler"))  # type: ignore[arg-type]
    with pytest.raises(VisavisError, match="unknown solver 'euler'; known: adams-bashforth, ancestral, ddim"):
        make_sampler(config)


def test_what_speech_moves_in_the_space_is_articulated() -> None:
    model = replace(SMALL, head="flow", additions=replace(SMALL.additions, mean_head=True), frames_per_token=5)
    config = replace(TIMAR, model=model, drawing=DrawingConfig(articulation=0.0))
    rollout = make_rollout(make_model(config, 7, 61), config, ARKIT, None)
    assert isinstance(rollout, TimarRollout)
    kept = rollout._kept.view(5, 61)
    assert (kept[-1] == 0).nonzero().flatten().tolist() == sorted(ARKIT.indices("articulation").tolist())
    assert torch.equal(kept[:, ARKIT.indices("HeadPitch")[0]], torch.ones(5))


def test_what_smiles_in_the_space_nears_the_mean() -> None:
    model = replace(SMALL, head="flow", additions=replace(SMALL.additions, mean_head=True), frames_per_token=5)
    config = replace(TIMAR, model=model, drawing=DrawingConfig(smile=0.5))
    rollout = make_rollout(make_model(config, 7, 61), config, ARKIT, None)
    assert isinstance(rollout, TimarRollout)
    kept = rollout._kept.view(5, 61)
    assert (kept[-1] == 0.5).nonzero().flatten().tolist() == sorted(ARKIT.indices("smiling").tolist())


def test_an_encoder_of_other_turns_is_refused() -> None:
    with pytest.raises(VisavisError, match=r"hears turns of 25 frames.*turns of 5; set speech\.frames_per_turn to 5"):
        make_encoder(replace(TIMAR, speech=FramedConfig(frames_per_turn=25)))


def test_an_encoder_of_whole_turns_is_refused_where_speech_comes_frame_by_frame() -> None:
    with pytest.raises(VisavisError, match="hears turns of 25 frames, the model draws turns of 5"):
        make_encoder(replace(DUALTALK, speech=FramedConfig(25), model=replace(DUALTALK.model, frames_per_turn=5)))


def test_an_unknown_encoder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(VisavisError, match=r"unknown speech encoder 'Sampling.*known: framed, mel, phonetic, wav2vec"):
        make_encoder(replace(TIMAR, speech=SamplingConfig()))


def test_a_model_of_windows_hears_turns_that_fill_its_steps() -> None:
    """Of a window only the new frames are encoded, the others were heard the step before."""
    config = CONFIGS["together"]
    assert make_encoder(replace(config, speech=FramedConfig(frames_per_turn=5))).width == 640
    with pytest.raises(VisavisError, match="hears turns of 4 frames, the model draws turns of 10"):
        make_encoder(replace(config, speech=FramedConfig(frames_per_turn=4)))
