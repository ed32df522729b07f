"""Sampling in a recipe: its options, the tags of processes, parameterisations and solvers, and what they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from visavis.core.bounds import Bounds, Share, require_bounds
from visavis.core.errors import VisavisError, unknown
from visavis.core.protocols import Sampler
from visavis.sampling.adams_bashforth import AdamsBashforth
from visavis.sampling.ancestral import Ancestral
from visavis.sampling.categorical import CategoricalSampler, Choice
from visavis.sampling.cosine import CosineDiffusion
from visavis.sampling.ddim import Ddim
from visavis.sampling.denoising import DenoisingTask
from visavis.sampling.direct import DirectSampler
from visavis.sampling.flow import RectifiedFlow
from visavis.sampling.logsnr import CosineLogSnr
from visavis.sampling.mean_velocity import MeanVelocity, MeanVelocitySampler
from visavis.sampling.parameterisation import X0, Epsilon, Parameterisation, Velocity
from visavis.sampling.process import Process
from visavis.sampling.sampler import DenoisingSampler
from visavis.sampling.solver import Solver

SolverTag = Literal["ancestral", "ddim", "adams-bashforth"]
ProcessTag = Literal[
    "rectified-flow", "cosine-diffusion", "cosine-log-snr", "cosine-log-snr-8", "cosine-log-snr-shifted"
]
ParameterisationTag = Literal["x0", "epsilon", "v"]

PROCESSES: Mapping[str, Process] = {
    "rectified-flow": RectifiedFlow(),
    "cosine-diffusion": CosineDiffusion(),
    "cosine-log-snr": CosineLogSnr(),
    "cosine-log-snr-8": CosineLogSnr(least=-8.0),
    "cosine-log-snr-shifted": CosineLogSnr(shift=3.0),
}
"""cosine-log-snr-8 starts with 2 % of the data, so that predicted noise tells of it from the first step on.

cosine-log-snr-shifted is for long stretches that are drawn at once: what is slow in them shows through much noise, so
most that is decided is decided near its beginning."""
PARAMETERISATIONS: Mapping[str, Parameterisation] = {"x0": X0(), "epsilon": Epsilon(), "v": Velocity()}
_USUAL: Mapping[type[Process], SolverTag] = {
    RectifiedFlow: "adams-bashforth",
    CosineDiffusion: "ancestral",
    CosineLogSnr: "ddim",
}


@dataclass(frozen=True)
class DenoisingConfig:
    """What a model's network is trained to predict, for its recipe: see `DenoisingTask`."""

    process: ProcessTag
    parameterisation: ParameterisationTag
    learned_variance: bool = False

    def __post_init__(self) -> None:
        for name, known in (("process", PROCESSES), ("parameterisation", PARAMETERISATIONS)):
            if getattr(self, name) not in known:
                raise unknown(name, str(getattr(self, name)), known)

    @property
    def denoising(self) -> DenoisingTask:
        """The task itself."""
        return DenoisingTask(PROCESSES[self.process], PARAMETERISATIONS[self.parameterisation], self.learned_variance)


@dataclass(frozen=True)
class SamplingConfig:
    """steps: denoising steps a draw, one prediction each (official evaluation: 5). temperature: scale of the noise.

    bounded: ancestral steps keep a learned variance between its two bounds (published: false), see `Ancestral`.
    solver: None is the process's usual one: a flow's Adams and Bashforth, a diffusion's ancestral sampling, DDIM in
    continuous time. eta: DDIM's share of fresh noise. clip: largest size of predicted data, in the model's normalised
    units (None: any); it keeps predicted noise, which near pure noise says little of the data, from blowing up.
    """

    steps: Annotated[int, Bounds(1, 1000)] = 5
    temperature: Annotated[float, Bounds(0, 10)] = 1.0
    bounded: bool = False
    solver: SolverTag | None = None
    eta: Share = 0.0
    clip: Annotated[float, Bounds(0, 1000, without_least=True)] | None = None

    def __post_init__(self) -> None:
        require_bounds(self)


def sampler_for(denoising: DenoisingTask | MeanVelocity | Choice | None, config: SamplingConfig) -> Sampler:
    """The sampler of a network that was trained for `denoising`, or a choice; None: its prediction is the value.

    Raises `VisavisError` for an unknown solver, or one where a mean velocity leaves nothing to solve, eta without DDIM,
    and steps that the process has not.
    """
    if denoising is None:
        return DirectSampler()
    if isinstance(denoising, Choice):
        return CategoricalSampler(config.temperature)
    if isinstance(denoising, MeanVelocity):
        if config.solver is not None or config.clip is not None or config.eta:
            raise VisavisError("a mean velocity is followed as it is; leave solver, clip and eta out")
        return MeanVelocitySampler(config.steps, config.temperature)
    return DenoisingSampler(denoising, _solver(denoising.process, config), config.steps, config.clip)


def _solver(process: Process, config: SamplingConfig) -> Solver:
    solvers: dict[str, Solver] = {
        "ancestral": Ancestral(config.temperature, config.bounded),
        "ddim": Ddim(config.eta, config.temperature),
        "adams-bashforth": AdamsBashforth(config.temperature),
    }
    tag = _USUAL.get(type(process)) if config.solver is None else config.solver
    if tag is None:
        raise VisavisError(f"{type(process).__name__} has no usual solver; set solver to one of {', '.join(solvers)}")
    if tag not in solvers:
        raise unknown("solver", tag, solvers)
    if config.eta and tag != "ddim":
        raise VisavisError(f"eta {config.eta} is ddim's; set solver to 'ddim', or eta to 0 with {tag!r}")
    return solvers[tag]
