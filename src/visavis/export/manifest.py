"""What stands beside an exported network, manifest.json: all that a runtime needs to know to call it.

docs/export_onnx.md describes the fields.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from visavis.core.config import from_dict
from visavis.core.errors import VisavisError, unknown
from visavis.core.files import read_json, write_json

FORMAT = "visavis-onnx"
VERSION = 1
"""Another one wherever a runner of this version would call a network wrongly."""
MANIFEST = "manifest.json"
Element = Literal["float32", "int64", "bool"]


@dataclass(frozen=True)
class InputTensor:
    """An input. first_frame: the first frame that call 0 takes of it. tensor, known: names of the network's inputs that
    hold it and say where it is known (none: the network does not ask)."""

    name: str
    kind: Literal["speech", "motion", "signal"]
    tensor: str
    shape: tuple[int, ...]
    first_frame: int
    known: str | None


@dataclass(frozen=True)
class StateTensor:
    """A tensor of the state: names of the input and the output that hold it; `initial` is what each of its numbers is
    before the first call, or all of them in order."""

    name: str
    input: str
    output: str
    shape: tuple[int, ...]
    type: Element
    initial: float | tuple[float, ...]


@dataclass(frozen=True)
class LabelTensor:
    """What is said of each frame: the output's name, and the names of its classes."""

    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class NetworkFile:
    """A network in a precision. sha256: of the file. deviation: the largest from torch's motion when it was checked,
    over so many seconds (none: not checked)."""

    precision: str
    file: str
    bytes: int
    sha256: str
    deviation: float | None = None
    checked_s: float | None = None


@dataclass(frozen=True)
class ChannelGroup:
    """Channels of a group of the motion space by their numbers, their unit, and their least and greatest values."""

    name: str
    channels: tuple[int, ...]
    unit: str
    bounds: tuple[float, float] | None


@dataclass(frozen=True)
class Manifest:
    """All that is needed to call a network; `noise` standard normal numbers go into each call, `hop` frames come out.

    Shapes are those of one conversation; the first axis of every tensor may be any number of them. mean_face: a face at
    rest (D,). noise_shapes: of the draws that a call's noise goes into, one after another. past_frames: frames of the
    past that reach a frame (none: not told, as by older files).
    """

    model: str
    fingerprint: str
    made_with: str
    sample_rate: int
    fps: int
    hop: int
    warm_up: int
    space: str
    channels: tuple[str, ...]
    groups: tuple[ChannelGroup, ...]
    mean_face: tuple[float, ...]
    people: tuple[str, ...]
    inputs: tuple[InputTensor, ...]
    noise: int
    labels: tuple[LabelTensor, ...]
    state: tuple[StateTensor, ...]
    networks: tuple[NetworkFile, ...]
    noise_shapes: tuple[tuple[int, ...], ...] = ()
    past_frames: int | None = None
    format: str = FORMAT
    version: int = VERSION

    @property
    def outputs(self) -> list[str]:
        """Names of all that a call gives, in order: the motion, labels, and the state after it."""
        return ["motion", *(one.name for one in self.labels), *(one.output for one in self.state)]

    def network(self, precision: str) -> NetworkFile:
        """The file of a precision; raises `VisavisError` naming those that there are."""
        for one in self.networks:
            if one.precision == precision:
                return one
        raise unknown("precision", precision, [one.precision for one in self.networks])


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write manifest.json into a folder."""
    write_json(folder / MANIFEST, asdict(manifest))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an exported model. Raises `VisavisError` where there is none, or one of another version."""
    path = folder / MANIFEST
    if not path.is_file():
        raise VisavisError(f"{folder} holds no exported model: {MANIFEST} is missing; visavis export-onnx makes one")
    data = read_json(path)
    if data.get("format") != FORMAT:
        raise VisavisError(f"{path} is no manifest of an exported model; visavis export-onnx makes one")
    if data.get("version") != VERSION:
        raise VisavisError(
            f"{path} is of version {data.get('version')}, this visavis reads version {VERSION}; export the model again"
        )
    try:
        return from_dict(Manifest, data)
    except (VisavisError, TypeError) as error:
        raise VisavisError(f"{path} is damaged: {error}") from error


def network_path(folder: Path, network: NetworkFile) -> Path:
    """The file of a network; raises `VisavisError` where it is missing or not the one that the manifest speaks of."""
    path = folder / network.file
    if not path.is_file():
        raise VisavisError(f"{folder} lacks {network.file}, which its {MANIFEST} names; export the model again")
    if digest(path) != network.sha256:
        raise VisavisError(f"{path} is not the file that {MANIFEST} speaks of; export the model again")
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        whole = hashlib.sha256()
        while block := file.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()
