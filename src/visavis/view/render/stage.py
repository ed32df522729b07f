"""Pictures of heads side by side, off screen: no display, graphics card or system library is needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.people.looks import LOOKS
from visavis.view.people.surface_parts import Colour
from visavis.view.raster import unthreaded_products
from visavis.view.render.actor import Actor, Appearance, actor_of
from visavis.view.render.camera import Camera, View
from visavis.view.render.lighting import STUDIO_LIGHT

MOST = 4
"""Heads that fit side by side."""
_PANELS: tuple[tuple[Colour, Colour], ...] = (
    ((0.93, 0.95, 0.97), (0.80, 0.86, 0.90)),
    ((0.97, 0.95, 0.92), (0.90, 0.86, 0.80)),
)
"""Background colours at the top and at the bottom of the first and the second panel, and so on in turn."""
_NARROWEST = 0.94
"""A panel narrower than this share of its height shows the head smaller, so that the shoulders stay in."""
_ABOVE = 0.012
"""What is kept free above a head [m]."""


@dataclass(frozen=True)
class Seat:
    """The columns of a picture that belong to somebody: `width` of them from `left` [pixels]."""

    left: int
    width: int

    @property
    def middle(self) -> float:
        """The middle column."""
        return self.left + self.width / 2


class Stage:
    """Heads side by side, each in a panel of its own, in a picture of `size` (width, height) [pixels].

    A head that is None stands still; `looks` says who they are, in turn where there are fewer looks than heads.
    `margin` [pixels] is kept free at the bottom. Raises `VisavisError` unless there are one to four heads, when a
    motion cannot be shown by its head, or the size is too small.
    """

    def __init__(
        self,
        heads: Sequence[Motion | None],
        *,
        size: tuple[int, int] = (960, 480),
        looks: Sequence[Appearance] = LOOKS,
        margin: int = 0,
    ) -> None:
        require_fit(heads, looks, size, margin)
        width, height = size
        self.actors: tuple[Actor, ...] = tuple(
            map(actor_of, itertools.islice(itertools.cycle(looks), len(heads)), heads)
        )
        edges = [i * width // len(heads) for i in range(len(heads) + 1)]
        self.seats = tuple(Seat(left, right - left) for left, right in itertools.pairwise(edges))
        self._tall = height - margin
        self._views = [
            View(self._tall, seat.width, framed(actor.rest, self._tall, seat.width))
            for actor, seat in zip(self.actors, self.seats, strict=True)
        ]
        self.background = _backdrop(height, self.seats)

    def draw(self, frame: int) -> np.ndarray:
        """The picture (H, W, 3) uint8 of a frame; a motion that is over holds its last frame."""
        picture = self.background.copy()
        with unthreaded_products():
            for actor, view, seat in zip(self.actors, self._views, self.seats, strict=True):
                place = picture[: self._tall, seat.left : seat.left + seat.width]
                place[...] = view.draw([actor.posed(frame, STUDIO_LIGHT.key)], np.ascontiguousarray(place))
        return picture


def require_fit(
    heads: Sequence[Motion | None], looks: Sequence[Appearance], size: tuple[int, int], margin: int
) -> None:
    """Raise `VisavisError` unless one to four heads with at least one look fit into a picture."""
    if not 1 <= len(heads) <= MOST or not looks:
        raise VisavisError(f"{len(heads)} heads with {len(looks)} looks given; one to {MOST} heads can be shown")
    if size[0] < 32 * len(heads) or size[1] < 32 + margin:
        raise VisavisError(f"a picture of {size[0]} x {size[1]} pixels is too small for {len(heads)} heads")


def render_frames(
    heads: Sequence[Motion | None], *, size: tuple[int, int] = (960, 480), looks: Sequence[Appearance] = LOOKS
) -> Iterator[np.ndarray]:
    """The frames (H, W, 3) uint8 of heads side by side, as many as the longest motion has.

    `size` is (width, height) [pixels]. Raises `VisavisError` as `Stage` does, when the first frame is asked for.
    """
    stage = Stage(heads, size=size, looks=looks)
    for frame in range(max((len(motion) for motion in heads if motion is not None), default=1)):
        yield stage.draw(frame)


def render_frame(
    motion: Motion, frame: int = 0, *, size: tuple[int, int] = (480, 480), look: Appearance = LOOKS[0]
) -> np.ndarray:
    """One frame of one head as a picture (H, W, 3) uint8. Raises `VisavisError` as `Stage` does."""
    return Stage([motion], size=size, looks=[look]).draw(frame)


def framed(rest: np.ndarray, height: int, width: int) -> Camera:
    """The camera of a panel [pixels] that has all of a head with vertices (V, 3) [m] in it, and its shoulders.

    A head without shoulders stands in the middle.
    """
    usual = Camera()
    low, high = float(rest[:, 1].min()), float(rest[:, 1].max())
    middle, tall = usual.middle, max(usual.span, 2 * (high - usual.middle + _ABOVE))
    if low > middle - tall / 2:
        middle, tall = (low + high) / 2, 1.3 * (high - low)
    return Camera(middle=middle, span=tall * max(1.0, _NARROWEST * height / width))


def _backdrop(height: int, seats: Sequence[Seat]) -> np.ndarray:
    share = np.linspace(0.0, 1.0, height)[:, None, None]
    columns = []
    for i, seat in enumerate(seats):
        top, bottom = _PANELS[i % len(_PANELS)]
        colour = np.array(top) + (np.array(bottom) - np.array(top)) * share
        grain = np.random.default_rng(i).uniform(-0.5, 0.5, (height, seat.width, 1))
        columns.append(np.round(255 * colour + grain).astype(np.uint8))
    return np.concatenate(columns, axis=1)
