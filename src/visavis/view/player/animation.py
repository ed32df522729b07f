"""Motion -> what moves an avatar in the page: weights of its shapes, turns of its joints, and curves to look at.

T frames, N shapes, J joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.motion import Motion
from visavis.view.performance import performance
from visavis.view.player.avatar import Avatar
from visavis.view.posing import Posing, posing

_STRAIGHT = ("LeftEyeRoll", "RightEyeRoll")


@dataclass(frozen=True, eq=False)
class Animation:
    """Frame by frame: `weights` (T, N) in [0, 1] of a figure's shapes; `turns` (T, J, 4) of its joints, (w, x, y, z).

    A joint that does not move has (1, 0, 0, 0). `jaw` (T,) in [0, 1], `pitch` and `yaw` (T,) [rad] are the curves.
    """

    weights: np.ndarray
    turns: np.ndarray
    jaw: np.ndarray
    pitch: np.ndarray
    yaw: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)


def animated(motion: Motion, avatar: Avatar) -> Animation:
    """What an avatar does with motion of any showable space: what films show, clipped and settled in the same way.

    Raises `VisavisError` for a space that cannot be shown, and for motion that is empty or not finite.
    """
    shown = performance(motion)
    turned = shown.with_eyes()
    for name in _STRAIGHT:
        turned.values[:, turned.space.indices(name)[0]] = 0
    pose = posing(turned)
    pose = Posing(avatar.settle(pose.weights).astype(np.float32), pose.turns)
    turns = np.zeros((len(motion), len(avatar.mesh.joints), 4))
    turns[:, :, 0] = 1
    used = pose.turns_of(avatar.mesh)
    for j, joint in enumerate(avatar.mesh.joints):
        if joint.name in used:
            turns[:, j] = used[joint.name]
    jaw, pitch, yaw = (shown.motion[name][:, 0] for name in ("JawOpen", "HeadPitch", "HeadYaw"))
    return Animation(pose.for_mesh(avatar.mesh), turns, jaw, pitch, yaw)
