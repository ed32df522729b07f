"""Eyes, brows and mouth as flat outlines on the face seen from the front; `surface.lift` puts them on the head.

An eye or mouth opening lies between two curves over the same x, so whatever shows through it (iris, teeth, tongue)
is cut to it by clamping its outline between the curves.

A face is a mapping from arkit61 channel names to values; `side` is +1 for the person's Left, -1 for the Right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from visavis.view.anatomy import JAW_DROP, MOUTH_Y
from visavis.view.canvas import Colour
from visavis.view.looks import Paint

Face = Mapping[str, float]
SIDES = ((1.0, "Left"), (-1.0, "Right"))

EYE_X, EYE_Y, EYE_HALF = 0.365, -0.03, 0.215
_EYEBALL, _IRIS, _PUPIL = 0.27, 0.122, 0.058
_U = np.linspace(-1.0, 1.0, 25)
_T = np.linspace(-1.0, 1.0, 33)
_ANGLE = np.linspace(0.0, 2 * np.pi, 29)[:-1]
_CIRCLE = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], -1)

_WHITE: Colour = (0.975, 0.97, 0.96)
_DARK: Colour = (0.12, 0.07, 0.07)
_INSIDE: Colour = (0.30, 0.07, 0.09)
_TONGUE: Colour = (0.80, 0.38, 0.39)
_TEETH: Colour = (0.97, 0.96, 0.93)


@dataclass(frozen=True)
class Patch:
    """A filled outline (N, 2) on the face, `out` (a number or (N,)) in front of its surface."""

    outline: np.ndarray
    colour: Colour
    alpha: float = 1.0
    out: np.ndarray | float = 0.012


def _between(x: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.concatenate([np.stack([x, upper], -1), np.stack([x, lower], -1)[::-1]])


def _stroke(x: np.ndarray, y: np.ndarray, thickness: np.ndarray | float) -> np.ndarray:
    half = np.asarray(thickness) / 2
    return _between(x, y + half, y - half)


def eye(face: Face, side: float, name: str, gaze: tuple[float, float], paint: Paint) -> list[Patch]:
    """One eye, its lids and lashes, looking by `gaze` = (yaw, pitch) [rad]."""
    wide, squint = face[f"EyeWide{name}"], face[f"EyeSquint{name}"] + 0.6 * face[f"CheekSquint{name}"]
    smile = face[f"MouthSmile{name}"]
    closed = min(1.0, max(0.0, face[f"EyeBlink{name}"] * 1.06 - 0.02))
    outward = _U * side
    x = side * EYE_X + EYE_HALF * _U
    tilt = EYE_Y + 0.022 * outward
    bow = (1 - np.abs(_U) ** 2.3) ** 0.85 * (1 - 0.10 * outward)
    rest = tilt + 0.155 * bow
    lower = tilt - (0.105 - 0.055 * min(1.0, squint) - 0.022 * smile) * (1 - np.abs(_U) ** 2.6) ** 0.9
    top = tilt + (0.152 + 0.055 * wide - 0.050 * min(1.0, squint)) * bow
    shut = tilt - 0.075 * (1 - np.abs(_U) ** 2.4)
    upper = np.maximum(top + (np.maximum(shut, lower) - top) * closed, lower)

    def within(radius: float, dx: float = 0.0, dy: float = 0.0) -> np.ndarray:
        cx = side * EYE_X - _EYEBALL * np.sin(gaze[0]) + dx
        cy = EYE_Y + 0.022 - _EYEBALL * np.sin(gaze[1]) + dy
        px = np.clip(cx + radius * _CIRCLE[:, 0], x[0], x[-1])
        py = np.clip(cy + radius * _CIRCLE[:, 1], np.interp(px, x, lower), np.interp(px, x, upper))
        return np.stack([px, py], -1)

    lid_line = 0.016 + 0.020 * (1 + outward) / 2
    crease = rest + 0.035 + 0.02 * wide - 0.02 * closed
    patches = [
        Patch(_between(x, np.maximum(rest, upper) + 0.030 * bow, lower), paint.lid, 1.0, 0.004),
        Patch(_stroke(x[2:-2], crease[2:-2], 0.014), paint.lash, 0.28, 0.008),
    ]
    if closed < 0.97:
        patches += [
            Patch(_between(x, upper, lower), _WHITE),
            Patch(within(_IRIS), (0.45 * paint.iris[0], 0.45 * paint.iris[1], 0.45 * paint.iris[2])),
            Patch(within(_IRIS - 0.014), paint.iris),
            Patch(within(_PUPIL), (0.05, 0.04, 0.05)),
            Patch(_between(x, upper, np.maximum(upper - 0.042 * bow, lower)), _DARK, 0.20),
            Patch(within(0.030, -0.045, 0.050), (1.0, 1.0, 1.0)),
            Patch(within(0.014, 0.045, -0.045), (1.0, 1.0, 1.0), 0.7),
        ]
    patches.append(Patch(_stroke(x, lower, 0.010), paint.lash, 0.45))
    patches.append(Patch(_between(x, upper + lid_line, upper - 0.008), paint.lash, 1.0, 0.018))
    return patches


def brow(face: Face, side: float, name: str, paint: Paint) -> Patch:
    """One eyebrow."""
    share = (1 + _U) / 2
    inner, outer = face["BrowInnerUp"], face[f"BrowOuterUp{name}"]
    down = face[f"BrowDown{name}"]
    x = side * (0.135 - 0.035 * down + (0.50 - 0.01 * down) * share)
    y = 0.275 + 0.065 * np.sin(np.pi * (0.10 + 0.78 * share)) - 0.035 * share**2
    y = y + 0.13 * inner * (1 - share) ** 1.3 + 0.12 * outer * share**0.8 * (1.15 - 0.35 * share)
    y = y - down * (0.115 * (1 - share) + 0.055) - 0.02 * face[f"NoseSneer{name}"] * (1 - share)
    thickness = 0.082 * np.clip(1.05 - share, 0.0, 1.0) ** 0.55 * np.clip((share + 0.03) / 0.10, 0, 1) ** 0.5
    return Patch(_stroke(x, y, thickness), paint.brow, 1.0, 0.02)


@dataclass(frozen=True)
class MouthLines:
    """The mouth's four curves over x: outer and inner edge of both lips; `u` runs from -1 to 1 across the mouth.

    `gap` is the widest opening, `jaw` how far the jaw is dropped, `out` how far the lips are pushed forward.
    """

    x: np.ndarray
    u: np.ndarray
    top: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    bottom: np.ndarray
    gap: float
    jaw: float
    out: float


def mouth_lines(face: Face) -> MouthLines:
    """Where the lips are."""
    jaw, close = face["JawOpen"], face["MouthClose"]
    funnel, pucker = face["MouthFunnel"], face["MouthPucker"]
    shift = 0.10 * (face["MouthLeft"] - face["MouthRight"]) + 0.05 * (face["JawLeft"] - face["JawRight"])
    weight = np.stack([(1 - _T) / 2, (1 + _T) / 2])

    def across(shape: str) -> np.ndarray:
        """A left-right pair of weights, blended across the mouth."""
        return np.asarray(face[f"{shape}Right"] * weight[0] + face[f"{shape}Left"] * weight[1])

    smile, frown, stretch, press = (across(f"Mouth{shape}") for shape in ("Smile", "Frown", "Stretch", "Press"))
    half = 0.335 + 0.085 * smile + 0.07 * stretch + 0.04 * across("MouthDimple") - 0.015 * press
    half = half - (0.165 * pucker + 0.12 * funnel) * (1 - 0.3 * pucker * funnel) - 0.045 * jaw
    u = np.sin(_T * np.pi / 2)
    x = shift + np.maximum(half, 0.11) * u
    ends = u**2
    bow = (1 - u**2) ** 0.75
    middle = MOUTH_Y + (0.048 + 0.105 * smile - 0.10 * frown - 0.02 * stretch) * ends - 0.018 * smile * (1 - ends)
    middle = middle - 0.06 * jaw * ends + 0.035 * (face["MouthShrugLower"] + face["MouthShrugUpper"]) * (1 - ends)
    raised = 0.085 * across("MouthUpperUp") + 0.035 * funnel
    dropped = JAW_DROP * 0.95 * max(0.0, jaw - 0.9 * close) + 0.085 * across("MouthLowerDown") + 0.045 * funnel
    dropped = dropped * (1 - 0.5 * press)
    sealed = -JAW_DROP * 0.55 * min(jaw, close)
    upper, lower = middle + sealed * bow + raised * bow, middle + sealed * bow - dropped * bow
    full = 1 + 0.35 * pucker + 0.30 * funnel
    thin = 1 - 0.45 * press
    thick_upper = 0.078 * full * (1 - 0.75 * face["MouthRollUpper"]) * thin * (1 - 0.20 * smile)
    thick_lower = 0.102 * full * (1 - 0.75 * face["MouthRollLower"]) * thin * (1 - 0.15 * smile)
    cupid = 1 - 0.20 * np.exp(-((u / 0.16) ** 2)) + 0.10 * np.exp(-(((np.abs(u) - 0.28) / 0.2) ** 2))
    return MouthLines(
        x=x,
        u=u,
        top=upper + thick_upper * cupid * (1 - u**2) ** 0.6,
        upper=upper,
        lower=lower,
        bottom=lower - thick_lower * (1 - u**2) ** 0.55,
        gap=float((upper - lower).max()),
        jaw=jaw,
        out=0.012 + 0.09 * pucker + 0.06 * funnel,
    )


def mouth(face: Face, paint: Paint) -> list[Patch]:
    """The mouth: what shows inside, then the lips around it, then a tongue that is put out."""
    lines = mouth_lines(face)
    inside = _inside(lines, face["TongueOut"]) if lines.gap > 0.004 else []
    return [*inside, *_lips(lines, paint), *(_tongue_out(lines, face["TongueOut"]) if face["TongueOut"] > 0.05 else [])]


def _inside(lines: MouthLines, tongue_out: float) -> list[Patch]:
    """Dark, tongue and both rows of teeth between the lips: the upper row stays, the lower one goes with the jaw."""
    x, u, upper, lower = lines.x, lines.u, lines.upper, lines.lower
    arch = 0.03 * u**2
    tongue = MOUTH_Y - 0.10 - 0.95 * JAW_DROP * lines.jaw + 0.13 * (1 - u**2) + 0.10 * tongue_out
    upper_teeth = MOUTH_Y - 0.045 + arch
    lower_teeth = MOUTH_Y - 0.125 - 0.92 * JAW_DROP * lines.jaw - arch
    tongue, upper_teeth, lower_teeth = (np.clip(edge, lower, upper) for edge in (tongue, upper_teeth, lower_teeth))
    row = slice(3, -3)
    return [
        Patch(_between(x, upper, lower), _INSIDE),
        Patch(_between(x[row], tongue[row], lower[row]), _TONGUE),
        Patch(_between(x[row], upper[row], upper_teeth[row]), _TEETH),
        Patch(_between(x[row], lower_teeth[row], lower[row]), _TEETH, 0.85),
        Patch(_between(x, upper, np.maximum(upper - 0.03 * (1 - u**2), lower)), _DARK, 0.25),
    ]


def _lips(lines: MouthLines, paint: Paint) -> list[Patch]:
    x, u, upper, lower = lines.x, lines.u, lines.upper, lines.lower
    pout = lines.out * (1 - u**2) + 0.012
    both = np.concatenate([pout, pout[::-1]])
    patches = [
        Patch(_between(x, lines.top, upper), paint.lip_upper, 1.0, both),
        Patch(_between(x, lower, lines.bottom), paint.lip_lower, 1.0, both),
    ]
    if lines.gap <= 0.03:
        seam = _stroke(x, (upper + lower) / 2, 0.012 + 0.006 * (1 - u**2))
        patches.append(Patch(seam, _DARK, 0.55, both + 0.004))
    middle = slice(12, -12)
    gloss = _stroke(x[middle], (lower + lines.bottom)[middle] / 2 + 0.012, 0.016)
    patches.append(Patch(gloss, (1.0, 1.0, 1.0), 0.20, lines.out + 0.02))
    for end in (0, -1):
        corner = np.array([x[end], (upper[end] + lower[end]) / 2])
        patches.append(Patch(corner + 0.016 * _CIRCLE, paint.lash, 0.35, 0.014))
    return patches


def _tongue_out(lines: MouthLines, amount: float) -> list[Patch]:
    root = np.array([(lines.x[0] + lines.x[-1]) / 2, lines.lower[len(lines.x) // 2] + 0.01])
    reach = 0.02 + 0.20 * amount
    tip = (_CIRCLE - np.array([0.0, 1.0])) * np.array([0.12, reach / 2])
    return [Patch(root + tip, _TONGUE, 1.0, lines.out + 0.05)]


def nostrils(face: Face, paint: Paint) -> list[Patch]:
    """The two dark dots under the nose."""
    patches = []
    for side, name in SIDES:
        centre = np.array([side * 0.062, -0.405 + 0.02 * face[f"NoseSneer{name}"]])
        patches.append(Patch(centre + np.array([0.030, 0.014]) * _CIRCLE, paint.nostril, 0.55, 0.10))
    return patches


def blush(face: Face, paint: Paint) -> list[Patch]:
    """Soft red on the cheeks, more when smiling."""
    patches = []
    for side, name in SIDES:
        smile = face[f"MouthSmile{name}"]
        centre = np.array([side * 0.52, -0.36 + 0.03 * smile])
        for size in (1.0, 0.85, 0.7, 0.55, 0.4):
            patches.append(
                Patch(centre + size * np.array([0.21, 0.15]) * _CIRCLE, paint.blush, 0.03 + 0.03 * smile, 0.003)
            )
    return patches
