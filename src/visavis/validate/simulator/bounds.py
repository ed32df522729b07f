"""What the best possible model would score on simulated conversations: the oracle's mean, and a second draw of it all.

    python -m visavis.validate.simulator.bounds [SPLIT [CONVERSATIONS [SEED]]]

A second draw is the same speech and the same partner, acted anew by a stranger or by the same person: a
perfect sampler.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np

from visavis.analysis.detectors import detect
from visavis.analysis.listening import listening_mask
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError, unknown
from visavis.core.motion import Motion
from visavis.core.program import exit_status
from visavis.data.simulate.conversation import Scene, oracle, redraw, simulate_scene
from visavis.data.simulate.voices.cast import Split
from visavis.encode.activity import detect_voice
from visavis.validate.metrics.reactions import Matches, match_onsets, sum_matches

KINDS = ("nod", "smile", "brow raise")
GROUPS = ("exp", "jaw", "pose", "gaze", "mouth", "blink", "smile", "brows")


@dataclass(frozen=True, eq=False)
class Bound:
    """One row: `errors` is the z-scored squared error by group or part (1 = the mean face), `reactions` the matches of
    detected onsets with the log by kind, `recall` the share of the log's events that was met, by kind and cause."""

    name: str
    errors: Mapping[str, float]
    reactions: Mapping[str, Matches] = field(default_factory=dict)
    recall: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def bounds(scenes: Sequence[Scene], draws: int = 64) -> list[Bound]:
    """The true motion itself, the oracle (of `draws`), and second draws by strangers and by the same people."""
    if not scenes:
        raise VisavisError("0 conversations have no bounds; give 1 or more")
    rng = np.random.default_rng(0)
    made: Mapping[str, Callable[[Scene, int], np.ndarray]] = {
        "true motion": lambda scene, person: scene.motions[person - 1],
        "oracle": lambda scene, person: oracle(scene, person, draws),
        "second draw, stranger": lambda scene, person: redraw(scene, person, rng),
        "second draw, same person": lambda scene, person: redraw(scene, person, rng, style=scene.styles[person - 1]),
    }
    return [_bound(name, scenes, make) for name, make in made.items()]


def _bound(name: str, scenes: Sequence[Scene], make: Callable[[Scene, int], np.ndarray]) -> Bound:
    people = [(scene, person) for scene in scenes for person in (1, 2)]
    found = [Motion(make(scene, person), ARKIT61) for scene, person in people]
    truth = np.concatenate([scene.motions[person - 1] for scene, person in people])
    spread = truth.std(axis=0)
    moving = spread > 1e-6
    squares = ((np.concatenate([one.values for one in found]) - truth)[:, moving] / spread[moving]) ** 2
    by_channel = np.full(ARKIT61.width, np.nan)
    by_channel[moving] = squares.mean(axis=0)
    errors = {group: float(np.nanmean(by_channel[list(ARKIT61.indices(group))])) for group in GROUPS}
    if name == "oracle":
        return Bound(name, errors)
    matches: dict[str, list[Matches]] = {kind: [] for kind in KINDS}
    recall: dict[tuple[str, str], tuple[int, int]] = {}
    for (scene, person), motion in zip(people, found, strict=True):
        listening = listening_mask(detect_voice(scene.talks[person - 1].sound), len(motion))
        for kind in KINDS:
            where = listening if kind == "nod" else np.ones(len(motion), dtype=bool)
            onsets = detect(kind, motion, where)
            events = [a.event(person, len(motion)) for a in scene.actions[person - 1] if a.kind == kind]
            events = [event for event in events if where[event.onset]]
            matches[kind].append(match_onsets(onsets, sorted(event.onset for event in events)))
            for event in events:
                met = bool(len(match_onsets(onsets, [event.onset]).errors_s))
                before, all_ = recall.get((kind, event.cause), (0, 0))
                recall[kind, event.cause] = (before + met, all_ + 1)
    return Bound(name, errors, {kind: sum_matches(some) for kind, some in matches.items()}, recall)


def table(rows: Sequence[Bound]) -> str:
    """Markdown: errors by group and F1 by kind of reaction, then how many events of each cause were met."""
    lines = [f"| | {' | '.join(GROUPS)} | {' | '.join(f'{kind} F1' for kind in KINDS)} |", "|---" * 12 + "|"]
    for row in rows:
        cells = [f"{row.errors[group]:.2f}" for group in GROUPS]
        cells += [f"{row.reactions[kind].f1:.2f}" if row.reactions else "-" for kind in KINDS]
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    for row in rows:
        for (kind, cause), (met, all_) in sorted(row.recall.items()):
            lines.append(f"{row.name}: {kind} ({cause}): {met} of {all_}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Simulate conversations in memory and print their bounds; 2 for what cannot be, told in one line."""
    return exit_status(lambda: _print_bounds(*arguments))


def _print_bounds(name: str = "test", count: str = "24", seed: str = "1") -> None:
    split = next((known for known in get_args(Split) if known == name), None)
    if split is None:
        raise unknown("split", name, get_args(Split))
    print(table(bounds([simulate_scene(int(seed), split, index) for index in range(int(count))])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
