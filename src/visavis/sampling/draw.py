"""One call that draws for a model: a sampler with its noise, guidance and held values."""

from __future__ import annotations

from collections.abc import Callable

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
        start: Callable[[Noise], Tensor] | None = None,
    ) -> Tensor:
        asked = network if unguided is None else guided(network, unguided, scale, shape[-1])
        source = noise if start is None else started(noise, start)
        return sampler.sample(asked, shape, source, None if held is None else hold(held, noise))

    return draw


def started(noise: Noise, start: Callable[[Noise], Tensor]) -> Noise:
    """Noise whose first call is answered by `start`."""
    first = iter((start,))

    def drawn(shape: tuple[int, ...]) -> Tensor:
        begin = next(first, None)
        return noise(shape) if begin is None else begin(noise)

    return drawn
