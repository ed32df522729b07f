"""The page: what is played as data, the player that ships with the package, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import html
import os
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.view.people.looks import LOOKS, Look
from visavis.view.player.animation import Animation, animated
from visavis.view.player.avatar import accent_of, avatar_of, own_avatar
from visavis.view.player.embed import packed_animation, packed_avatar, packed_curves, packed_states
from visavis.view.player.pack import Pack
from visavis.view.player.performer import Performer, Playback, playback_of
from visavis.view.player.room import bodily, packed_path, packed_room, planned
from visavis.view.render.studio import Studio
from visavis.view.soundtrack import MIME, levels, speaking, stereo_flac, whole_frames

ASSETS = Path(__file__).parents[2] / "assets" / "player"
ENDINGS = (".html", ".htm")


def write_player(
    path: str | os.PathLike[str],
    people: Sequence[Performer],
    *,
    fps: float | None = None,
    title: str = "visavis",
    looks: Sequence[Look] = LOOKS,
    studio: Studio | None = None,
) -> None:
    """Write one or two heads, from left to right, with their voices as one .html file that plays from disk.

    `fps` [1/s] is the rate of motion in the file; unset: the highest that the motions have, or 25. The page lasts as
    long as the longest motion (or voice, if no motion is known); sound is cut or padded to it. A person without a
    mesh is the project's own head of `looks`, moved by settled weights, as films show it; somebody else's mesh is
    moved by the weights as they are, clipped to [0, 1]. `studio` puts all into one room, in which the page offers the
    cameras of films; it begins with the studio's.

    Raises `VisavisError` when nothing is to be played, a motion cannot be shown, a voice is not a row of finite
    samples, there are not one or two people, people are inside each other, or the place cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise VisavisError(f"a player is an .html file, {target.name!r} was asked for; name it {target.stem}.html")
    if len(looks) < len(people):
        raise VisavisError(f"{len(people)} heads need as many looks, {len(looks)} given")
    content = player_page(playback_of(people, fps), title, looks, studio)
    with written_whole(target) as temporary:
        temporary.write_text(content, encoding="utf-8")


def player_page(playback: Playback, title: str, looks: Sequence[Look] = LOOKS, studio: Studio | None = None) -> str:
    """The text of the page."""
    style, script = ((ASSETS / f"player.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return Template((ASSETS / "player.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        performance=_performance(playback, looks, studio),
    )


def _performance(playback: Playback, looks: Sequence[Look], studio: Studio | None) -> str:
    pack = Pack()
    plan = None if studio is None else planned([one.person for one in playback.people], studio)
    acted: list[Animation | None] = []
    people: list[dict[str, Any]] = []
    tops: list[float] = []
    for i, (performer, look) in enumerate(zip(playback.people, looks, strict=False)):
        avatar = own_avatar(look) if performer.mesh is None else avatar_of(performer.mesh)
        tops.append(float(avatar.mesh.vertices[:, 1].max()))
        person, motion = performer.person, performer.person.motion
        if plan is not None:
            avatar, motion = bodily(avatar, performer.mesh is None), plan.moved(motion)
        acted.append(None if motion is None else animated(motion, avatar))
        people.append(
            {
                "label": performer.label,
                "accent": list(accent_of(look)),
                "figure": packed_avatar(pack, avatar),
                "acting": None if acted[-1] is None else packed_animation(pack, acted[-1]),
                "voice": None if person.speech is None else _voice(pack, person.speech, playback.samples),
            }
            | ({} if plan is None else {"path": packed_path(pack, plan.paths[i])})
        )
    motions = [performer.person.motion for performer in playback.people]
    states = packed_states(pack, [None if motion is None else motion.state for motion in motions])
    people = [one if told is None else one | {"state": told} for one, told in zip(people, states, strict=True)]
    voices = [performer.person.speech for performer in playback.people]
    heard = any(voice is not None for voice in voices)
    sound = pack.add_bytes(stereo_flac(voices, playback.samples)) | {"mime": MIME} if heard else None
    return pack.text(
        {
            "fps": playback.fps,
            "frames": playback.frames,
            "levelsPerSecond": FPS,
            "sound": sound,
            "people": people,
            "curves": packed_curves(pack, acted),
        }
        | ({} if plan is None else {"room": packed_room(plan, tops, [one.label for one in playback.people])})
    )


def _voice(pack: Pack, voice: np.ndarray, samples: int) -> dict[str, Any]:
    level = levels(whole_frames(voice, samples))
    return {"levels": pack.add(np.round(255 * level), "u1"), "speaking": pack.add(speaking(level), "u1")}


def _hash(text: str) -> str:
    """What a content security policy calls an inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
