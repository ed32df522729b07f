"""Pictures of one or two heads, off screen: no display, graphics card or system library is needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.people.build import build_head
from visavis.view.people.looks import LOOKS, Look
from visavis.view.people.parts import Colour
from visavis.view.picture.canvas import Canvas
from visavis.view.picture.scene import Camera, Portrait
from visavis.view.retarget import performance, still

_PANELS: tuple[tuple[Colour, Colour], ...] = (
    ((0.93, 0.95, 0.97), (0.80, 0.86, 0.90)),
    ((0.97, 0.95, 0.92), (0.90, 0.86, 0.80)),
)
"""Background colours at the top and at the bottom of the first and the second panel."""
_NARROWEST = 0.94
"""A panel narrower than this share of its height shows the head smaller, so that the shoulders stay in."""


@dataclass(frozen=True)
class Panel:
    """Where on the picture a head is drawn: rows from `top` and columns from `left` [pixels]."""

    left: int
    width: int
    height: int


class Stage:
    """One or two heads side by side on a canvas of `size` (width, height) [pixels].

    A head that is None stands still. `margin` [pixels] is kept free at the bottom. Raises `VisavisError` when
    there are not one or two heads, a motion cannot be shown, or the size is too small.
    """

    def __init__(
        self,
        heads: Sequence[Motion | None],
        *,
        size: tuple[int, int] = (960, 480),
        looks: Sequence[Look] = LOOKS,
        margin: int = 0,
    ) -> None:
        width, height = size
        if len(heads) not in (1, 2) or len(looks) < len(heads):
            raise VisavisError(f"{len(heads)} heads with {len(looks)} looks given; one or two heads can be shown")
        if width < 32 * len(heads) or height < 32 + margin:
            raise VisavisError(f"a picture of {width} x {height} pixels is too small for {len(heads)} heads")
        self._performances = [performance(still() if motion is None else motion) for motion in heads]
        self.canvas = Canvas(width, height)
        self.looks = tuple(looks[: len(heads)])
        edges = [i * width // len(heads) for i in range(len(heads) + 1)]
        tall = height - margin
        self.panels = [Panel(left, right - left, tall) for left, right in itertools.pairwise(edges)]
        self._portraits = [
            Portrait(build_head(look), tall, panel.width, _framed(panel))
            for look, panel in zip(self.looks, self.panels, strict=True)
        ]
        self.background = _backdrop(width, height, len(heads))

    def draw(self, frame: int) -> None:
        """Start a new picture with the heads as they are in `frame`; a motion that is over holds its last frame."""
        picture = self.background.copy()
        for shown, portrait, panel in zip(self._performances, self._portraits, self.panels, strict=True):
            pose = shown.pose(frame)
            place = picture[: panel.height, panel.left : panel.left + panel.width, :3]
            place[...] = portrait.draw(pose.weights, pose.head, pose.gaze, np.ascontiguousarray(place))
        self.canvas.start(picture)


def render_frames(
    heads: Sequence[Motion | None], *, size: tuple[int, int] = (960, 480), looks: Sequence[Look] = LOOKS
) -> Iterator[np.ndarray]:
    """The frames (H, W, 3) uint8 of one or two heads side by side, as many as the longest motion has.

    `size` is (width, height) [pixels]. Raises `VisavisError` as `Stage` does, when the first frame is asked for.
    """
    stage = Stage(heads, size=size, looks=looks)
    for frame in range(max((len(motion) for motion in heads if motion is not None), default=1)):
        stage.draw(frame)
        yield stage.canvas.picture()


def render_frame(
    motion: Motion, frame: int = 0, *, size: tuple[int, int] = (480, 480), look: Look = LOOKS[0]
) -> np.ndarray:
    """One frame of one head as a picture (H, W, 3) uint8. Raises `VisavisError` as `Stage` does."""
    stage = Stage([motion], size=size, looks=[look])
    stage.draw(frame)
    return stage.canvas.picture()


def _framed(panel: Panel) -> Camera:
    camera = Camera()
    return Camera(span=camera.span * max(1.0, _NARROWEST * panel.height / panel.width))


def _backdrop(width: int, height: int, panels: int) -> np.ndarray:
    share = np.linspace(0.0, 1.0, height)[:, None, None]
    picture = np.full((height, width, 4), 255, np.uint8)
    for i, (top, bottom) in enumerate(_PANELS[:panels]):
        left, right = i * width // panels, (i + 1) * width // panels
        colour = np.array(top) + (np.array(bottom) - np.array(top)) * share
        grain = np.random.default_rng(i).uniform(-0.5, 0.5, (height, right - left, 1))
        picture[:, left:right, :3] = np.round(255 * colour + grain)
    return picture
