"""The command `visavis`: parse, call, print. Heavy imports happen inside the commands, so that help comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from tyro.conf import Positional, arg

from visavis.core.config import gather_overrides, read_overrides
from visavis.core.errors import VisavisError
from visavis.core.files import write_json
from visavis.system import DEFAULT_MODEL

Outputs = Annotated[tuple[Path, ...], arg(metavar="F [F ...]")]
Model = Annotated[str, arg(metavar="NAME|DIR|FILE")]
Folder = Annotated[Path, arg(metavar="DIR")]
SpeechEncoder = Annotated[str | None, arg(metavar="NAME|DIR")]
Workers = Annotated[int | None, arg(metavar="N")]
Json = Annotated[Path | None, arg(metavar="F")]


def demo(*, out: Folder = Path("visavis-demo")) -> None:
    """Everything with what ships inside: motion, film and plot of a short conversation.

    Args:
        out: Folder for the results.
    """
    from visavis.system.shipped import load
    from visavis.view.demo import run_demo

    with _progress("filming") as progress:
        report = run_demo(load(DEFAULT_MODEL), out, progress)
    for path in report.files:
        print(path)
    print(f"{report.seconds:.1f} s of motion in {report.wall_s:.2f} s: {report.speed:.0f} times faster than real time")


def generate(
    user: Annotated[Positional[Path], arg(metavar="USER.wav")],
    agent: Annotated[Positional[Path], arg(metavar="AGENT.wav")],
    /,
    *,
    out: Outputs,
    user_motion: Annotated[Path | None, arg(metavar="F")] = None,
    model: Model = DEFAULT_MODEL,
    speech_encoder: SpeechEncoder = None,
    context: Annotated[int | None, arg(metavar="TURNS")] = None,
    steps: Annotated[int | None, arg(metavar="N")] = None,
    guidance: Annotated[float, arg(metavar="S")] = 1.0,
    temperature: Annotated[float, arg(metavar="T")] = 1.0,
    seed: Annotated[int, arg(metavar="N")] = 0,
) -> None:
    """Two voices in, the agent's talking and listening head out.

    Args:
        user: The user's voice, a sound file of any rate and channel count.
        agent: The agent's voice.
        out: Files to write: .npz, .npy, .csv (Live Link Face), .mp4.
        user_motion: The user's recorded motion: .npz, .npy or .csv.
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as its recipe says.
        context: Turns of the past that the model sees; unset: as trained.
        steps: Denoising steps; unset: as the model says.
        guidance: How strongly to follow the user; 1 is plain.
        temperature: Scale of the noise; lower is calmer.
        seed: Another seed, another performance.
    """
    from visavis.view.outputs import Take, require_outputs, write_outputs

    require_outputs(out)
    from visavis.data.inputs import read_inputs
    from visavis.system.shipped import load

    system = load(model, speech_encoder)
    require_outputs(out, system.space)
    given = read_inputs(user, agent, user_motion, system.space)
    for note in given.notes:
        _warn(note)
    with _progress("generating") as progress:
        motion = system.generate(
            given.user_speech,
            given.agent_speech,
            given.user_motion,
            context=context,
            steps=steps,
            guidance=guidance,
            temperature=temperature,
            seed=seed,
            progress=progress,
        )
    with _progress("filming") as progress:
        write_outputs(out, Take(motion, given.agent_speech), Take(given.user_motion, given.user_speech), progress)


def simulate(
    folder: Annotated[Positional[Path], arg(metavar="DIR")],
    /,
    *,
    minutes: Annotated[float, arg(metavar="M")],
    seed: Annotated[int, arg(metavar="S")] = 0,
    split: Literal["train", "test", "ood"] = "train",
    workers: Annotated[int | None, arg(metavar="N")] = None,
) -> None:
    """Make conversations of two simulated people: voices, motion and what caused it.

    Args:
        folder: Data folder; what is there already is kept, so a killed run goes on.
        minutes: How much talk.
        seed: The same seed gives the same bytes, whatever the number of workers.
        split: train and test share people and voices, ood has others.
        workers: Processes; unset: one for each core.
    """
    from visavis.data.simulate.run import simulate

    with _progress("simulating") as progress:
        report = simulate(folder, minutes, seed, split, os.cpu_count() or 1 if workers is None else workers, progress)
    speed = f", {report.speed:.0f} times faster than real time" if report.made else ""
    print(f"{report.folder}: {report.made} conversations made, {report.skipped} were there{speed}")


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
    init_from: Annotated[Path | None, arg(metavar="RUN")] = None,
    override: Annotated[tuple[str, ...], arg(metavar="KEY=VALUE [KEY=VALUE ...]")] = (),
) -> None:
    """Train a model. Any key of the recipe can be set by --section.key value.

    Args:
        recipe: A recipe's name, for example timar-small.
        data: Data folder.
        out: Folder of the run.
        resume: Continue a run that was stopped.
        init_from: Start from the weights of this run or model folder.
        override: The same as --section.key value.
    """
    from visavis.training.run import train

    train(recipe, data, out, resume, read_overrides(override), init_from)


def evaluate(
    model: Annotated[Positional[str], arg(metavar="MODEL")],
    /,
    *,
    data: Folder,
    speech_encoder: SpeechEncoder = None,
    split: Annotated[tuple[Literal["train", "test", "ood"], ...], arg(metavar="SPLIT [SPLIT ...]")] = (),
    context: Annotated[tuple[int, ...], arg(metavar="TURNS [TURNS ...]")] = (),
    corrupt: Annotated[tuple[str, ...], arg(metavar="STREAM:KIND:SHARE [...]")] = (),
    limit: Annotated[int | None, arg(metavar="N")] = None,
    seeds: Annotated[tuple[int, ...], arg(metavar="N [N ...]")] = (0,),
    workers: Workers = None,
    brief: bool = False,
    json: Json = None,
    report: Annotated[Path | None, arg(metavar="F.html")] = None,
) -> int:
    """Score a model on a data folder beside its controls, as Markdown tables. Exit status 2 if clips were left out.

    Args:
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth.
        data: Data folder.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as its recipe says.
        split: Which parts of it; unset: test and ood, as far as they are there.
        context: Score with this many turns of the past, each in turn; unset: as trained.
        corrupt: Also with bursts in the input, such as motion:hold:0.3, user-speech:noise:0.5:10, or all.
        limit: At most this many conversations of a split.
        seeds: Draw each conversation with each of these.
        workers: Processes that score; unset: one for each core.
        brief: Print the questions most asked instead of every metric.
        json: Also write the scores here.
        report: Also write a page with tables, distributions, worst clips and curves.
    """
    from visavis.system.shipped import load
    from visavis.validate.records import Origin
    from visavis.validate.study import Study, held_out, report_of, run_study

    _require_places(json, report)
    system = load(model, speech_encoder)
    asked = Study(data, split or held_out(data), context or (None,), corrupt, seeds, limit, workers)
    findings = []
    with _progress(f"evaluating {model}") as progress:
        for finding in run_study(system, model, asked, worst=report is not None, progress=progress):
            print(f"## {finding.title}\n\n{finding.tables(brief)}", flush=True)
            findings.append(finding)
    _write_json(json, {finding.title: finding.plain() for finding in findings})
    if report is not None:
        report_of(findings, system, model, asked, Origin.of_command(sys.argv[1:]), report)
    return _name_problems([problem for finding in findings for problem in finding.clean.problems])


def score(
    predictions: Annotated[Positional[Path], arg(metavar="PREDICTIONS")],
    /,
    *,
    data: Folder,
    split: Literal["train", "test", "ood"] | None = None,
    workers: Workers = None,
    json: Json = None,
) -> int:
    """Score saved motion, arrays in DualTalk's layout, beside the controls. Exit status 2 if some were left out.

    Args:
        predictions: Folder with NAME_speakerK.npy or .npz for clips of the data folder.
        data: Data folder.
        split: Which part of it; unset: all.
        workers: Processes that score; unset: one for each core.
        json: Also write the scores here.
    """
    from visavis.data.folder import list_clips
    from visavis.validate.score import score_predictions
    from visavis.validate.tables import markdown, plain

    _require_places(json)
    with _progress("scoring") as progress:
        evaluation = score_predictions(predictions, list_clips(data, split), workers=workers, progress=progress)
    print(markdown(evaluation))
    _write_json(json, plain(evaluation))
    return _name_problems(evaluation.problems)


def convert(
    motion: Annotated[Positional[Path], arg(metavar="MOTION")],
    /,
    *,
    out: Outputs,
    audio: Annotated[Path | None, arg(metavar="F.wav")] = None,
    partner: Annotated[Path | None, arg(metavar="F")] = None,
    partner_audio: Annotated[Path | None, arg(metavar="F.wav")] = None,
) -> None:
    """Motion from one file format to others.

    Args:
        motion: .npz, .npy or .csv.
        out: Files to write: .npz, .npy, .csv (Live Link Face), .mp4.
        audio: The voice for a film.
        partner: The motion of a second head in the film.
        partner_audio: The second head's voice.
    """
    from visavis.data.motion_files import read_motion
    from visavis.data.sound import read_sound
    from visavis.view.outputs import Take, require_outputs, write_outputs

    require_outputs(out)
    moves = read_motion(motion)
    require_outputs(out, moves.space)
    voice, partner_voice = (None if path is None else read_sound(path) for path in (audio, partner_audio))
    agent = Take(moves, voice)
    user = None
    if partner is not None or partner_voice is not None:
        user = Take(None if partner is None else read_motion(partner), partner_voice)
    with _progress("filming") as progress:
        write_outputs(out, agent, user, progress)


def convert_checkpoint(
    checkpoint: Annotated[Positional[Path], arg(metavar="IN")],
    out: Annotated[Positional[Path], arg(metavar="OUT")],
    /,
    *,
    speech_encoder: SpeechEncoder = None,
) -> None:
    """A published checkpoint as a model folder of our own: recipe.json and model.safetensors.

    Args:
        checkpoint: TIMAR.pth or DualTalk.pth.
        out: Folder to make.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as published.
    """
    from visavis.system.folder import save_system
    from visavis.system.shipped import load

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise VisavisError(f"{out} is there already and not an empty folder; choose another place")
    system = load(checkpoint, speech_encoder)
    save_system(system, out)
    print(out)


def bench(
    model: Annotated[Positional[str], arg(metavar="MODEL")] = DEFAULT_MODEL,
    *,
    minutes: Annotated[float, arg(metavar="M")] = 30.0,
    json: Json = None,
) -> None:
    """Measure speed and memory on this machine.

    Args:
        model: A model's name (see `visavis models`) or run folder.
        minutes: Length of the conversation over which memory is watched.
        json: Also write the numbers here.
    """
    from dataclasses import asdict

    from visavis.system.bench import bench

    _require_places(json)
    report = asdict(bench(model, minutes=minutes))
    for name, value in report.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        print(f"{name:18}", *(f"{one:.4g}" if isinstance(one, float) else one for one in values))
    _write_json(json, report)


def models() -> None:
    """Name the models that `--model` knows."""
    from visavis.system.shipped import known_models

    for known in known_models():
        print(known)


COMMANDS: dict[str, Callable[..., int | None]] = {
    command.__name__.replace("_", "-"): command
    for command in (demo, generate, simulate, check, train, evaluate, score, convert, convert_checkpoint, bench, models)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status: 0, or 2 after bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["train"]:
            given = gather_overrides(given)
        status: int | None = tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="visavis",
            description="Two people talk; visavis moves the face of one of them.",
            args=given,
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    except VisavisError as error:
        print(f"visavis: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("visavis: stopped", file=sys.stderr)
        return 130
    return status or 0


def _require_places(*paths: Path | None) -> None:
    from visavis.view.outputs import require_place

    for path in filter(None, paths):
        require_place(path)


def _write_json(path: Path | None, data: dict[str, Any]) -> None:
    if path is not None:
        write_json(path, data)


def _name_problems(problems: Iterable[str]) -> int:
    """Each problem once on standard error; the exit status."""
    named = dict.fromkeys(problems)
    for problem in named:
        _warn(problem)
    return 2 if named else 0


def _warn(text: str) -> None:
    print(f"visavis: warning: {text}", file=sys.stderr)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, when that is a terminal; gives `report(done, total)`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
