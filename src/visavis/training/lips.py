"""Learning lips from captured people: which channels, and when.

Shapes: S samples, T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from visavis.analysis.listening import widened
from visavis.core.bounds import Bounds, require_bounds
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace
from visavis.data.folder import Clip
from visavis.data.windows import STD_FLOOR, Focus, Labeller, Signaller, WindowSet, statistics
from visavis.encode.activity import speech_activity


@dataclass(frozen=True)
class LipsConfig:
    """share: of each batch's windows that show captured people; the rest are conversations. channels: groups, parts
    or channels that are learned from the captured person who speaks, as far as they are known and ever move there.
    near_s: time before and after speech that still belongs to it, for lips part before a sound [s].
    """

    share: Annotated[float, Bounds(0, 1, without_least=True, without_most=True)] = 0.25
    channels: tuple[str, ...] = ("articulation", "jaw")
    near_s: Annotated[float, Bounds(0, 60)] = 0.2

    def __post_init__(self) -> None:
        require_bounds(self)
        if not self.channels:
            raise VisavisError(
                "recipe key 'lips.channels' is empty; name groups, parts or channels of the motion space"
            )

    @property
    def exact_share(self) -> Fraction:
        """The share as it was written, for places in a batch must not depend on rounding."""
        return Fraction(str(self.share))


def captured_windows(
    clips: Sequence[Clip],
    frames: int,
    space: MotionSpace,
    config: LipsConfig,
    labels: Labeller | None = None,
    signals: Signaller | None = None,
) -> WindowSet:
    """Windows of `frames` frames of captured people, in which only moving lips count, in and near their own speech.

    A channel that rests throughout (deviation below 0.01 of its unit) was not captured, whatever the file says.
    Raises `VisavisError` where none is left, or the clips cannot be used.
    """
    facts = statistics(clips, space)
    moving = facts.known & (facts.std > STD_FLOOR)
    asked = {space.channels[index] for name in config.channels for index in space.indices(name)}
    channels = frozenset(name for name, moves in zip(space.channels, moving, strict=True) if moves) & asked
    if not channels:
        raise VisavisError(
            f"{clips[0].folder}: nothing of {', '.join(config.channels)} is known and moves in {len(clips)} clips; "
            "give recordings with captured lips"
        )
    near = round(config.near_s * FPS)
    focus = Focus(channels, lambda sound: widened(speech_activity(sound), near))
    return WindowSet(clips, frames, space, focus=focus, labels=labels, signals=signals)
