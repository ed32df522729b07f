"""Commands that take models elsewhere: export-onnx, page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from visavis.cli.shared import Folder, Model, bar, here, tell
from visavis.core.errors import VisavisError

Written = Literal["float32", "int8"]


def export_onnx(
    model: Annotated[Positional[str], arg(metavar="NAME|DIR")],
    /,
    *,
    out: Folder,
    precision: Annotated[tuple[Written, ...], arg(metavar="P [P ...]")] = ("float32", "int8"),
    check: Annotated[float, arg(metavar="SECONDS")] = 60.0,
) -> None:
    """Write a model as ONNX networks, with its state as inputs and outputs, for other runtimes and the browser.

    Args:
        model: A model's name (see `visavis models`) or a run folder.
        out: Folder for manifest.json and the networks.
        precision: float32, int8 (weights of 8 bits, a third as large, not quite the same motion), or both.
        check: Compare with torch over so long a conversation; 0: not. float32 that differs by more than 0.0001 is an
            error.
    """
    from visavis.export.check import TOLERANCE, checked
    from visavis.export.write import export_onnx as write
    from visavis.system.shipped import load_trainable

    if check < 0:
        raise VisavisError(f"--check {check:g} is no time; give seconds, such as 60, or 0")
    system = load_trainable(here(model))
    tell("recording a step, which takes a minute or more")
    manifest = write(system, out, precision)
    found = {}
    if check:
        with bar("comparing with torch") as progress:
            found = checked(system, out, check, progress)
    for one in manifest.networks:
        line = f"{out / one.file}: {one.bytes / 1e6:.1f} MB"
        if one.precision in found:
            told = found[one.precision]
            line += (
                f", at most {told.largest:.2g} from torch's motion in {told.seconds:g} s (mean {told.mean:.2g}), "
                f"{told.call_ms:.1f} ms a step"
            )
        print(line)
    if "float32" in found and found["float32"].largest > TOLERANCE:
        raise VisavisError(
            f"{out} differs from torch by {found['float32'].largest:.2g}, more than {TOLERANCE:g}; do not use it, and "
            "report the versions of torch and onnxruntime"
        )


def page(
    out: Annotated[Positional[Path], arg(metavar="DIR")],
    /,
    *,
    model: Model = "arig-small",
    precision: Written = "float32",
    voice: Literal["hibari"] | None = None,
) -> None:
    """Write the live page with a model that runs in the visitor's browser: files for any web server, and no other.

    Args:
        out: Folder for the page; serve it with `python -m http.server --directory DIR`.
        model: A model's name (see `visavis models`), a run folder, or a folder of export-onnx.
        precision: float32, or int8: a smaller download, not quite the same motion.
        voice: A natural voice that speaks typed lines in the browser, too, fetched when a line is typed (27 MB more).
    """
    from visavis.export.page import write_page

    for line in write_page(out, here(model), precision, voice=voice):
        print(line)
