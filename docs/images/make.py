"""Make the pictures of docs/heads.md again, beside this file.

python docs/images/make.py              # looks, shapes and visemes of the project's own people
python docs/images/make.py AVATARS      # rigs.jpg, too; AVATARS holds facecap.glb and ict_facekit.npz
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.motion import Motion
from visavis.view.canvas import Canvas
from visavis.view.people.build import build_head
from visavis.view.people.looks import AMBER, LOOKS, UMBER, Look
from visavis.view.performance import performance, still
from visavis.view.render.camera import Camera, Portrait
from visavis.view.render.stage import render_frame
from visavis.view.rigs.load import read_rig

HERE = Path(__file__).parent
FACE = Camera(middle=-0.030, span=0.215)
SIDE = 0.6
"""How far a head seen from the side is turned [rad]."""
Weights = Mapping[str, float]
"""Values by channel or part; angles [rad]."""

WITH: dict[str, Weights] = {"MouthClose": {"JawOpen": 1.0}, "TongueOut": {"JawOpen": 0.5}}
"""What a shape is shown with."""
VISEMES: dict[str, Weights] = {
    "AH": {"JawOpen": 0.6, "MouthLowerDownLeft": 0.3, "MouthLowerDownRight": 0.3},
    "EE": {"JawOpen": 0.15, "MouthStretchLeft": 0.6, "MouthStretchRight": 0.6, "smile": 0.3, "MouthUpperUpLeft": 0.3,
           "MouthUpperUpRight": 0.3, "MouthLowerDownLeft": 0.5, "MouthLowerDownRight": 0.5},
    "OH": {"JawOpen": 0.4, "MouthFunnel": 0.7},
    "OO": {"JawOpen": 0.15, "MouthPucker": 0.9},
    "MBP": {"JawOpen": 0.1, "MouthClose": 0.1, "MouthPressLeft": 0.6, "MouthPressRight": 0.6, "MouthRollLower": 0.4},
    "FV": {"JawOpen": 0.1, "MouthRollLower": 0.6, "MouthUpperUpLeft": 0.4, "MouthUpperUpRight": 0.4},
    "smile": {"smile": 0.9, "JawOpen": 0.1, "CheekSquintLeft": 0.6, "CheekSquintRight": 0.6, "BrowOuterUpLeft": 0.2,
              "BrowOuterUpRight": 0.2},
    "sad": {"MouthFrownLeft": 0.8, "MouthFrownRight": 0.8, "BrowInnerUp": 0.9, "MouthShrugLower": 0.5},
}  # fmt: skip
ON_RIGS: dict[str, Weights] = {
    "neutral": {},
    "AH": VISEMES["AH"],
    "smile": {**VISEMES["smile"], "HeadRoll": 0.12},
    "blink": {"blink": 1.0, "HeadYaw": 0.35},
    "look": {"EyeLookInLeft": 0.8, "EyeLookOutRight": 0.8, "BrowInnerUp": 0.8, "HeadPitch": 0.12, "JawOpen": 0.1},
}
RIGS = {"Face Cap / three.js, MIT": "facecap.glb", "ICT-FaceKit, MIT": "ict_facekit.npz"}


def frame_of(weights: Weights) -> Motion:
    """One frame of arkit61 with these values."""
    motion = still()
    for name, value in weights.items():
        motion.values[:, motion.space.indices(name)] = value
    return motion


def portrait(look: Look, weights: Weights, size: int, camera: Camera) -> np.ndarray:
    """A head through any camera (size, size, 3)."""
    pose = performance(frame_of(weights)).pose(0)
    top, bottom = np.array([0.93, 0.95, 0.97]), np.array([0.80, 0.86, 0.90])
    shade = top + (bottom - top) * np.linspace(0, 1, size)[:, None, None]
    behind = np.round(255 * np.broadcast_to(shade, (size, size, 3))).astype(np.uint8)
    return Portrait(build_head(look), size, size, camera).draw(pose.weights, pose.head, pose.gaze, behind)


def named(picture: np.ndarray, text: str) -> np.ndarray:
    """The picture with its name in the lower left corner."""
    height, width = picture.shape[:2]
    canvas = Canvas(width, height)
    canvas.start(np.concatenate([picture, np.full((height, width, 1), 255, np.uint8)], axis=2))
    right = 12 + canvas.width_of(text, 12)
    canvas.fill(np.array([[4, 3], [right, 3], [right, 20], [4, 20]], float), (0.985, 0.985, 0.98), 0.9)
    canvas.write(text, 8, 7, 12, (0.16, 0.20, 0.25))
    return canvas.picture()


def save(name: str, tiles: Sequence[np.ndarray], columns: int, quality: int) -> None:
    """Tiles in rows as a .jpg beside this file."""
    blank = np.full_like(tiles[0], 243)
    padded = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [np.concatenate(padded[i : i + columns], axis=1) for i in range(0, len(padded), columns)]
    Image.fromarray(np.concatenate(rows)).save(HERE / f"{name}.jpg", quality=quality, optimize=True)


def main(avatars: Path | None) -> None:
    """Make them all."""
    around = [Camera(), Camera(yaw=SIDE), Camera(yaw=np.pi)]
    save("looks", [portrait(look, {}, 400, camera) for camera in around for look in LOOKS], 3, 88)
    shapes = {"neutral": {}} | {name: {name: 1.0, **WITH.get(name, {})} for name in ARKIT_WEIGHTS}
    save("shapes", [named(portrait(AMBER, w, 200, FACE), name) for name, w in shapes.items()], 8, 82)
    turned = Camera(middle=FACE.middle, span=FACE.span, yaw=SIDE)
    both = [(look, camera) for look, camera in ((AMBER, FACE), (UMBER, turned))]
    save("visemes", [named(portrait(look, w, 240, c), name) for look, c in both for name, w in VISEMES.items()], 8, 88)
    if avatars is None:
        return
    tiles = []
    for credit, file in RIGS.items():
        rig = read_rig(avatars / file)
        for number, (name, weights) in enumerate(ON_RIGS.items()):
            picture = render_frame(frame_of(weights), size=(240, 240), look=rig)
            tiles.append(named(picture, name if number else credit))
    save("rigs", tiles, len(ON_RIGS), 88)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
