from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import visavis
from visavis.core.threads import (
    DECIDED,
    WORTH_THREADS,
    child_environment,
    free_environment,
    threads_for,
    threads_worth,
    worker_environment,
)


@pytest.fixture
def three_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A host that computes with three threads, and an environment that decides nothing."""
    for name in DECIDED:
        monkeypatch.delenv(name, raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def within(products: float) -> int:
    with threads_for(products):
        return torch.get_num_threads()


@pytest.mark.usefixtures("three_threads")
def test_small_work_takes_one_thread_and_large_work_those_of_the_host() -> None:
    for products, threads in ((1.0, 1), (0.99 * WORTH_THREADS, 1), (WORTH_THREADS, 3), (1e15, 3)):
        assert within(products) == threads_worth(products) == threads
        assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_the_hosts_number_comes_back_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), threads_for(1.0):
        raise ZeroDivisionError
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_never_more_than_the_host_allows() -> None:
    torch.set_num_threads(1)
    assert within(1e15) == within(1.0) == 1
    assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("name", DECIDED)
def test_the_environment_of_the_user_wins(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3")
    assert within(1.0) == 3


@pytest.mark.parametrize(
    ("given", "waits"),
    [
        ({}, "PASSIVE"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE"),
        ({"GOMP_SPINCOUNT": "1000"}, "None"),
        ({"KMP_BLOCKTIME": "1"}, "None"),
    ],
)
def test_threads_sleep_while_they_wait_unless_the_user_says_how(given: dict[str, str], waits: str) -> None:
    assert told("import visavis", given) == waits


def test_nothing_is_told_to_a_host_whose_torch_is_loaded() -> None:
    assert told("import torch, visavis", {}) == "None"


def told(imports: str, given: dict[str, str]) -> str:
    """OMP_WAIT_POLICY in a process after these imports."""
    waiting = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    environment = {name: value for name, value in child_environment().items() if name not in waiting}
    code = f"{imports}; import os; print(os.environ.get('OMP_WAIT_POLICY'))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**environment, **given}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_worker_has_one_thread_and_a_free_process_what_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    for name in counts:
        monkeypatch.setenv(name, "7")
    assert [worker_environment()[name] for name in counts] == ["1"] * 3
    assert not set(counts) & free_environment().keys()
    assert [child_environment()[name] for name in counts] == ["7"] * 3


def test_a_child_finds_this_package_before_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    home = str(Path(visavis.__file__).parents[1])
    assert child_environment()["PYTHONPATH"] == os.pathsep.join([home, str(tmp_path)])
    monkeypatch.delenv("PYTHONPATH")
    assert child_environment()["PYTHONPATH"] == home
