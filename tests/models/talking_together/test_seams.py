"""Seams between windows, where the network is exact: motion is a Gaussian process, whose best prediction is known.

The peak of the jerk (third difference) at a joint is compared with that of as many frames in the middle of windows.
"""

from __future__ import annotations

import functools

import pytest
import torch
from torch import Tensor

from visavis.core.protocols import Network, Predict
from visavis.core.spaces import MotionSpace, space_from_groups
from visavis.core.steps import StepInput
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.model import TalkingTogether, TogetherConfig, Told
from visavis.models.talking_together.rollout import Rollout, TogetherDrawing
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.draw import make_draw
from visavis.sampling.process import TIME_SCALE

WINDOW, OVERLAP, HOP = 64, 16, 48
ROWS, WINDOWS, CHANNELS, ORDER = 48, 5, 3, 3
SPACE = space_from_groups("of a process", {"exp": (CHANNELS, "weight")})
HEADS = space_from_groups("heads of a process", {"pose": (CHANNELS, "rad")})
MARGIN = 12
FORM = TogetherConfig(window=WINDOW, overlap=OVERLAP, width=8, heads=1, blocks=1, role_width=1)


def covariance(frames: int) -> Tensor:
    """A smooth process that forgets within about ten frames, and a little that changes from frame to frame."""
    times = torch.arange(float(frames), dtype=torch.float64)
    return torch.exp(-(((times[:, None] - times) / 6) ** 2)) + 1e-3 * torch.eye(frames, dtype=torch.float64)


class Exact(TalkingTogether):
    """The best prediction of the process; `shown`: given the frames that are known, too."""

    def __init__(self, shown: bool) -> None:
        super().__init__(FORM, 1, CHANNELS)
        self.shown = shown

    def network(self, told: Told) -> Network:
        known = self.shown and told.where is not None and bool(told.where.any())
        assert not known or told.shown is not None

        def at_times(times: Tensor) -> Predict:
            def predict(x: Tensor, step: int) -> Tensor:
                level = FORM.denoising.process.level(times[step : step + 1].double() / TIME_SCALE, x[:1].double())
                values = x.double()
                first = told.shown.double()[:, :, :OVERLAP] if known and told.shown is not None else None
                return expected(values, first, level.signal.item(), level.noise.item()).float()

            return predict

        return at_times


def expected(x: Tensor, known: Tensor | None, signal: float, noise: float) -> Tensor:
    """What the process was (B, P, T, D), by noised values and, exactly, its first frames."""
    if known is None:
        return torch.einsum("ts,bpsd->bptd", gain(signal, noise, 0), x)
    mean = torch.einsum("ts,bpsd->bptd", forecast(), known)
    rest = mean + torch.einsum("ts,bpsd->bptd", gain(signal, noise, OVERLAP), x[:, :, OVERLAP:] - signal * mean)
    return torch.cat([known, rest], dim=2)


@functools.cache
def forecast() -> Tensor:
    """What known first frames say of the rest."""
    whole = covariance(WINDOW)
    return torch.linalg.solve(whole[:OVERLAP, :OVERLAP], whole[:OVERLAP, OVERLAP:]).T


@functools.cache
def gain(signal: float, noise: float, known: int) -> Tensor:
    """What noised values say of the frames after those that are known."""
    whole = covariance(WINDOW)
    left = whole[known:, known:] - (forecast() @ whole[:known, known:] if known else 0)
    return signal * torch.linalg.solve(signal**2 * left + noise**2 * torch.eye(len(left)), left)


