from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.distributed import fsdp

from tests.training.dummy import DummyObjective, MadeUpWindows, config
from tests.training.test_loop import finished, started, told
from tests.training.test_scalars import curve
from visavis.training.checkpoints import checkpoints, load_averaged
from visavis.training.ema import trained_parameters
from visavis.training.loop import fit
from visavis.training.shards import fill, filled, gathered, shard_like, twin_of, whole

FSDP = ("-m", "accelerate.commands.launch", "--use_fsdp", "--fsdp_version", "2", "--num_processes", "2")
FSDP += ("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0")


def halves(out: Path, resume: bool = False) -> None:
    """One process learns what two do."""
    cut = config(12, accumulate=2)
    fit(DummyObjective(True), cut, MadeUpWindows(), MadeUpWindows(), out, resume=resume, recipe=config(12))


def same(one: Path, other: Path) -> None:
    """Two runs ended with the same weights, averages and moments."""
    ends = [load_file(checkpoints(out)[-1]) for out in (one, other)]
    assert checkpoints(one)[-1].name == checkpoints(other)[-1].name
    assert ends[0].keys() == ends[1].keys()
    for name, tensor in ends[0].items():
        torch.testing.assert_close(tensor, ends[1][name], rtol=1e-4, atol=1e-6)


def cut_short(out: Path, copy: Path) -> Path:
    """A copy of a run as it was killed before its last checkpoint."""
    shutil.copytree(out, copy)
    checkpoints(copy)[-1].unlink()
    return copy


@pytest.mark.skipif(
    not hasattr(fsdp.FSDPModule, "set_reduce_scatter_unused_params"),
    reason="this torch cannot shard weights of which some are not used in every step",
)
def test_two_processes_that_hold_shards_learn_what_one_does(tmp_path: Path) -> None:
    sharded, alone = tmp_path / "sharded", tmp_path / "alone"
    beginning = started(sharded, "--random", "--steps", "12", launcher=FSDP)
    halves(alone)
    going_on = cut_short(alone, tmp_path / "going on sharded")
    continued = started(going_on, "--random", "--steps", "12", "--resume", launcher=FSDP)
    finished(beginning)
    back = cut_short(sharded, tmp_path / "going on alone")
    halves(back, resume=True)
    finished(continued)

    for out in (sharded, going_on, back):
        same(out, alone)
    for curves in ("train/loss", "train/gradient_norm", "validation/loss"):
        for mine, its in zip(curve(sharded, curves), curve(alone, curves), strict=True):
            assert mine == pytest.approx(its, rel=1e-5)

    learning = sum(parameter.numel() for parameter in trained_parameters(DummyObjective()).values())
    held = [told(sharded, rank)["held"] for rank in range(2)]
    for kind, copies in (("weights", 1), ("moments", 2)):
        assert sum(one[kind] for one in held) == copies * learning
        assert max(one[kind] for one in held) < 0.7 * copies * learning
    assert max(one["gradients"] for one in held) < 0.7 * learning

    kept = DummyObjective()
    load_averaged(checkpoints(sharded)[-1], kept)
    for rank in range(2):
        left = torch.load(sharded / f"left-{rank}.pt", weights_only=True)
        torch.testing.assert_close(left, dict(kept.state_dict()), rtol=0, atol=0)
    assert len(list((sharded / "events").iterdir())) == 1, "only the first process writes"


def test_a_twin_takes_the_weights_over_and_shares_what_does_not_learn() -> None:
    objective, like = DummyObjective(), DummyObjective()
    twin = twin_of(objective, torch.device("cpu"))
    assert twin.get_parameter("frozen.weight") is objective.frozen.weight
    assert twin.get_buffer("scale") is objective.get_buffer("scale")
    assert {parameter.numel() for parameter in trained_parameters(objective).values()} == {0}
    torch.testing.assert_close(twin.state_dict(), like.state_dict(), rtol=0, atol=0)


def test_an_objective_is_whole_where_it_is_used() -> None:
    objective = DummyObjective()
    twin = twin_of(objective, torch.device("cpu"))
    with torch.no_grad():
        twin.get_parameter("first.bias").fill_(2.0)
    with filled(objective, twin):
        assert objective.first.bias.tolist() == [2.0] * 8
    assert objective.first.bias.numel() == 0
    fill(objective, twin)
    torch.testing.assert_close(objective.state_dict(), twin.state_dict(), rtol=0, atol=0)


def test_what_is_not_sharded_is_left_as_it_is() -> None:
    objective, tensor = nn.Linear(2, 1), torch.ones(2)
    assert whole(tensor) is shard_like(tensor, torch.zeros(2)) is tensor
    assert gathered({"one": tensor}, here=True)["one"].tolist() == [1, 1]
    assert gathered({"one": tensor}, here=False) == {}
    with filled(objective, objective):
        assert objective.weight.numel() == 2
    assert objective.weight.numel() == 2
