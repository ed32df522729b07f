"""What Talking Together learns from a batch of windows (arXiv 2603.08674, losses): both people's motion, without noise.

    window of a conversation          expression, rotations, translation, velocity of vertices, gaze, of both people
    window of one speaker             the lips of that person while they speak, nothing else; the other is silent

A window is one speaker's where the partner's motion is not known, and, so that every conversation gives such windows,
in a share `single_share` of all in training, in which the partner is silenced (second stage).
Errors are of standardised motion as the network takes it (`room`).

Shapes: B windows, P = 2 people (the agent first), T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from visavis.analysis.motion_error import MotionError
from visavis.core.bounds import Share, Weight, require_bounds
from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.errors import VisavisError
from visavis.core.protocols import SpeechEncoder
from visavis.core.spaces import MotionSpace
from visavis.data.gestures import GESTURES
from visavis.data.known import neutral
from visavis.data.windows import Batch
from visavis.encode.augment import AS_RECORDED, AugmentConfig, augment, disturb
from visavis.encode.batch import encode_recording
from visavis.encode.phonetic import PhoneticEncoder
from visavis.models.talking_together.geometry import cosine_distance, most_turning, turning
from visavis.models.talking_together.model import TalkingTogether, Told
from visavis.models.talking_together.room import Room, people_of
from visavis.models.talking_together.signals import uncertain
from visavis.models.talking_together.surface import own_head

_MM = 1000.0
_OF_HEAD = [kind for kind, moved in enumerate(GESTURES.values()) if moved == "pose"]
"""The gestures that turn the head."""


@dataclass(frozen=True)
class TogetherObjectiveConfig:
    """Weights of the losses, the paper's by default: expression, rotation, translation (each the mean squared error of
    its channels), velocity (of vertices, mm a frame), gaze (cosine distance). gaze_emphasis: how many times more gaze
    counts in the `gaze_share` of a batch's windows in which heads turn most.

    audio_drop: chance that the recording is not heard, for guidance. single_share: share of the windows in which the
    partner is silenced; lips_weight: of what is learned of them, and of other windows of one speaker.
    mask_noise: how unsure masks are at most; mask_drop: chance that nobody knows who speaks.
    past_share: share of the windows that go on from given frames, in a model that is shown them; start_share: share of
    them in which what would be the overlap lies before the beginning and does not exist. blind_share: share of the
    windows that are learned from noise alone, as draws begin: there all is decided that lasts, of which a little less
    noise shows the mean over a window, so that it need not be learned. closure_weight: how
    much an error of mouth and jaw counts where the lips close between openings, silence_weight: where the person does
    not speak, gesture_weight: an error of the channels of a gesture, such as a nod, that the event log tells of (1: as
    elsewhere). augment: what training does to sound (paper: nothing).
    """

    tag: ClassVar[str] = "talking-together"

    expression_weight: Weight = 1.0
    rotation_weight: Weight = 8.0
    translation_weight: Weight = 1.0
    velocity_weight: Weight = 1.0
    gaze_weight: Weight = 5.0
    gaze_emphasis: Weight = 2.0
    gaze_share: Share = 0.2
    audio_drop: Share = 0.1
    single_share: Share = 0.0
    lips_weight: Weight = 1.0
    mask_noise: Share = 0.1
    mask_drop: Share = 0.05
    past_share: Share = 0.5
    start_share: Share = 0.1
    blind_share: Share = 0.0
    closure_weight: Weight = 1.0
    silence_weight: Weight = 1.0
    gesture_weight: Weight = 1.0
    augment: AugmentConfig = AS_RECORDED

    def __post_init__(self) -> None:
        require_bounds(self)


@dataclass(frozen=True, eq=False)
class _Windows:
    """A batch as both people are learned from: sound of the mix (B, S) and `masks` (B, T, P); `places` (B, T, P, 3);
    standardised motion `target` (B, P, T, D) and where it counts (`counted`, bool); `single` (B,) bool: of one
    speaker; `exists` (B, T) bool: not before the beginning; `gestures` (B, P, T, G): `gesture_labels`, if known."""

    mix: Tensor
    masks: Tensor
    places: Tensor
    target: Tensor
    counted: Tensor
    single: Tensor
    exists: Tensor
    gestures: Tensor | None


class TogetherObjective(nn.Module):
    """Holds the model that is trained; called with a batch it gives the losses, "loss" being what is minimised.

    Raises `VisavisError` for batches without masks and places (`WindowSet(..., signals=...)`).
    """

    def __init__(
        self, model: TalkingTogether, encoder: SpeechEncoder[Any], space: MotionSpace, config: TogetherObjectiveConfig
    ) -> None:
        super().__init__()
        self.model, self.encoder, self.config = model, encoder, config
        self.unseen = model.unseen(space)
        self.room = Room(space, model.config.additions)
        self.geometry = self.room.geometry
        self.errors = MotionError(space)
        turning_channels = sorted({channel for rotation in space.rotations for channel in rotation.channels})
        moved = space.groups.get("translation", ())
        face = [i for i in range(space.width) if i not in turning_channels and i not in moved]
        self.groups = {"expression": face, "rotation": turning_channels, "translation": list(moved)}
        self.lips = list(space.parts.get("articulation", face))
        weights = [space.channels.index(name) for name in _weights_of(space)]
        self.shapes = weights or None

    def forward(self, batch: Batch, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Scalar losses of a batch: "loss" and its parts."""
        windows = self._windows(batch, generator)
        predicted = self._predicted(windows, generator)
        true = self.model.denormalise(windows.target)
        emphasis = torch.stack([self._emphasis(windows, true, person) for person in range(true.shape[1])], dim=1)
        error = (predicted - windows.target).square() * emphasis
        talk = windows.counted & ~windows.single[:, None, None, None]
        parts = {name: _mean(error, talk, channels) for name, channels in self.groups.items() if channels}
        whole = talk.all(-1)
        motion = self.model.denormalise(predicted)
        parts["velocity"] = _people_mean(
            self._velocity_error(motion, true, windows.gestures), whole[..., 1:] & whole[..., :-1]
        )
        if self.geometry.sees:
            parts["gaze"] = _people_mean(self._gaze_error(motion, true), whole)
        parts["lips"] = _mean(error, self._spoken(windows), self.lips)
        weights = {name: float(getattr(self.config, f"{name}_weight")) for name in parts}
        loss = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
        return {"loss": loss, **parts}

    def _windows(self, batch: Batch, generator: torch.Generator) -> _Windows:
        if batch.masks is None or batch.places is None:
            raise VisavisError("a batch of two people needs masks and places; ask the window set for signals")
        config, training = self.config, self.training
        single = ~batch.user_seen | self._chance(config.single_share, batch.user_seen, generator)
        user, agent = batch.user_speech * ~single[:, None], batch.agent_speech
        if training:
            user, agent = augment(user, agent, config.augment, generator)
        masks = batch.masks * torch.stack([torch.ones_like(single), ~single], dim=1)[:, None]
        places = people_of(batch.places)
        motion = torch.stack([batch.agent_motion, batch.user_motion], dim=1)
        told = torch.stack([_known(batch.agent_known, motion), _known(batch.user_known, motion)], dim=1)
        seen = torch.stack([torch.ones_like(batch.user_seen), batch.user_seen], dim=1)[..., None]
        target = self.model.normalise(self.room.inwards(motion, places, told & seen))
        known = self.room.known(told)
        target = neutral(target.flatten(0, 1), known.flatten(0, 1)).view(target.shape)
        target = torch.where(single[:, None, None, None] & _second(target), torch.zeros_like(target), target)
        begins = self._chance(config.start_share, single, generator)
        exists = ~begins[:, None] | (torch.arange(target.shape[2], device=single.device) >= self.model.config.overlap)
        counted = self._counted(batch, known, single, target) & exists[:, None, :, None]
        gestures = None
        if batch.agent_labels is not None and batch.user_labels is not None:
            gestures = torch.stack([batch.agent_labels, batch.user_labels], dim=1)
        return _Windows(user + agent, masks, places, target, counted, single, exists, gestures)

    def _counted(self, batch: Batch, known: Tensor, single: Tensor, target: Tensor) -> Tensor:
        """What is learned from (B, P, T, D) bool: what is known of the agent, and of a partner of whom all is known."""
        counted = known[:, :, None].expand(target.shape).clone()
        if batch.agent_counted is not None:
            counted[:, 0] &= batch.agent_counted[..., None]
        counted[:, 1] &= (known[:, 1].all(1) & batch.user_seen & ~single)[:, None, None]
        if batch.user_counted is not None:
            counted[:, 1] &= batch.user_counted[..., None]
        return counted

    def _predicted(self, windows: _Windows, generator: torch.Generator) -> Tensor:
        """What the network makes of noised motion: standardised motion without noise (B, P, T, D), float32."""
        model, config = self.model, self.config
        heard = self._heard(windows.mix, generator)
        masks = windows.masks
        if self.training:
            masks = uncertain(masks, config.mask_noise, config.mask_drop, generator)
        audible = ~self._chance(config.audio_drop, windows.single, generator)
        condition = model.told(heard, masks, self.room.told(windows.places), audible)
        exists = None if bool(windows.exists.all()) else windows.exists
        told = Told(condition, *self._past(windows, generator), exists, self.unseen)
        blind = self._chance(config.blind_share, windows.single, generator)
        point = model.config.denoising.training_point(windows.target, generator, blind)
        predicted: Tensor = model(point.x, point.network_time, told)
        return predicted.float()

    def _heard(self, mix: Tensor, generator: torch.Generator) -> Tensor:
        """Features (B, T, E) of the recording; in training of disturbed spectra."""
        disturbance, config = None, self.config.augment
        if self.training and isinstance(self.encoder, PhoneticEncoder):
            disturbance = disturb(len(mix), self.encoder.config.mel.bands, config, generator)
        return encode_recording(self.encoder, mix, disturbance)

    def _past(self, windows: _Windows, generator: torch.Generator) -> tuple[Tensor | None, Tensor | None]:
        """Motion that is shown, and where: the overlap, in some windows; None in a model that is shown nothing."""
        if not self.model.config.additions.shown_past:
            return None, None
        shown = self._chance(self.config.past_share, windows.single, generator) & ~windows.single
        frames = torch.arange(windows.target.shape[2], device=shown.device) < self.model.config.overlap
        where = (shown[:, None] & frames)[:, None].expand(windows.target.shape[:3])
        return windows.target, where & windows.counted.all(-1)

    def _emphasis(self, windows: _Windows, true: Tensor, person: int) -> Tensor:
        """What errors (B, T, D) of one person count, by true motion (B, P, T, D)."""
        counts = self.errors.closing(true[:, person], self.config.closure_weight)
        counts = counts * self.errors.resting(windows.masks[..., person] < 0.5, self.config.silence_weight)
        if windows.gestures is None:
            return counts
        return counts * self.errors.gesturing(windows.gestures[:, person], self.config.gesture_weight)

    def _spoken(self, windows: _Windows) -> Tensor:
        """Where lips of windows of one speaker count (B, P, T, D): the agent's while they speak."""
        speaking = windows.masks.transpose(1, 2)[..., None] > 0.5
        return windows.counted & speaking & windows.single[:, None, None, None]

    def _gaze_error(self, motion: Tensor, true: Tensor) -> Tensor:
        """Cosine distance (B, P, T) of gaze in the world, more where heads turn much (paper: 20 % of the clips)."""
        turns = turning(self.geometry.facing(true)).mean(1)
        most = most_turning(turns, self.config.gaze_share)
        weight = torch.where(most, self.config.gaze_emphasis, 1.0)
        distance = cosine_distance(self.room.gaze(motion), self.room.gaze(true))
        return distance * weight[:, None, None]

    def _velocity_error(self, motion: Tensor, true: Tensor, gestures: Tensor | None = None) -> Tensor:
        """Mean squared error (B, P, T - 1) of how far vertices move from frame to frame [mm^2].

        Of vertices in the head's own frame by the shapes, and of the head as a whole by its rotation and translation,
        which counts more in nods and shakes. Where a space's codes have no shapes they count by themselves,
        standardised.
        """
        change = torch.diff(motion - true, dim=2)
        if self.shapes is not None:
            error = own_head().shape_square(change[..., self.shapes])
        else:
            error = (change / self.model.motion_std)[..., self.groups["expression"]].square().mean(-1)
        if not self.geometry.turns:
            return error
        matrix = torch.diff(self.geometry.head_matrix(motion) - self.geometry.head_matrix(true), dim=2)
        moved = self.groups["translation"]
        shift = _MM * change[..., moved] if moved else torch.zeros_like(change[..., :3])
        turn = own_head().turn_square(matrix, shift)
        if gestures is not None:
            turn = torch.where(gestures[..., 1:, _OF_HEAD].any(-1), self.config.gesture_weight, 1.0) * turn
        return error + turn

    def _chance(self, probability: float, like: Tensor, generator: torch.Generator) -> Tensor:
        """True with that probability in training, of the shape of `like`."""
        drawn = torch.rand(like.shape, generator=generator, device=generator.device)
        return (drawn < probability * self.training).to(like.device)


