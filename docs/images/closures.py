"""Do lips close? A contact sheet of mouths at p, b and m of a labelled recording, a row for each model.

python docs/images/closures.py RECORDING.wav LABELS OUT.jpg --model timar-small [--model RUN ...] [--alphabet A]

LABELS are .lab, .TextGrid or .phones.ctm in one of the simulator's alphabets; a recording of festvox-ru (a Debian
package, never in training) is shown in docs. Each picture is the frame of the smallest lip gap within the phoneme and
a frame either side, seen from the front whichever way the head turns, with the phoneme, and the gap as a share of the
level that counts as closed (half of that mouth's median gap while it speaks: `visavis.analysis.closures.closed_level`),
red where the lips stay apart. The first row is the mouth that the phonemes ask of an average person.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import visavis
from visavis.analysis.closures import closed_level, closest_frame, is_bilabial
from visavis.analysis.lips import lip_gap
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLE_RATE
from visavis.core.conversation import Event
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.core.retarget import to_arkit
from visavis.data.label_files import read_labels
from visavis.data.recordings.labelled import talk_of
from visavis.data.simulate.conversation import spoken_events
from visavis.data.simulate.mouth import articulation
from visavis.data.simulate.phonemes import ALPHABETS
from visavis.data.sound import read_sound
from visavis.encode.activity import Voice, detect_voice
from visavis.validate.metrics.lips import closure_rate
from visavis.view.canvas import Canvas
from visavis.view.people.build import build_head
from visavis.view.people.looks import AMBER
from visavis.view.performance import performance
from visavis.view.render.camera import Camera, Portrait

MOUTH = Camera(middle=-0.066, span=0.072)
WIDE, HIGH, CAPTION, MARGIN = 128, 100, 20, 24
CLOSED, APART, INK = (0.13, 0.45, 0.25), (0.75, 0.16, 0.12), (0.16, 0.20, 0.25)
MOST_BYTES = 150_000
NOTE = "numbers: lip gap, up to 1 is closed (half of what is usual for that mouth)"
_SILENCE_DB = -60.0


@dataclass(frozen=True, eq=False)
class Row:
    """One mouth throughout the recording; `said` is what it scores."""

    title: str
    motion: Motion
    closed: float
    said: str


def row(title: str, motion: Motion, voice: Voice, phonemes: Sequence[Event]) -> Row:
    """A mouth and how often it closes: in bilabials, and in all other phonemes, which is what chance explains."""
    closed = closed_level(motion, voice)
    bilabial = closure_rate(motion, filter(is_bilabial, phonemes), closed)
    other = closure_rate(motion, (phoneme for phoneme in phonemes if not is_bilabial(phoneme)), closed)
    return Row(title, motion, closed, f"closes in {bilabial:.0%} of p, b, m, in {other:.0%} of other phonemes")


def spread(phonemes: Sequence[Event], count: int) -> list[Event]:
    """So many bilabials, evenly from the first to the last of the recording."""
    found = [phoneme for phoneme in phonemes if is_bilabial(phoneme)]
    if not found:
        raise VisavisError("the labels have neither p nor b nor m; give another recording")
    return [found[i] for i in np.unique(np.linspace(0, len(found) - 1, count).round().astype(int))]


def draw(rows: Sequence[Row], shown: Sequence[Event]) -> np.ndarray:
    """The sheet (H, W, 3) uint8."""
    width, each = WIDE * len(shown), MARGIN + HIGH + CAPTION
    canvas = Canvas(width, each * len(rows))
    paper = np.full((each * len(rows), width, 4), 255, np.uint8)
    portrait = Portrait(build_head(AMBER), HIGH, WIDE, MOUTH)
    behind = np.full((HIGH, WIDE, 3), 232, np.uint8)
    gaps = []
    for number, one in enumerate(rows):
        acted, gap = performance(one.motion), lip_gap(one.motion)
        for column, phoneme in enumerate(shown):
            frame = closest_frame(one.motion, phoneme)
            assert frame is not None
            pose = acted.pose(frame)
            picture = portrait.draw(pose.weights, np.zeros(3), pose.gaze, behind)
            top = number * each + MARGIN
            paper[top : top + HIGH, column * WIDE : (column + 1) * WIDE - 2, :3] = picture[:, :-2]
            gaps.append(float(gap[frame]) / one.closed)
    canvas.start(paper)
    canvas.write(NOTE, width - 6 - canvas.width_of(NOTE, 12), canvas.height - MARGIN + 7, 12, INK)
    for number, one in enumerate(rows):
        base = canvas.height - number * each - MARGIN
        right = 4 + canvas.write(one.title, 4, base + 7, 13, INK, bold=True)
        canvas.write(one.said, right + 12, base + 7, 12, INK)
        for column, phoneme in enumerate(shown):
            relative = gaps[number * len(shown) + column]
            left, low = column * WIDE + 6, base - HIGH - 14
            canvas.write(phoneme.label, left, low, 13, INK, bold=True)
            canvas.write(f"{relative:.2f}", left + 30, low, 12, CLOSED if relative <= 1 else APART)
    return canvas.picture()


def save(picture: np.ndarray, path: Path) -> int:
    """Write a .jpg of at most `MOST_BYTES`, as good as that allows; returns its bytes."""
    for quality in range(92, 30, -4):
        buffer = BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= MOST_BYTES:
            break
    with written_whole(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
    return buffer.tell()


def sheet(recording: Path, labels: Path, models: Sequence[str], alphabet: str, count: int) -> np.ndarray:
    """Everything but the file. Raises `VisavisError` for labels that do not fit and models that are none."""
    sound = read_sound(recording)
    told = read_labels(labels).require_fit(len(sound) / SAMPLE_RATE, labels)
    talk = talk_of(told, sound, alphabet)
    voice = detect_voice(sound)
    frames = len(articulation(talk))
    phonemes = [
        event for event in spoken_events(talk, 1) if event.kind == "phoneme" and event.onset + event.duration <= frames
    ]
    rows = [row("the phonemes' own mouth", Motion(articulation(talk).astype(np.float32), ARKIT61), voice, phonemes)]
    silent = np.random.default_rng(0).normal(0, 10 ** (_SILENCE_DB / 20), len(sound)).astype(np.float32)
    for model in models:
        motion = to_arkit(visavis.load(model).generate(silent, sound))
        rows.append(row(Path(model).name, motion, voice, [p for p in phonemes if p.onset < len(motion)]))
        print(f"{rows[-1].title}: {rows[-1].said}")
    return draw(rows, spread([p for p in phonemes if p.onset < min(len(r.motion) for r in rows)], count))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for input that cannot be used, told in one line."""
    parser = argparse.ArgumentParser(description="Mouths at p, b and m of a labelled recording, a row for each model.")
    parser.add_argument("recording", type=Path, metavar="RECORDING.wav")
    parser.add_argument("labels", type=Path, metavar="LABELS")
    parser.add_argument("out", type=Path, metavar="OUT.jpg")
    parser.add_argument("--model", action="append", required=True, help="a name, a run or a file; may be repeated")
    parser.add_argument("--alphabet", choices=sorted(ALPHABETS), default="festvox-ru", help="of the labels")
    parser.add_argument("--count", type=int, default=10, help="mouths in a row")
    chosen = parser.parse_args(arguments)
    try:
        picture = sheet(chosen.recording, chosen.labels, chosen.model, chosen.alphabet, max(chosen.count, 1))
        print(f"{chosen.out}: {save(picture, chosen.out)} bytes")
    except VisavisError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
