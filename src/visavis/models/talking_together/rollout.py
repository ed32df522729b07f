"""Talking Together: in what order the future is drawn. One step is a window that overlaps the one before.

    window k          [(k + 1) hop + margin - window .......... (k + 1) hop + margin)
    its overlap       [k hop - overlap .. k hop)                 drawn by window k - 1
    what step k gives                    [k hop .. (k + 1) hop)
    its margin                                    [(k + 1) hop .. (k + 1) hop + margin)    given by window k + 1

Of the first window only what lies after the beginning exists.

Shapes: B conversations, P = 2 people, T frames of a window, O of its overlap, D motion channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import torch
from torch import Tensor

from visavis.core.bounds import Gain, Guidance, OptionalSize, Share, require_bounds
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw, Held, Network
from visavis.core.spaces import MotionSpace
from visavis.core.steps import StepInput, StepMotion
from visavis.layers.emphasis import Emphasis
from visavis.layers.unet import existing
from visavis.models.talking_together.eyes import RestingEyes
from visavis.models.talking_together.fixations import Aims, Fixation, no_fixation
from visavis.models.talking_together.joint import carried_on, crossfaded
from visavis.models.talking_together.model import PEOPLE, PLACE, TalkingTogether, TogetherConfig, Told
from visavis.models.talking_together.room import Room, people_of, usual_places

_SOFT = ("pose", "neck", "translation", "brows", "smiling")

UNTOLD_ACTIVITY = 0.5
"""The mask of somebody of whom nobody knows whether they speak."""


@dataclass(frozen=True)
class TogetherDrawing:
    """guidance: towards what is heard, 1 is plain (paper: 2, supplement). join: how a window goes on from that before
    it: "held": the overlap is held at what was drawn while the rest is denoised; "carried": the window is told what was
    drawn, and its first new frames are bent so that they go on from there without a jolt (`joint`); "crossfaded": it is
    told that, too, and heads, brows, smiles and eyes go over to it from the `margin` of the window before; "faded": it
    is drawn for itself, and how far it lies from what was drawn fades out over as many frames as the overlap has;
    "cut": it is drawn for itself and begins at once. articulation_noise: scale of the noise that channels which speech
    moves start from; with 0 of them what is heard is all that decides what the mouth does. smile: the share of its
    distance from the mean that is left of what is drawn, in the channels that smile (1: all); nod: of what is quick in
    it, in how far heads tilt. gestures: how often the mean's quick movements of head and brows are added to what is
    drawn (0: off), see `layers.emphasis`. rest: how far what is drawn goes [rad] before eyes, which rest on something
    until then, jump there (0: eyes move as drawn); aims: how far past the partner's eyes they then look, as fitted to
    people (`training.fixations`), see `fixations`. margin: frames at a window's end that are drawn and not used, for
    what is drawn next to an end is not what people do.
    """

    tag: ClassVar[str] = "talking-together"

    guidance: Guidance = 2.0
    join: Literal["held", "carried", "crossfaded", "faded", "cut"] = "held"
    articulation_noise: Share = 1.0
    smile: Share = 1.0
    nod: Share = 1.0
    gestures: Gain = 0.0
    rest: Share = 0.0
    aims: Aims = field(default_factory=Aims)
    margin: OptionalSize = 0

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.join == "crossfaded" and not self.margin:
            raise VisavisError("windows go over to one another in a margin; give drawing.margin, 12, or another join")


def interface_of(config: TogetherConfig, margin: int = 0) -> Interface:
    """One recording of both, who speaks in it, and where both are, to the end of a window; two people out.

    Raises `VisavisError` for a margin that leaves nothing of a window.
    """
    span, hop = config.window, config.window - config.overlap - margin
    if hop < max(config.overlap, 1):
        raise VisavisError(
            f"a margin of {margin} leaves {hop} new frames of a window of {span} that shares {config.overlap} with the "
            f"one before; at most {span - config.overlap - max(config.overlap, 1)} is possible"
        )
    masks = InputSpec("masks", "signal", margin, span, len(PEOPLE))
    inputs = (
        InputSpec("mix", "speech", margin, span),
        *([masks] if config.roles else []),
        InputSpec("places", "signal", margin, span, len(PEOPLE) * PLACE),
    )
    return Interface(inputs, hop=hop, past_frames=config.overlap, people=PEOPLE, live=False)


@dataclass(frozen=True)
class TogetherState:
    """`steps` (B,), the frames of the last window that the next one shares with it, `last` (B, P, O, D), and those that
    it drew `beyond` what it gave (B, P, M, D), as the network has drawn them, and what eyes rest on."""

    steps: Tensor
    last: Tensor
    beyond: Tensor
    fixation: Fixation


@dataclass(frozen=True, eq=False)
class _Window:
    """What is known of a window: places (B, T, P, 3), what the window before drew, and which frames exist (B, T) bool,
    None: all."""

    places: Tensor
    held: Held
    exists: Tensor | None


class Rollout:
    """Draws both people's motion window by window with a trained `TalkingTogether`."""

    def __init__(self, model: TalkingTogether, drawing: TogetherDrawing, space: MotionSpace) -> None:
        self.model, self.drawing = model, drawing
        self.unseen = model.unseen(space)
        self.room = Room(space, model.config.additions)
        self.eyes = RestingEyes(space, drawing.rest, drawing.aims)
        self.interface = interface_of(model.config, drawing.margin)
        self.predicts_mean = True
        noise, left = torch.ones(2, model.channels)
        noise[list(space.spoken)] = drawing.articulation_noise
        smiling, brows = (space.parts.get(part, ()) for part in ("smiling", "brows"))
        left[list(smiling)] = drawing.smile
        self._noise, self._left = noise, left
        self._soft, self._slow = soft_channels(space), soft_channels(space, eyes=True)
        self._emphasis = Emphasis((*space.groups.get("pose", ()), *brows), drawing.gestures)
        tilts = tuple(rotation.pitch for rotation in space.rotations_in("pose"))
        self._stray_nods = Emphasis(tilts, drawing.nod - 1)

    def init_state(self, batch: int) -> TogetherState:
        """The state before the first window."""
        mean, config = self.model.motion_mean, self.model.config
        steps = torch.zeros(batch, dtype=torch.int64, device=mean.device)
        last, beyond = (
            mean.new_zeros(batch, len(PEOPLE), frames, self.model.channels)
            for frames in (config.overlap, self.drawing.margin)
        )
        return TogetherState(steps, last, beyond, no_fixation(batch, len(PEOPLE), mean))

    def step(self, given: StepInput, state: TogetherState, draw: Draw) -> tuple[StepMotion, TogetherState]:
        """Draws one window, gives its new frames, and the state after them."""
        window = self._window(given, state)
        scale: float | Tensor = self.drawing.guidance if given.guidance is None else given.guidance.to(window.places)
        plain = scale == 1 if isinstance(scale, float) else bool((scale == 1).all())
        network = self._network(given, window, audible=True)
        unguided = None if plain else self._network(given, window, audible=False)
        shape, overlap = tuple(window.held.values.shape), self.model.config.overlap
        held = window.held if self.drawing.join == "held" else None
        drawn = draw(network, unguided, scale, shape, held, lambda noise: noise(shape) * self._noise.to(window.places))
        mean = self._mean(network, drawn, window.exists)
        new, hop = self._joined(self._around(mean, drawn), state), self.interface.hop
        shown, expected = (
            self.room.outwards(self.model.denormalise(one), window.places[:, overlap:])
            for one in (new, mean[:, :, overlap:])
        )
        shown, fixation = self.eyes.step(shown, state.fixation, hop)
        last, beyond = new[:, :, hop - overlap : hop], new[:, :, hop:]
        return StepMotion(shown, expected[:, :, :hop]), TogetherState(state.steps + 1, last, beyond, fixation)

    def _mean(self, network: Network, drawn: Tensor, exists: Tensor | None) -> Tensor:
        """What the network makes of noise alone: the mean (B, P, T, D) of all that it may draw in a window."""
        task = self.model.config.denoising
        begin = torch.full((1,), task.begins, device=drawn.device)
        mean = network(task.process.network_time(begin))(torch.zeros_like(drawn), 0)
        if exists is None:
            return mean
        return existing(mean.flatten(0, 1), exists.repeat_interleave(len(PEOPLE), 0)).view(mean.shape)

    def _around(self, mean: Tensor, drawn: Tensor) -> Tensor:
        """What is drawn (B, P, T, D), smiling and nodding nearer to its mean, whose gestures are made larger."""
        shown = drawn.lerp(mean, 1 - self._left.to(drawn)).flatten(0, 1)
        nothing = torch.zeros(len(shown), dtype=torch.bool, device=drawn.device)
        for emphasis, source in ((self._emphasis, mean), (self._stray_nods, drawn - mean)):
            begin = emphasis.init_state(shown, len(shown))
            shown, _ = emphasis.apply(shown, source.flatten(0, 1), begin, nothing)
        return shown.view(drawn.shape)

    @property
    def _goes_on(self) -> bool:
        """Whether windows are drawn knowing those before."""
        return self.drawing.join in ("held", "carried", "crossfaded")

    def _window(self, given: StepInput, state: TogetherState) -> _Window:
        config, last = self.model.config, state.last
        rest = last.new_zeros(*last.shape[:2], config.window - config.overlap, self.model.channels)
        values = torch.cat([last, rest], dim=2)
        after, first = torch.arange(config.window, device=last.device) >= config.overlap, state.steps == 0
        known = (~after & ~first[:, None])[:, None, :, None].expand(values.shape)
        exists = after | ~first[:, None] if config.overlap and bool(first.any()) else None
        places = people_of(given["places"])
        places = torch.where(given.known["places"][..., None, None], places, usual_places(places))
        return _Window(places, Held(values, known), exists)

    def _network(self, given: StepInput, window: _Window, audible: bool) -> Network:
        """The network with what is heard, or without it."""
        heard = given["mix"]
        where = None if audible else torch.zeros(len(heard), dtype=torch.bool, device=heard.device)
        condition = self.model.told(heard, self._masks(given), self.room.told(window.places), where)
        told = Told(condition, exists=window.exists, unseen=self.unseen)
        if self._goes_on:
            told = replace(told, shown=window.held.values, where=window.held.mask[..., 0])
        return self.model.network(told)

    def _masks(self, given: StepInput) -> Tensor:
        """Who speaks (B, T, P), in between where nobody knows."""
        if not self.model.config.roles:
            return given["mix"].new_zeros(*given["mix"].shape[:2], len(PEOPLE))
        return torch.where(given.known["masks"][..., None], given["masks"].clamp(0, 1), UNTOLD_ACTIVITY)

    def _joined(self, drawn: Tensor, state: TogetherState) -> Tensor:
        """The new frames (B, P, T - O, D) of a window, joined to those of the window before."""
        overlap = self.model.config.overlap
        new = drawn[:, :, overlap:]
        if self.drawing.join in ("held", "cut") or not overlap:
            return new
        begun = (state.steps > 0)[:, None, None, None]
        if self.drawing.join == "carried":
            return torch.where(begun, carried_on(state.last, drawn, self._soft), new)
        if self.drawing.join == "crossfaded":
            return torch.where(begun, crossfaded(state.last, state.beyond, drawn, self._slow), new)
        apart = (state.last - drawn[:, :, :overlap]) * begun
        left = 1 - (torch.arange(new.shape[2], device=new.device) + 1) / (overlap + 1)
        return new + apart[:, :, -1:] * left.clamp_min(0)[:, None].to(new)


def soft_channels(space: MotionSpace, eyes: bool = False) -> Tensor:
    """Which channels (D,) bool people move softly: heads, where they are, brows and smiles, and nothing that speaks;
    and eyes, which networks move softly, too."""
    soft = torch.zeros(space.width, dtype=torch.bool)
    for name in (*_SOFT, *(["gaze"] if eyes else [])):
        if space.has(name):
            soft[list(space.indices(name))] = True
    soft[list(space.spoken)] = False
    return soft


def make_rollout(model: TalkingTogether, drawing: TogetherDrawing, space: MotionSpace, context: int | None) -> Rollout:
    """A model's rollout; its past is what the overlap holds, `past_steps` whole steps (None: the same)."""
    trained = interface_of(model.config, drawing.margin).past_steps
    if context not in (None, trained):
        raise VisavisError(
            f"context of {context} steps is not possible; of the past this model knows the overlap of its windows, "
            f"{trained} whole steps; leave context out"
        )
    return Rollout(model, drawing, space)
