"""Commands around training: simulate, recordings, check, train."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from visavis.cli.shared import EngineChoice, Folder, Split, Workers, bar, engine_of
from visavis.core.config import read_overrides
from visavis.core.errors import VisavisError

LabelAlphabet = Literal["arpabet", "ipa", "festvox-ru", "espeak"]


def simulate(
    folder: Annotated[Positional[Path], arg(metavar="DIR")],
    /,
    *,
    minutes: Annotated[float, arg(metavar="M")],
    seed: Annotated[int, arg(metavar="S")] = 0,
    split: Literal["train", "test", "ood", "natural"] = "train",
    voices: Literal["espeak", "natural", "mixed", "recorded"] = "espeak",
    text: Annotated[Path | None, arg(metavar="FILE")] = None,
    kokoro: Annotated[tuple[Path, Path] | None, arg(metavar="MODEL.onnx VOICES.npz")] = None,
    recordings: Annotated[Path | None, arg(metavar="DIR")] = None,
    alphabet: LabelAlphabet | None = None,
    colocated: bool = False,
    dubbed: Annotated[float | None, arg(metavar="SHARE")] = None,
    workers: Workers = None,
    engine: EngineChoice = "local",
) -> None:
    """Make conversations of two simulated people: voices, motion and what caused it.

    Args:
        folder: Data folder; what is there already is kept, so a killed run goes on.
        minutes: How much talk.
        seed: The same seed gives the same bytes, whatever the number of workers.
        split: train and test share people and voices, ood has others, natural has voices of flite that no model learns.
        voices: espeak-ng alone, natural ones (hibari and Kokoro; extra `voices`), all of them mixed, or recorded alone.
        text: Lines to say instead of invented ones, plain text.
        kokoro: Another Kokoro model and its voices than the packaged ones.
        recordings: People who speak too: SPEAKER/NAME.wav with labels (NAME.lab, .TextGrid, .ctm) or words (NAME.txt).
        alphabet: What those labels spell phonemes in; unset: found by trying.
        colocated: Put both people into one room: motion in colocated_arkit, eyes that meet.
        dubbed: Share of co-located clips that are single speakers placed in turn, of whom only lips are known.
        workers: Processes; unset: one for each core.
        engine: Where they are: this machine or a Ray cluster, at its address, RAY_ADDRESS or, without both, here.
    """
    from visavis.data.simulate.run import simulate
    from visavis.data.simulate.simulation import Together
    from visavis.data.simulate.voices.cast import Casting
    from visavis.data.simulate.voices.kokoro import KokoroFiles
    from visavis.data.simulate.voices.recorded import recordings_in
    from visavis.data.simulate.voices.recorded_folder import RecordedFolder

    if alphabet is not None and recordings is None:
        raise VisavisError("--alphabet tells how the labels of recordings are spelled; give --recordings DIR")
    if dubbed is not None and not colocated:
        raise VisavisError("--dubbed places single speakers in one room; give --colocated, too")
    recorded = None if recordings is None else RecordedFolder(recordings, alphabet)
    together = Together(dubbed or 0.0) if colocated else None
    every_core = os.cpu_count() if workers is None and engine == "local" else workers
    with engine_of(engine, every_core) as work, bar("simulating") as progress:
        casting = Casting(voices, text, None if kokoro is None else KokoroFiles(*kokoro), recorded)
        report = simulate(folder, minutes, seed, split, work, progress, casting, together)
    if recorded is not None and split != "natural":
        print(recordings_in(recorded))
    speed = f", {report.speed:.0f} times faster than real time" if report.made else ""
    print(f"{report.folder}: {report.made} conversations made, {report.skipped} were there{speed}")


def recordings(
    folder: Annotated[Positional[Path], arg(metavar="DIR")],
    /,
    *,
    labelled: Annotated[tuple[Path, ...], arg(metavar="DIR [DIR ...]")] = (),
    alphabet: LabelAlphabet = "arpabet",
    spoken: Annotated[tuple[Path, ...], arg(metavar="DIR [DIR ...]")] = (),
    facegood: Annotated[tuple[Path, ...], arg(metavar="F.npz [F.npz ...]")] = (),
    dualtalk: Annotated[tuple[Path, ...], arg(metavar="DIR [DIR ...]")] = (),
    every: Annotated[int, arg(metavar="N")] = 1,
    split: Split = "people",
) -> None:
    """Make clips of recordings of real people, with labels, words or captured faces, to evaluate a model on.

    Args:
        folder: Data folder.
        labelled: Folders of NAME.wav with NAME.lab, .TextGrid or .phones.ctm; the mouth is that of the phonemes.
        alphabet: What the labels spell phonemes in.
        spoken: Folders of NAME.wav with NAME.txt, the words; phonemes are found by alignment (US English).
        facegood: Takes of FACEGOOD's captures, beside their NAME.wav.
        dualtalk: Folders of clips whose FLAME jaws are taken.
        every: Take every N-th recording of the labelled and spoken ones.
        split: The part of the data folder that they become.
    """
    from visavis.data.recordings.make import Sources, make_recordings

    made = make_recordings(folder, split, Sources(labelled, alphabet, spoken, facegood, dualtalk, every))
    print(f"{made.folder}: {made.lines} clips, {made.minutes:.1f} minutes")


def check(folder: Annotated[Positional[Path], arg(metavar="DIR")], /) -> int:
    """Look at every file of a data folder and say what is wrong where. Exit status 1 if anything is.

    Args:
        folder: A data folder (DualTalk's layout).
    """
    from visavis.data.check import check_folder

    report = check_folder(folder)
    for problem in report.problems:
        print(problem)
    print(f"{folder}: {report.good} of {report.clips} clips are good, {report.minutes:.1f} minutes")
    return 1 if report.problems else 0


def train(
    recipe: Annotated[Positional[str], arg(metavar="RECIPE")],
    /,
    *,
    data: Folder,
    out: Annotated[Path, arg(metavar="RUN")],
    resume: bool = False,
    init_from: Annotated[Path | None, arg(metavar="RUN|NAME")] = None,
    stage: Annotated[Literal["forced", "lips"] | None, arg(metavar="{forced,lips}")] = None,
    lips: Annotated[Path | None, arg(metavar="DIR")] = None,
    speech: Annotated[Path | None, arg(metavar="RUN|NAME")] = None,
    teacher: Annotated[Path | None, arg(metavar="DIR")] = None,
    override: Annotated[tuple[str, ...], arg(metavar="KEY=VALUE [KEY=VALUE ...]")] = (),
) -> None:
    """Train a model. Any key of the recipe can be set by --section.key value.

    Args:
        recipe: A recipe's name, for example timar-small.
        data: Data folder.
        out: Folder of the run.
        resume: Continue a run that was stopped.
        init_from: Start from the weights of this run or model folder, or shipped model; its turns may differ in length.
        stage: A later part of the recipe's training: the recipe of that name followed by -forced or -lips.
        lips: Data folder of captured people, for recipes that end in -lips.
        speech: Hear with the phonetic encoder of this run or model; unset: that of --init-from, or of what ships.
        teacher: What another model expects of the same recordings, by python -m visavis.training.teacher.
        override: The same as --section.key value.
    """
    from visavis.training.run import train

    name = recipe if stage is None else f"{recipe}-{stage}"
    report = train(name, data, out, resume, read_overrides(override), init_from, lips, speech, teacher)
    speed = f"{report.windows_per_second:.1f} windows a second"
    print(f"{out}: a model after {report.steps} steps, {report.seconds / 60:.1f} minutes at {speed}")
