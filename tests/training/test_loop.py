from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from tests.training.dummy import DummyObjective, MadeUpWindows, config
from tests.training.test_scalars import curve
from visavis.core.errors import VisavisError
from visavis.data.windows import Batch
from visavis.training.checkpoints import checkpoints, load_averaged
from visavis.training.loop import FitReport, fit

ROOT = Path(__file__).parents[2]
PROGRAM = ["-m", "tests.training.dummy"]


def environment() -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}


def started(*arguments: str | Path, launcher: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [sys.executable, *launcher, *PROGRAM, *(str(argument) for argument in arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As many threads as the program has."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def told(out: Path, rank: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((out / f"told-{rank}.json").read_text())
    return data


def here(out: Path, random: bool = True, steps: int = 20, resume: bool = False, **changes: object) -> FitReport:
    chosen = config(steps, **changes)
    return fit(DummyObjective(random), chosen, MadeUpWindows(), MadeUpWindows(), out, resume=resume)


def assert_same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_it_learns_and_leaves_the_averaged_weights(tmp_path: Path) -> None:
    objective = DummyObjective()
    report = fit(objective, config(60), MadeUpWindows(), MadeUpWindows(), tmp_path)
    assert report.steps == 60
    assert report.losses["loss"] < 0.2 * report.history[0]["loss"]
    assert report.validation["loss"] < 0.2 * report.history[0]["loss"]
    assert objective.training
    kept = DummyObjective()
    assert load_averaged(checkpoints(tmp_path)[-1], kept).step == 60
    assert_same(kept.state_dict(), objective.state_dict())
    assert json.loads((tmp_path / "report.json").read_text())["losses"] == report.losses
    assert [step for step, _ in curve(tmp_path, "train/loss")] == list(range(1, 61))
    assert [step for step, _ in curve(tmp_path, "validation/loss")] == list(range(5, 61, 5))


@pytest.mark.usefixtures("one_thread")
def test_killed_and_resumed_is_bit_for_bit_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    victim = started(broken, "--random", "--bf16", "--steps", "40", "--pause", "0.05")
    reference = here(whole, steps=40, bf16=True)
    deadline = time.monotonic() + 100
    while not (broken / "checkpoints" / "step-00000015.safetensors").exists():
        assert victim.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.12)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    assert victim.stderr is not None
    victim.stderr.close()
    left = int(checkpoints(broken)[-1].stem.removeprefix("step-"))
    assert 15 <= left < 40
    time.sleep(1.1)  # TensorBoard orders event files by the second in which they were begun
    resumed = here(broken, steps=40, bf16=True, resume=True)
    assert_same(load_file(checkpoints(whole)[-1]), load_file(checkpoints(broken)[-1]))
    assert len(resumed.history) == 40 - left
    assert resumed.history == reference.history[left:]
    assert resumed.validation == reference.validation
    assert curve(broken, "train/loss") == curve(whole, "train/loss")


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    accelerate = ("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1")
    accelerate += ("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0")
    finished(started(tmp_path / "torchrun", "--steps", "12", launcher=torchrun))
    finished(started(tmp_path / "accelerate", "--random", "--steps", "12", launcher=accelerate))
    fit(DummyObjective(), config(12), MadeUpWindows(), None, tmp_path / "whole")
    here(tmp_path / "halves", steps=12, accumulate=2)
    for launched, alone in (("torchrun", "whole"), ("accelerate", "halves")):
        one, other = (load_file(checkpoints(tmp_path / name)[-1]) for name in (launched, alone))
        assert one.keys() == other.keys()
        for name in one:
            torch.testing.assert_close(one[name], other[name], rtol=1e-4, atol=1e-6)
        for mine, its in zip(
            curve(tmp_path / launched, "train/loss"), curve(tmp_path / alone, "train/loss"), strict=True
        ):
            assert mine == pytest.approx(its, rel=1e-5)
        assert len(list((tmp_path / launched / "events").iterdir())) == 1, "only the first process writes"
    shares = [told(tmp_path / "torchrun", rank)["loaded"] for rank in range(2)]
    assert [len(share) for share in shares] == [12 * 4, 12 * 4]
    epochs = [sorted(shares[0][i : i + 12] + shares[1][i : i + 12]) for i in range(0, 48, 12)]
    assert epochs == [list(range(24))] * 4


def test_accumulating_changes_nothing_but_memory(tmp_path: Path) -> None:
    once = here(tmp_path / "once", random=False)
    often = here(tmp_path / "often", random=False, accumulate=4)
    for one, other in zip(once.history, often.history, strict=True):
        assert one == pytest.approx(other, rel=1e-4)


def test_randomness_comes_from_the_seed_alone(tmp_path: Path) -> None:
    torch.manual_seed(1)
    one = here(tmp_path / "one")
    torch.manual_seed(2)
    again = here(tmp_path / "again", log_every=1)
    other = here(tmp_path / "other", seed=12)
    assert one.history == again.history
    assert one.history != other.history


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    first = here(tmp_path)
    before = load_file(checkpoints(tmp_path)[-1])
    again = here(tmp_path, resume=True)
    assert again.history == ()
    assert again.validation == first.validation
    assert_same(before, load_file(checkpoints(tmp_path)[-1]))


def test_going_on_with_other_shares_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = config(10)
    settings = config(10, accumulate=2)
    objective = DummyObjective()

    def stop(*_: object) -> dict[str, float]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(objective, recipe, MadeUpWindows(), MadeUpWindows(), tmp_path, on_validate=stop, recipe=recipe)
    fit(objective, settings, MadeUpWindows(), None, tmp_path, resume=True, recipe=recipe)
    assert "cut into 1 parts and now are into 2: draws differ" in capsys.readouterr().err


class Poisoned(DummyObjective):
    """Gives NaN from its 13th step on."""

    calls = 0

    def forward(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        self.calls += 1
        losses = super().forward(batch, generator)
        return {name: loss * (float("nan") if self.calls > 12 else 1) for name, loss in losses.items()}


def test_nan_stops_before_it_is_saved(tmp_path: Path) -> None:
    settings = config(log_every=50, validate_every=0)
    with pytest.raises(VisavisError, match=r"broke at step 13: loss nan, absolute nan, gradient_norm nan"):
        fit(Poisoned(), settings, MadeUpWindows(), None, tmp_path)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-00000005.safetensors", "step-00000010.safetensors"]
    assert all(tensor.isfinite().all() for tensor in load_file(checkpoints(tmp_path)[-1]).values())


def test_gradients_are_clipped(tmp_path: Path) -> None:
    seen: list[float] = []

    def watch(optimizer: torch.optim.Optimizer, *_: object) -> None:
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        seen.append(float(torch.stack([gradient.norm() for gradient in gradients]).norm()))

    hook = register_optimizer_step_pre_hook(watch)
    try:
        report = here(tmp_path, clip=0.1)
    finally:
        hook.remove()
    assert len(seen) == 20
    assert max(seen) == pytest.approx(0.1, rel=1e-3)
    assert max(point["gradient_norm"] for point in report.history) > 0.5, "logged as it was before"


def test_validation_sees_averaged_weights_in_eval_mode(tmp_path: Path) -> None:
    seen: list[tuple[int, Tensor]] = []

    def look(objective: nn.Module, step: int) -> dict[str, float]:
        assert not objective.training
        seen.append((step, objective.get_parameter("first.weight").detach().clone()))
        return {"score": step / 2}

    objective, windows = DummyObjective(True), MadeUpWindows(40)
    report = fit(objective, config(10), MadeUpWindows(), windows, tmp_path, on_validate=look)
    assert [step for step, _ in seen] == [5, 10]
    assert torch.equal(seen[-1][1], objective.get_parameter("first.weight"))
    assert report.validation["score"] == 5.0
    assert windows.loaded[: len(windows.loaded) // 2] == windows.loaded[len(windows.loaded) // 2 :], "always the same"
    assert sum(len(indices) for indices in windows.loaded) == 2 * 8
    assert curve(tmp_path, "validation/score") == [(5, 2.5), (10, 5.0)]


@pytest.mark.parametrize(
    ("asked", "knows", "kind"),
    [
        (True, False, torch.bfloat16),
        (False, True, torch.float32),
        (None, True, torch.bfloat16),
        (None, False, torch.float32),
    ],
)
def test_the_forward_pass_is_bf16_if_asked_for_or_else_where_the_processor_knows_it_and_weights_stay_float32(
    asked: bool | None, knows: bool, kind: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": knows})
    kinds: set[torch.dtype] = set()
    objective = DummyObjective()
    objective.second.register_forward_hook(lambda *given: kinds.add(given[2].dtype))
    fit(objective, config(3, bf16=asked), MadeUpWindows(), None, tmp_path)
    assert kinds == {kind}
    assert objective.second.weight.dtype == torch.float32
