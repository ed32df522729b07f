from __future__ import annotations

import json
from pathlib import Path

import pytest

from visavis.core.config import from_dict, override, to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import write_json
from visavis.training.loop_config import (
    LoopConfig,
    OptimizerConfig,
    ScheduleConfig,
    differences,
    plain,
    read_loop,
)


def test_config_survives_json(tmp_path: Path) -> None:
    config = LoopConfig(OptimizerConfig(betas=(0.8, 0.9)), ScheduleConfig(shape="constant"), batch_size=4, bf16=False)
    write_json(tmp_path / "loop.json", to_dict(config))
    assert read_loop(tmp_path / "loop.json") == config
    assert from_dict(LoopConfig, plain(config)) == config


def test_overrides_reach_into_sections() -> None:
    changed = override(LoopConfig(), {"optimizer.lr": "1e-4", "schedule.shape": "constant", "batch-size": "32"})
    assert (changed.optimizer.lr, changed.schedule.shape, changed.batch_size) == (1e-4, "constant", 32)


def test_unknown_key_in_a_file_names_the_nearest(tmp_path: Path) -> None:
    data = to_dict(LoopConfig()) | {"batchsize": 3}
    (tmp_path / "loop.json").write_text(json.dumps(data))
    with pytest.raises(VisavisError, match="'batchsize'; did you mean 'batch_size'"):
        read_loop(tmp_path / "loop.json")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"batch_size": 0}, "'batch_size' cannot be 0"),
        ({"ema": 1.0}, "'ema' cannot be 1.0"),
        ({"clip": 0.0}, "'clip' cannot be 0.0"),
        ({"seed": -1}, "'seed' cannot be -1"),
    ],
)
def test_impossible_values_are_refused(changes: dict[str, float], said: str) -> None:
    with pytest.raises(VisavisError, match=said):
        from_dict(LoopConfig, to_dict(LoopConfig()) | changes)


def test_cosine_warms_up_and_ends_at_nothing() -> None:
    schedule = ScheduleConfig(steps=110, warmup=10)
    assert [schedule.factor(step) for step in (0, 4, 9, 10)] == [0.1, 0.5, 1.0, 1.0]
    assert schedule.factor(60) == pytest.approx(0.5)
    assert 0 < schedule.factor(109) < 1e-3


def test_constant_stays() -> None:
    schedule = ScheduleConfig(steps=50, warmup=0, shape="constant")
    assert {schedule.factor(step) for step in range(50)} == {1.0}


def test_differences_name_every_key() -> None:
    before = plain(LoopConfig())
    now = plain(override(LoopConfig(), {"optimizer.lr": "0.1", "keep": "7"}))
    assert differences(before, before) == []
    assert differences(before, now) == ["optimizer.lr: 0.0015 -> 0.1", "keep: 2 -> 7"]
    assert differences({"a": 1}, {"b": 2}) == ["a: 1 -> absent", "b: absent -> 2"]


def test_a_key_that_an_older_version_lacked_and_that_is_none_now_is_no_difference() -> None:
    assert differences({"a": 1}, {"a": 1, "lips": None}) == []
    assert differences({"a": 1, "lips": {"share": 0.5}}, {"a": 1, "lips": None}) == ["lips: {'share': 0.5} -> None"]
