"""Captured faces of other rigs, as far as arkit61 has channels for them: FACEGOOD's named weights, FLAME's jaw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, JAW_FULLY_OPEN
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile, read_arrays, require_stored_rate
from visavis.data.folder import list_clips, read_clip
from visavis.data.recordings.line import Line
from visavis.data.sound import read_sound

FACEGOOD: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "JawOpen": (("mouth_stretch_c",),),
        "JawForward": (("jaw_thrust_c",),),
        "JawLeft": (("jaw_sideways_l",),),
        "JawRight": (("jaw_sideways_r",),),
        "MouthFunnel": (
            ("mouth_funnel_dl", "mouth_funnel_dr", "mouth_funnel_ul", "mouth_funnel_ur"),
            ("mouth_oh_c",),
        ),
        "MouthPucker": (("mouth_pucker_l", "mouth_pucker_r"), ("mouth_oo_c",)),
        "MouthLeft": (("mouth_sideways_l",),),
        "MouthRight": (("mouth_sideways_r",),),
        "MouthRollLower": (("mouth_suck_dl", "mouth_suck_dr"),),
        "MouthRollUpper": (("mouth_suck_ul", "mouth_suck_ur"),),
        "MouthShrugLower": (("mouth_chinRaise_d",),),
        "MouthShrugUpper": (("mouth_chinRaise_u",),),
        "CheekPuff": (("cheek_puff_l", "cheek_puff_r"),),
        **{
            f"{ours}{side}": tuple((f"{theirs}_{side[0].lower()}",) for theirs in named)
            for side in ("Left", "Right")
            for ours, named in {
                "MouthSmile": ("mouth_lipCornerPull", "mouth_lipCornerPullOpen"),
                "MouthFrown": ("mouth_lipCornerDepress",),
                "MouthDimple": ("mouth_dimple",),
                "MouthStretch": ("mouth_lipStretch", "mouth_lipStretchOpen"),
                "MouthPress": ("mouth_press",),
                "MouthLowerDown": ("mouth_lowerLipDepress",),
                "MouthUpperUp": ("mouth_upperLipRaise",),
                "NoseSneer": ("nose_wrinkle",),
            }.items()
        },
    }
)
"""FACEGOOD's weights in each arkit61 channel: the mean of every inner group, and the sum of the groups.

By what the names say and by how they move (docs/data.md). Eyes, brows and tongue never move in the published takes.
"""

_MOST_CLOSED = 0.02


def facegood_lines(takes: Sequence[Path]) -> Iterator[Line]:
    """A line of each take NAME.npz (`weights` (T, n), `names` (n,), `fps`) beside which NAME.wav lies.

    Raises `BrokenFile` where the arrays do not fit or a weight that is looked for is missing.
    """
    for path in takes:
        arrays = read_arrays(path, [("weights", "names", "fps")])
        yield Line(
            f"{path.resolve().parent.name}.{path.stem}",
            read_sound(path.with_suffix(".wav")),
            _facegood(path, arrays).resample(),
        )


def flame_jaw_lines(folder: Path) -> Iterator[Line]:
    """A line of everybody in a folder of DualTalk clips whose FLAME motion is known; the partner is heard.

    JawOpen is the jaw's rotation about x from where it is most closed in the clip; nothing else is known.
    """
    for clip in list_clips(folder):
        talk = read_clip(clip)
        for person, partner in ((talk.agent, talk.user), (talk.user, talk.agent)):
            if person.motion is None or person.speech is None:
                continue
            if "jaw" not in person.motion.space.groups or person.motion.space is ARKIT61:
                raise BrokenFile(folder / clip.name, f"has motion in {person.motion.space.name}", "give FLAME's motion")
            turned = person.motion["jaw"][:, 0]
            values = np.zeros((len(turned), ARKIT61.width), dtype=np.float32)
            opening = (turned - np.quantile(turned, _MOST_CLOSED)) / JAW_FULLY_OPEN
            values[:, ARKIT61.indices("JawOpen")] = np.clip(opening, 0, 1)[:, None]
            motion = Motion(values, ARKIT61, known=frozenset({"JawOpen"}))
            yield Line(
                f"{folder.resolve().name}.{clip.name}_{person.number}", person.speech, motion, partner=partner.speech
            )


def _facegood(path: Path, arrays: Mapping[str, np.ndarray]) -> Motion:
    weights, names, fps = arrays["weights"], [str(name) for name in np.ravel(arrays["names"])], arrays["fps"]
    require_stored_rate(path, fps)
    if weights.ndim != 2 or weights.shape[1] != len(names) or len(weights) == 0:
        raise BrokenFile(path, f"weights {weights.shape} and {len(names)} names do not fit", "save the take again")
    wanted = {name for groups in FACEGOOD.values() for group in groups for name in group}
    missing = sorted(wanted - set(names))
    if missing:
        raise BrokenFile(path, f"lacks the weights {', '.join(missing)}", "give a take of FACEGOOD's own rig")
    column = {name: weights[:, number] for number, name in enumerate(names)}
    values = np.zeros((len(weights), ARKIT61.width), dtype=np.float32)
    for channel, groups in FACEGOOD.items():
        total = sum(np.mean([column[name] for name in group], axis=0) for group in groups)
        values[:, ARKIT61.indices(channel)] = np.clip(total, 0, 1)[:, None]
    return Motion(values, ARKIT61, float(fps), known=frozenset(FACEGOOD))
