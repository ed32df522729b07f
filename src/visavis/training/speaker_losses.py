"""What a network that hears who speaks learns from: activity of people in any order, and voices that can be told again.

Shapes: B windows, N scenes of 2 windows, T frames, P = 2 people, E numbers of an embedding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from visavis.encode.speakers import voice_of

_LEAST_ALONE = 12.0
"""Frames that a person must have spoken alone in, before their voice is asked for."""


@dataclass(frozen=True, eq=False)
class Activity:
    """`loss` and `error` (the share of frames of a person that are judged wrongly), scalars; `ordered` (B, T, P): the
    truth in the order of the network's columns."""

    loss: Tensor
    error: Tensor
    ordered: Tensor


def activity_loss(logits: Tensor, speaking: Tensor) -> Activity:
    """Binary cross-entropy of logits (B, T, P) with who truly speaks (B, T, P), in the better order of each window
    (permutation-invariant training, Fujita et al. 2019)."""
    orders = torch.stack([speaking, speaking.flip(-1)])
    given = logits.float().expand_as(orders)
    each = F.binary_cross_entropy_with_logits(given, orders, reduction="none").mean((-1, -2))
    best = each.argmin(0)
    ordered = orders[best, torch.arange(len(logits), device=logits.device)]
    error = ((logits > 0) != (ordered > 0.5)).float().mean()
    return Activity(each.min(0).values.mean(), error, ordered)


def alone(speaking: Tensor) -> Tensor:
    """Where a person speaks and the other does not: (..., T, P) -> (..., T, P)."""
    return speaking * (1 - speaking.flip(-1))


def voice_losses(voices: Tensor, speaking: Tensor, people: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Two losses of frames' voices (N, 2, T, E), given who truly speaks (N, 2, T, P) and who they are (N, P).

    First, of all people of a batch: in which vectors of the others is the same person (supervised contrastive loss,
    Khosla et al. 2020)? Second: which of a scene's two people does a frame belong to, by their voices in the scene's
    other window?
    """
    weights = alone(speaking)
    enough = weights.sum(2) >= _LEAST_ALONE
    vectors = voice_of(voices, weights)
    return (
        _contrast(vectors.flatten(0, 2), enough.flatten(), people[:, None].expand(enough.shape).flatten(), temperature),
        _told_again(voices, vectors.flip(1), weights, enough.flip(1), temperature),
    )


def _contrast(vectors: Tensor, enough: Tensor, people: Tensor, temperature: float) -> Tensor:
    vectors, people = vectors[enough], people[enough]
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    likeness = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    same = (people[:, None] == people) & ~itself
    asked = same.any(1)
    if not bool(asked.any()):
        return vectors.sum() * 0
    chances = F.log_softmax(likeness, dim=1).masked_fill(~same, 0)
    return -(chances.sum(1)[asked] / same.sum(1)[asked]).mean()


def _told_again(voices: Tensor, elsewhere: Tensor, weights: Tensor, enough: Tensor, temperature: float) -> Tensor:
    both = enough.all(-1)
    if not bool(both.any()):
        return voices.sum() * 0
    chances = F.log_softmax(voices[both] @ elsewhere[both].transpose(-1, -2) / temperature, dim=-1)
    counted = weights[both]
    return -(chances * counted).sum() / counted.sum().clamp_min(1)
