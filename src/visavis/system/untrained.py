"""Systems with random weights, of any size: to measure what they cost before anything is trained or downloaded."""

from __future__ import annotations

import torch

from visavis.encode.speech import Wav2VecConfig, Wav2VecEncoder, Wav2VecSizes, make_network
from visavis.system.config import SystemConfig
from visavis.system.system import System

_UNZEROED = 0.02
"""Deviation of weights that a training starts from at zero, so that what comes out depends on all that goes in."""


def untrained(config: SystemConfig, seed: int = 0) -> System:
    """A system of a config's sizes with random weights; a wav2vec 2.0 is of the large size and random, too.

    Raises `VisavisError` when transformers is missing and the config hears with wav2vec 2.0.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = None
        if isinstance(config.speech, Wav2VecConfig):
            encoder = Wav2VecEncoder(config.speech, make_network(Wav2VecSizes()))
        system = System(config, encoder).eval()
        for weights in system.model.parameters():
            if weights.dim() > 1 and not weights.any():
                torch.nn.init.normal_(weights, std=_UNZEROED)
        return system
