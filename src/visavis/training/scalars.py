"""The door to TensorBoard: curves of a run, continued without doubles when the run is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from visavis.core.errors import missing_extra


class Scalars:
    """Writes curves into `RUN/events`; a `silent` one writes nothing (all processes but the first)."""

    def __init__(self, out: Path, step: int, silent: bool = False) -> None:
        """Open the curves at `step`; what an interrupted run wrote beyond it is withdrawn."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise missing_extra("tensorboard", "train", "training") from error
        folder = str(out / "events")
        self._writer = None if silent else SummaryWriter(folder, purge_step=step + 1)

    def __enter__(self) -> Scalars:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, section: str, values: Mapping[str, float], step: int) -> None:
        """Add one point at `step` (steps done) to each curve `section/name`."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(f"{section}/{name}", value, step)

    def flush(self) -> None:
        """Bring everything written so far to the disk."""
        if self._writer is not None:
            self._writer.flush()
