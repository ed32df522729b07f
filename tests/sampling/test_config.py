from __future__ import annotations

import json

import pytest

from visavis.core.config import from_dict, override, to_dict
from visavis.core.errors import VisavisError
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.config import DenoisingConfig, SamplingConfig, sampler_for
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.direct import DirectSampler
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.parameterisation import X0, Epsilon, Velocity
from visavis.sampling.sampler import DenoisingSampler
from visavis.sampling.solver import Solver

FLOW, PUBLISHED = (
    DenoisingTask(RectifiedFlow(), Velocity()),
    DenoisingTask(CosineDiffusion(), X0(), learned_variance=True),
)
TOGETHER = DenoisingTask(CosineLogSnr(), X0())


def test_impossible_sampling_is_refused() -> None:
    with pytest.raises(VisavisError, match="'steps' cannot be 0; it is at least 1"):
        SamplingConfig(steps=0)
    with pytest.raises(VisavisError, match=r"'temperature' cannot be -0\.5; it is at least 0"):
        SamplingConfig(temperature=-0.5)
    with pytest.raises(VisavisError, match=r"'eta' cannot be 1\.5; it is at least 0 and at most 1"):
        SamplingConfig(eta=1.5)
    with pytest.raises(VisavisError, match=r"'clip' cannot be 0\.0; it is above 0"):
        SamplingConfig(clip=0.0)


def test_sampling_survives_plain_data() -> None:
    for config in (SamplingConfig(7, 0.0), SamplingConfig(8, solver="ddim", eta=0.5, clip=4.0)):
        assert from_dict(SamplingConfig, json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize("recipe", [{"steps": 3}, {"steps": 3, "temperature": 1.0, "bounded": False}])
def test_recipes_that_name_no_solver_are_drawn_from_as_ever(recipe: dict[str, object]) -> None:
    config = from_dict(SamplingConfig, recipe)
    assert sampler_for(FLOW, config) == DenoisingSampler(FLOW, AdamsBashforth(), 3)
    assert sampler_for(PUBLISHED, config) == DenoisingSampler(PUBLISHED, Ancestral(), 3)
    assert sampler_for(TOGETHER, config) == DenoisingSampler(TOGETHER, Ddim(), 3)
    assert sampler_for(None, config) == DirectSampler()


@pytest.mark.parametrize(
    ("changes", "solver"),
    [
        ({"solver": "ddim", "eta": "0.3", "temperature": "0.5"}, Ddim(0.3, 0.5)),
        ({"solver": "ancestral", "bounded": "true"}, Ancestral(1.0, True)),
        ({"solver": "adams-bashforth", "temperature": "0.7"}, AdamsBashforth(0.7)),
    ],
)
def test_any_solver_draws_along_any_process(changes: dict[str, str], solver: Solver) -> None:
    config = override(SamplingConfig(), {**changes, "clip": "5"})
    for denoising in (FLOW, PUBLISHED, TOGETHER):
        assert sampler_for(denoising, config) == DenoisingSampler(denoising, solver, 5, 5.0)


def test_unknown_solvers_and_what_is_not_theirs_are_refused() -> None:
    with pytest.raises(VisavisError, match="'dim'; it is 'ancestral' or 'ddim' or 'adams-bashforth' or none"):
        from_dict(SamplingConfig, {"solver": "dim"})
    with pytest.raises(VisavisError, match="unknown solver 'dim'; did you mean 'ddim'"):
        sampler_for(FLOW, SamplingConfig(solver="dim"))  # type: ignore[arg-type]
    with pytest.raises(VisavisError, match=r"eta 0\.5 is ddim's; set solver to 'ddim', or eta to 0 with 'ancestral'"):
        sampler_for(PUBLISHED, SamplingConfig(eta=0.5))

    class Brownian(RectifiedFlow):
        pass

    unusual = DenoisingTask(Brownian(), X0())
    with pytest.raises(VisavisError, match="Brownian has no usual solver; set solver to one of ancestral, ddim, adams"):
        sampler_for(unusual, SamplingConfig())
    assert sampler_for(unusual, SamplingConfig(solver="ddim")) == DenoisingSampler(unusual, Ddim(), 5)


def test_a_recipe_says_what_is_predicted_by_tags() -> None:
    arig = from_dict(DenoisingConfig, {"process": "cosine-diffusion", "parameterisation": "epsilon"})
    assert arig.denoising == DenoisingTask(CosineDiffusion(), Epsilon())
    less_noise = DenoisingConfig("cosine-log-snr-8", "epsilon").denoising
    assert less_noise == DenoisingTask(CosineLogSnr(least=-8.0), Epsilon())
    assert 0.01 < less_noise.process.schedule(15).levels[0].signal < 0.02
    assert DenoisingConfig("cosine-log-snr", "x0").denoising == TOGETHER
    assert DenoisingConfig("rectified-flow", "v").denoising == FLOW
    assert DenoisingConfig("cosine-diffusion", "x0", True).denoising == PUBLISHED
    with pytest.raises(VisavisError, match="unknown process 'cosine'; did you mean"):
        DenoisingConfig("cosine", "x0")  # type: ignore[arg-type]
    with pytest.raises(
        VisavisError, match=r"unknown parameterisation 'eps'; did you mean 'epsilon'\? known: epsilon, v"
    ):
        DenoisingConfig("cosine-diffusion", "eps")  # type: ignore[arg-type]
