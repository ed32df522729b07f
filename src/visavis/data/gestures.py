"""Gesture labels by frame: who nods, shakes the head, smiles or raises the brows, by a recording's event log.

Shapes: B windows, T frames, G kinds of gestures, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from visavis.core.spaces import MotionSpace
from visavis.data.folder import Clip, read_events

GESTURES: Mapping[str, str] = {"nod": "pose", "shake": "pose", "smile": "smiling", "brow raise": "brows"}
"""Kinds of events, and the group or part of a motion space that they move."""


def gesture_labels(clip: Clip, frames: int) -> np.ndarray:
    """Which gestures of either speaker are under way in each frame (2, frames, G) uint8; none without an event log."""
    labels = np.zeros((2, frames, len(GESTURES)), np.uint8)
    kinds = list(GESTURES)
    for event in read_events(clip):
        if event.kind in GESTURES:
            labels[event.person - 1, event.onset : event.onset + event.duration, kinds.index(event.kind)] = 1
    return labels


def labels_that_count(weight: float) -> Callable[[Clip, int], np.ndarray] | None:
    """Who tells gestures whose errors count `weight` times: nobody, where they count as all else does."""
    return gesture_labels if weight != 1 else None


def gesturing(labels: Tensor, space: MotionSpace) -> Tensor:
    """Which channels (B, T, D) bool take part in a gesture, by labels (B, T, G) of `gesture_labels`."""
    moving = torch.zeros(*labels.shape[:2], space.width, dtype=torch.bool, device=labels.device)
    for under_way, name in zip(labels.bool().unbind(-1), GESTURES.values(), strict=True):
        if space.has(name):
            moving[..., torch.from_numpy(space.indices(name))] |= under_way[..., None]
    return moving
