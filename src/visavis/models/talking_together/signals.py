"""What a recording tells a model of two people beside their voices, in training: who speaks, and where both are.

Masks come from each person's own voice, as in use where both voices are known, and are made uncertain in training: in
use they come from a mix. A place is where the head is in the recording's first frame.

Shapes: B windows, T frames, P = 2 people.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from visavis.core.clock import samples_in
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.folder import Clip, Side, read_side_motion
from visavis.data.sound import read_sound
from visavis.data.windows import PairSignals
from visavis.encode.activity import speech_activity

_MOST_SMOOTHING = 12


def signals_of(clip: Clip, frames: int, space: MotionSpace) -> PairSignals:
    """Masks (frames, 2) and places (frames, 6) of a clip, speaker 1 first; the usual place where none is known."""
    masks = np.stack([_activity(side, frames) for side in clip.sides], axis=1).astype(np.float32)
    places = places_of([read_side_motion(side, space) for side in clip.sides])
    return PairSignals(masks, np.tile(places.reshape(1, -1), (frames, 1)))


def places_of(motions: list[Motion | None]) -> np.ndarray:
    """Where both heads are in the first frame (2, 3) [m]; usual places of both where one of them is not known."""
    firsts = [
        motion["translation"][0]
        for motion in motions
        if motion is not None and "translation" in motion.space.groups and motion.knows("translation") and len(motion)
    ]
    return np.stack(firsts) if len(firsts) == len(motions) else Layout.default().translations


def uncertain(masks: Tensor, level: float, hidden: float, generator: torch.Generator) -> Tensor:
    """Masks (B, T, P) as somebody who is not sure would give them, in [0, 1].

    Each person's edges are smoothed over up to half a second, and what is said is drawn to the other side by up to
    `level`; in a share `hidden` of the windows nothing is known, 0.5.
    """
    windows, frames, people = masks.shape
    rows = masks.transpose(1, 2).reshape(windows * people, 1, frames)
    device = generator.device
    reach = torch.randint(_MOST_SMOOTHING // 2 + 1, (windows * people,), generator=generator, device=device)
    offsets = torch.arange(-(_MOST_SMOOTHING // 2), _MOST_SMOOTHING // 2 + 1, device=device)
    kernels = (offsets.abs() <= reach[:, None]).to(rows.device, rows.dtype)
    kernels = kernels / kernels.sum(1, keepdim=True)
    padded = F.pad(rows, (_MOST_SMOOTHING // 2,) * 2, mode="replicate").transpose(0, 1)
    smooth = F.conv1d(padded, kernels[:, None], groups=windows * people)[0].view(windows, people, frames)
    doubt = level * torch.rand(windows, people, 2, 1, generator=generator, device=device).to(smooth)
    soft = smooth * (1 - doubt[:, :, 0]) + (1 - smooth) * doubt[:, :, 1]
    unknown = (torch.rand(windows, 1, 1, generator=generator, device=device) < hidden).to(soft.device)
    return torch.where(unknown, 0.5, soft.transpose(1, 2))


def _activity(side: Side, frames: int) -> np.ndarray:
    """Where a speaker speaks (frames,) bool."""
    if side.sound is None:
        return np.zeros(frames, dtype=bool)
    return speech_activity(read_sound(side.sound)[: samples_in(frames)])
