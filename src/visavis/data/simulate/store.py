"""One simulated conversation on disk, in DualTalk's layout; the event log is written last and marks it finished."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.conversation import Event
from visavis.core.files import written_whole
from visavis.data.simulate.colocation.staging import simulate_together
from visavis.data.simulate.conversation import Scene, conversation_name, oracle, simulate_scene
from visavis.data.simulate.simulation import Simulation


def is_finished(folder: Path, name: str) -> bool:
    """Whether the conversation lies complete in the folder."""
    return (folder / f"{name}_events.json").is_file()


def write_scene(folder: Path, simulation: Simulation, index: int) -> int:
    """Simulate conversation `index` and write it whole; returns its frames. Remains of a broken run are removed."""
    for remains in folder.glob(f".{conversation_name(simulation.seed, simulation.split, index)}_*.tmp.*"):
        remains.unlink()
    if simulation.together is None:
        scene = simulate_scene(simulation.seed, simulation.split, index, simulation.casting)
        return store_scene(folder, scene, with_oracle=simulation.split != "train")
    return store_scene(folder, simulate_together(simulation, index))


def store_scene(folder: Path, scene: Scene, *, with_oracle: bool = False) -> int:
    """Write a scene whole, on request with the oracles of both people; returns its frames.

    Of people in one room their layout is written, too.
    """
    for person in (1, 2):
        with written_whole(folder / f"{scene.name}_speaker{person}.wav") as path:
            soundfile.write(path, scene.talks[person - 1].sound, SAMPLE_RATE, subtype="PCM_16")
        with written_whole(folder / f"{scene.name}_speaker{person}.npz") as path:
            np.savez(path, **_arrays(scene, person))
        if with_oracle:
            with written_whole(folder / f"{scene.name}_speaker{person}_oracle.npz") as path:
                np.savez(path, mean=oracle(scene, person), space=ARKIT61.name, fps=FPS)
    if scene.layout is not None:
        with written_whole(folder / f"{scene.name}_layout.json") as path:
            path.write_text(json.dumps(scene.layout.to_dict()) + "\n", encoding="utf-8")
    write_events(folder / f"{scene.name}_events.json", scene.events())
    return len(scene.motions[0])


def _arrays(scene: Scene, person: int) -> dict[str, Any]:
    """What the file of a person's motion holds."""
    motion: dict[str, Any] = {"motion": scene.motions[person - 1], "space": scene.space.name, "fps": FPS}
    if scene.captured is None:
        return motion
    channels, counted = scene.captured.channels, scene.captured.frames[person - 1]
    return {**motion, "known": np.array(sorted(channels), dtype=np.str_), "counted": counted}


def read_events(path: Path) -> tuple[Event, ...]:
    """The event log of a simulated conversation."""
    return tuple(Event(**entry) for entry in json.loads(path.read_text()))


def write_events(path: Path, events: Iterable[Event]) -> None:
    """Write an event log, an event a line."""
    lines = ",\n".join(json.dumps(asdict(event)) for event in events)
    with written_whole(path) as place:
        place.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