def drawn(
    shown: bool,
    drawing: TogetherDrawing,
    steps: int = 8,
    network: type[Exact] = Exact,
    space: MotionSpace = SPACE,
) -> Tensor:
    """Windows after one another (B, P, T, D)."""
    rollout = Rollout(network(shown), drawing, space)
    generator = torch.Generator().manual_seed(0)
    draw = make_draw(
        sampler_for(FORM.denoising, SamplingConfig(steps=steps)), lambda shape: torch.randn(shape, generator=generator)
    )
    widths = {"mix": 1, "masks": 2, "places": 6}
    values = {name: torch.zeros(ROWS, WINDOW, width) for name, width in widths.items()}
    given = StepInput(values, {name: torch.ones(ROWS, WINDOW, dtype=torch.bool) for name in widths})
    pieces, state = [], rollout.init_state(ROWS)
    for _ in range(WINDOWS):
        motion, state = rollout.step(given, state, draw)
        pieces.append(motion.sample)
    return torch.cat(pieces, dim=2)


def seam(motion: Tensor, hop: int = HOP) -> float:
    """Mean peak jerk at the joints, over that in the middle of windows that are `hop` apart."""
    jerk = torch.diff(motion, n=ORDER, dim=2).abs().amax(-1)

    def peak(first: int, windows: range) -> Tensor:
        return torch.stack([jerk[:, :, n * hop + first : n * hop + first + ORDER].amax(-1) for n in windows]).mean()

    return float(peak(-ORDER, range(1, WINDOWS)) / peak(hop // 2, range(WINDOWS)))


def test_a_network_that_is_shown_what_is_held_goes_on_without_a_seam() -> None:
    """Eight steps are not exact themselves: what they draw of the overlap is not quite what the process would do."""
    for join in ("held", "carried"):
        way = TogetherDrawing(guidance=1.0, join=join)  # type: ignore[arg-type]
        seams = [seam(drawn(True, way, steps)) for steps in (8, 64)]
        assert seams[0] < 1.5
        assert seams[1] == pytest.approx(1, abs=0.1)


class Mistaken(Exact):
    """It says of all frames what is a little too large, by as much as changes from window to window."""

    def network(self, told: Told) -> Network:
        exact, off = super().network(told), 0.3 * torch.randn(ROWS, 2, 1, CHANNELS)

        def at_times(times: Tensor) -> Predict:
            predict = exact(times)
            return lambda x, step: predict(x, step) + off

        return at_times


def test_where_a_network_is_mistaken_about_what_is_shown_that_is_bent_away() -> None:
    torch.manual_seed(0)
    ways = [TogetherDrawing(guidance=1.0, join=join) for join in ("held", "carried")]
    held, carried = (seam(drawn(True, way, network=Mistaken)) for way in ways)
    assert held > 5
    assert carried < held / 4


def test_heads_go_over_from_one_window_to_the_next_without_a_seam() -> None:
    """Whether the network is exact or mistaken, whom eight steps that are held show at joints by 1.35 and 12."""
    way = TogetherDrawing(guidance=1.0, join="crossfaded", margin=MARGIN)
    for network, most in ((Exact, 0.1), (Mistaken, 0.2)):
        torch.manual_seed(0)
        seams = [seam(drawn(True, way, steps, network, HEADS), HOP - MARGIN) for steps in (8, 64)]
        assert seams == pytest.approx([1, 1], abs=most)


def test_each_other_way_to_join_windows_shows() -> None:
    """Held without being shown, faded, and cut, in this order: 14, 5.5 and 38 times what is usual."""
    ways = [TogetherDrawing(guidance=1.0, join=join) for join in ("held", "faded", "cut")]
    seams = [seam(drawn(False, way)) for way in ways]
    assert seams == pytest.approx([14.1, 5.5, 38.1], rel=0.1)


def test_whatever_the_join_windows_are_as_large_as_they_should_be() -> None:
    for shown, join in ((True, "held"), (True, "carried"), (False, "faded"), (False, "cut")):
        motion = drawn(shown, TogetherDrawing(guidance=1.0, join=join), steps=64)  # type: ignore[arg-type]
        assert motion.std() == pytest.approx(1, abs=0.1)


def test_the_way_that_is_shown_is_a_choice_of_the_model() -> None:
    assert not FORM.additions.shown_past
    assert TogetherAdditions(shown_past=True).shown_past
