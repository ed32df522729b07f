"""What the commands share: kinds of arguments, a progress bar, and how problems are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import arg

from visavis.core import files
from visavis.core.errors import VisavisError

if TYPE_CHECKING:
    from visavis.core.contract import StreamingSystem
    from visavis.core.work import Engine
    from visavis.system.system import System

Outputs = Annotated[tuple[Path, ...], arg(metavar="F [F ...]")]
_MODEL = arg(metavar="NAME|DIR|FILE|ADDRESS", aliases=("--weights",))
Model = Annotated[str, _MODEL]
ModelOrNone = Annotated[str | None, _MODEL]
Folder = Annotated[Path, arg(metavar="DIR")]
SpeechEncoder = Annotated[str | None, arg(metavar="NAME|DIR")]
Split = Literal["train", "test", "ood", "natural", "people"]
History = Literal["exact", "cached"] | None
Precision = Literal["float32", "bf16", "int8"]
Camera = Literal["fixed", "first", "second", "speaker"] | None
Workers = Annotated[int | None, arg(metavar="N")]
EngineChoice = Annotated[str, arg(metavar="local|ray[:ADDRESS]")]
Json = Annotated[Path | None, arg(metavar="F")]


def loaded(model: str, precision: Precision, history: History = None, speech_encoder: SpeechEncoder = None) -> System:
    """A model for use, with options of history and precision."""
    from visavis.layers.packed import has_bf16
    from visavis.system.precision import optimised
    from visavis.system.shipped import load_trainable

    system = load_trainable(here(model), speech_encoder).with_options(history=history)
    if precision == "bf16" and not has_bf16(system.device):
        warn("this processor emulates bfloat16, slowly; --precision float32 is quicker here")
    return optimised(system, precision)


def loaded_live(model: str, precision: Precision) -> StreamingSystem[Any]:
    """A model for live use: as `loaded`, or a folder of `visavis export-onnx`."""
    from visavis.export.manifest import MANIFEST
    from visavis.export.system import OnnxSystem

    if (Path(model) / MANIFEST).is_file():
        return OnnxSystem.open(Path(model), precision)
    return loaded(model, precision)


@contextmanager
def engine_of(choice: str, workers: int | None) -> Iterator[Engine]:
    """Where work is done while the block lasts: `local`, `ray` or `ray:ADDRESS`, with at most so many workers."""
    from visavis.core.local_processes import LocalProcesses
    from visavis.core.ray_engine import ray_engine

    if (address := ray_address(choice)) is None:
        yield LocalProcesses(workers)
        return
    with ray_engine(address or None, workers) as engine:
        yield engine


def ray_address(choice: str) -> str | None:
    """What follows `ray:` in the choice of an engine, empty where nothing does; None: `local`."""
    kind, colon, address = choice.partition(":")
    if choice == "local":
        return None
    if kind != "ray" or (colon and not address):
        raise VisavisError(
            f"{choice!r} is no engine; give local, ray for a Ray of this machine or of RAY_ADDRESS, or ray:ADDRESS"
        )
    return address


def here(model: str) -> str:
    """A model's name or place; one at an address is downloaded to its place first, with a bar."""
    from visavis.system.remote import fetched, is_address

    if not is_address(model):
        return model
    with bar("downloading") as progress:
        return str(fetched(model, progress))


def require_places(*paths: Path | None) -> None:
    """Refuse, before the work, places where nothing can be written."""
    for path in filter(None, paths):
        files.require_place(path)


def write_json(path: Path | None, data: dict[str, Any]) -> None:
    """Write data as JSON, if a place was given."""
    if path is not None:
        files.write_json(path, data)


def name_problems(problems: Iterable[str]) -> int:
    """Each problem once on standard error; the exit status."""
    named = dict.fromkeys(problems)
    for problem in named:
        warn(problem)
    return 2 if named else 0


def warn(text: str) -> None:
    """A line on standard error."""
    print(f"visavis: warning: {text}", file=sys.stderr)


def tell(text: str) -> None:
    """A line on standard error that is no warning."""
    print(f"visavis: {text}", file=sys.stderr)


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, when that is a terminal; gives `report(done, total)`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
