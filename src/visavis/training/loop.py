"""The training loop: all of it, in one place.

Everything random in a step follows from (seed, step, share of the batch), nothing from what was drawn before; a run
killed at any moment goes on from its newest checkpoint bit for bit as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from visavis.core.config import to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import write_json
from visavis.layers.packed import has_bf16
from visavis.training.checkpoints import Progress, Trained, restore, save
from visavis.training.clock import Clock
from visavis.training.display import Display
from visavis.training.ema import Ema
from visavis.training.feed import Feed, Loaded, Shares, Windows, cut, seed_of
from visavis.training.journal import Journal
from visavis.training.loop_config import LoopConfig
from visavis.training.optimizer import make_optimizer, set_rate
from visavis.training.processes import Processes
from visavis.training.run_folder import REPORT_FILE, open_run
from visavis.training.scalars import Scalars
from visavis.training.shards import fill, filled, whole

OnValidate = Callable[[nn.Module, int], dict[str, float]]


@dataclass(frozen=True)
class FitReport:
    """What a training came to: steps done, seconds spent (over all resumptions), last losses and validation.

    `losses` are means since the last look, `history` the looks of this call, each with its `step`.
    """

    steps: int
    seconds: float
    windows_per_second: float
    losses: Mapping[str, float]
    validation: Mapping[str, float]
    history: tuple[Mapping[str, float], ...]


def fit(
    objective: nn.Module,
    config: LoopConfig,
    windows: Windows,
    validation: Windows | None,
    out: Path,
    *,
    resume: bool = False,
    on_validate: OnValidate | None = None,
    recipe: Any = None,
    blocks: Collection[type[nn.Module]] = (),
) -> FitReport:
    """Train `objective` and leave the averaged weights in it.

    `objective(batch, generator)` gives scalar losses; "loss" is minimised, the others are only logged. `on_validate`
    is called in the first process with the objective (averaged weights, eval mode) and the steps done; its scores
    are logged too. `recipe`, a config record (default: `config`), is kept in `out` and must be the same on resume.
    `blocks`: where weights are sharded, of these modules one is whole at a time (`core.contract.Learning`).

    Raises `VisavisError` when `out` cannot be used (see `open_run`), when there is too little data for one batch,
    or when a loss or gradient is not finite.
    """
    processes = Processes()
    feed = Feed(windows, cut(config.batch_size, processes.count, processes.rank, config.accumulate), config.seed)
    checkpoint = open_run(out, recipe or config, resume, processes)
    learner = processes.learner(objective)
    optimizer = make_optimizer(learner, config.optimizer)
    model = processes.prepare(learner, optimizer, blocks)
    trained = Trained(learner, Ema(learner, config.ema), optimizer)
    start = restore(checkpoint, trained) if checkpoint else Progress()
    steps, journal, clock = config.schedule.steps, Journal(start.step), Clock(start)
    history: list[dict[str, float]] = []
    scores: dict[str, float] = {}
    silent = not processes.first

    with Scalars(out, start.step, silent) as scalars, Display(start.step, steps, silent) as display:
        where = f"{checkpoint}, step {start.step}" if checkpoint else f"the beginning in {out}"
        sharded = ", weights sharded" if processes.sharded else ""
        display.note(f"training from {where}; {processes.count} x {processes.device.type}{sharded}")
        if checkpoint and start.shares != feed.shares.count:
            display.note(
                f"batches were cut into {start.shares} parts and now are into {feed.shares.count}: draws differ"
            )
        for step, batches in enumerate(feed.batches(start.step, steps), start.step):
            rate = config.optimizer.lr * config.schedule.factor(step)
            set_rate(trained.optimizer, rate)
            journal.add(_learn(model, trained, config, feed.shares, step, batches, processes))
            done = step + 1
            trained.ema.update(done)
            display.step()

            saving, validating = (
                _due(done, every, steps) for every in (config.checkpoint_every, config.validate_every)
            )
            if saving or validating or _due(done, config.log_every, steps):
                looked = journal.look(processes)
                speed = clock.look(done)
                history.append({"step": done, **looked})
                scalars.write("train", {**looked, "lr": rate, "windows_per_second": speed * config.batch_size}, done)
                display.look(done, looked["loss"], speed, config.batch_size)
            if saving:
                scalars.flush()
                save(out, trained, Progress(done, clock.seconds, feed.shares.count), config.keep, processes.first)
            if validation is not None and validating:
                scores = _scores(objective, trained, config, validation, processes, on_validate, done)
                scalars.write("validation", scores, done)
                display.scores(done, scores)
            if saving or validating:
                clock.leave_out()

    if validation is not None and not scores:
        scores = _scores(objective, trained, config, validation, processes, on_validate, steps)
    trained.ema.install()
    fill(objective, learner)
    losses = {name: value for name, value in (history or [{}])[-1].items() if name != "step"}
    report = FitReport(steps, clock.seconds, clock.mean_speed * config.batch_size, losses, scores, tuple(history))
    if processes.first and history:
        write_json(out / REPORT_FILE, to_dict(report))
    processes.wait()
    return report


def _learn(
    model: nn.Module,
    trained: Trained,
    config: LoopConfig,
    shares: Shares,
    step: int,
    batches: list[Loaded],
    processes: Processes,
) -> dict[str, Tensor]:
    """One optimiser step over this process's shares of the batch; gives mean losses and the gradient's norm."""
    model.train()
    totals: dict[str, Tensor] = {}
    for share, batch in zip(shares.mine, batches, strict=True):
        generator = _seeded(config.seed, (step, share), processes.device)
        with processes.alone(model) if share != shares.mine[-1] else nullcontext():
            with _mixed_precision(config, processes.device):
                losses = model(batch.to(processes.device), generator)
            processes.backward(losses["loss"] / config.accumulate)
        for name, loss in losses.items():
            totals[name] = totals.get(name, 0.0) + loss.detach() / config.accumulate
    norm = whole(nn.utils.clip_grad_norm_(trained.ema.parameters.values(), config.clip))
    trained.optimizer.step()
    trained.optimizer.zero_grad(set_to_none=True)
    return {**totals, "gradient_norm": norm}


def _scores(
    objective: nn.Module,
    trained: Trained,
    config: LoopConfig,
    windows: Windows,
    processes: Processes,
    on_validate: OnValidate | None,
    done: int,
) -> dict[str, float]:
    """Losses on fixed windows with the averaged weights, and what `on_validate` finds."""
    with trained.ema.installed(), filled(objective, trained.objective):
        objective.eval()
        scores = _validation_losses(objective, config, windows, processes)
        if on_validate is not None and processes.first:
            scores |= on_validate(objective, done)
    objective.train()
    processes.wait()
    return scores


@torch.no_grad()
def _validation_losses(
    objective: nn.Module, config: LoopConfig, windows: Windows, processes: Processes
) -> dict[str, float]:
    """Mean losses over the first `validation_windows` of a fixed order, drawn alike every time."""
    indices = np.asarray(windows.order(0, 0))[: config.validation_windows].tolist()
    rows = min(config.batch_size // (processes.count * config.accumulate), len(indices) // processes.count)
    if rows == 0:
        raise VisavisError(f"the validation data hold {len(indices)} windows, too few for {processes.count} processes")
    names: list[str] = []
    total = torch.zeros(1)
    for part in range(processes.rank, ceil(len(indices) / rows), processes.count):
        chosen = indices[part * rows : (part + 1) * rows]
        generator = _seeded(config.seed, (part,), processes.device)
        with _mixed_precision(config, processes.device):
            losses = objective(windows.load(chosen, 0).to(processes.device), generator)
        names = list(losses)
        total = total.to(processes.device) + len(chosen) * torch.stack([loss.float() for loss in losses.values()])
    return dict(zip(names, (processes.sum(total) / len(indices)).tolist(), strict=True))


def _mixed_precision(config: LoopConfig, device: torch.device) -> AbstractContextManager[object]:
    """Forward passes within are bfloat16 if the config says so."""
    return torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device) if config.bf16 is None else config.bf16)


def _seeded(seed: int, where: tuple[int, ...], device: torch.device) -> torch.Generator:
    """Seed dropout for one forward pass, and give the generator for what the objective draws in it."""
    torch.manual_seed(seed_of(seed, 0, *where))
    return torch.Generator(device).manual_seed(seed_of(seed, 1, *where))


def _due(done: int, every: int, steps: int) -> bool:
    return done == steps or (every > 0 and done % every == 0)