def _weights_of(space: MotionSpace) -> tuple[str, ...]:
    """The ARKit weights that a space has by name, all of them or none."""
    return ARKIT_WEIGHTS if set(ARKIT_WEIGHTS) <= set(space.channels) else ()


def _known(known: Tensor | None, target: Tensor) -> Tensor:
    """Which channels (B, D) bool of somebody are known."""
    return torch.ones(len(target), target.shape[-1], dtype=torch.bool, device=target.device) if known is None else known


def _second(target: Tensor) -> Tensor:
    """Where motion (B, P, T, D) is the partner's: (1, P, 1, 1) bool."""
    return (torch.arange(target.shape[1], device=target.device) == 1)[None, :, None, None]


def _mean(error: Tensor, counted: Tensor, channels: list[int]) -> Tensor:
    """The mean of errors (B, P, T, D) over what counts of some channels, times the share of the windows in which
    anything counts, so that a batch's kinds of windows weigh by how many there are; 0 where nothing counts."""
    some = counted[..., channels]
    share = some.flatten(1).any(1).float().mean()
    return (error[..., channels] * some).sum() / some.sum().clamp_min(1) * share


def _people_mean(error: Tensor, whole: Tensor) -> Tensor:
    """The same over the frames (B, P, T) bool of people of whom all is known, from errors (B, P, T)."""
    share = whole.flatten(1).any(1).float().mean()
    return (error * whole).sum() / whole.sum().clamp_min(1) * share
