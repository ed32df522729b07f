"""Progress display of a training: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINE_EVERY_S = 15.0


class Display:
    """Progress of a run on standard error: steps, loss, windows a second and time left."""

    def __init__(self, start: int, steps: int, silent: bool = False) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[speed]} windows/s"),
            TimeRemainingColumn(),
            console=console,
            refresh_per_second=2,
            disable=silent or not console.is_terminal,
        )
        self._task = self._bar.add_task("training", total=steps, completed=start, loss="-", speed="-")
        self._steps, self._lines = steps, not silent and not console.is_terminal
        self._last_line = float("-inf")

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step(self) -> None:
        """One step more is done."""
        if not self._bar.disable:
            self._bar.advance(self._task)

    def look(self, step: int, loss: float, speed: float, batch_size: int) -> None:
        """Show the mean loss since the last look and the speed [steps/s]."""
        windows = f"{speed * batch_size:.1f}"
        self._bar.update(self._task, loss=f"{loss:.4f}", speed=windows)
        now = time.monotonic()
        if self._lines and (now - self._last_line >= _LINE_EVERY_S or step == self._steps):
            self._last_line = now
            left = _clock((self._steps - step) / max(speed, 1e-9))
            self._say(f"step {step}/{self._steps}  loss {loss:.4f}  {windows} windows/s  {left} left")

    def scores(self, step: int, scores: Mapping[str, float]) -> None:
        """Show the results of a validation."""
        text = "  ".join(f"{name} {value:.4f}" for name, value in scores.items())
        self.note(f"step {step}  validation: {text}")

    def note(self, text: str) -> None:
        """Say something that stays visible."""
        if self._lines:
            self._say(text)
        elif not self._bar.disable:
            self._bar.console.print(text, highlight=False)

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}"
