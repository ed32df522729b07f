"""One call that draws for a model: a sampler with its noise, guidance and held values."""

from __future__ import annotations

from torch import Tensor

from visavis.core.protocols import Draw, Held, Network, Noise, Sampler
from visavis.sampling.guidance import guided
from visavis.sampling.hold import hold


def make_draw(sampler: Sampler, noise: Noise) -> Draw:
    """A `Draw` with this sampler; its noise is called in drawing order."""

    def draw(
        network: Network,
        unguided: Network | None,
        scale: float | Tensor,
        shape: tuple[int, ...],
        held: Held | None = None,
    ) -> Tensor:
        asked = network if unguided is None else guided(network, unguided, scale, shape[-1])
        return sampler.sample(asked, shape, noise, None if held is None else hold(held, noise))

    return draw
