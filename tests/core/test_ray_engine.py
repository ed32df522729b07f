"""A Ray of two machines in one: the same results as here, and nothing lost with a machine."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.ray_door import ray_module
from visavis.core.ray_engine import ray_engine
from visavis.core.work import Engine, WorkerLost, WorkError, in_order

pytestmark = [
    pytest.mark.filterwarnings("ignore:::ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WORK = """
import os, time
from pathlib import Path
from visavis.core.errors import VisavisError

def square(number):
    return number * number, tuple(os.environ[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"))

def sums(number):
    import numpy as np
    return np.random.default_rng(number).normal(size=(300, 300)).astype("float32").sum(0).tobytes()

def place(_):
    return os.getcwd()

def slowly_where(piece):
    folder, number = piece
    with (folder / "tried.txt").open("a") as tried:
        tried.write(f"{number} {os.getppid()}\\n")
    time.sleep(1.0)
    return number, os.getppid()

def fail_at_two(number):
    if number == 2:
        raise VisavisError("no room left")
    return number

def divide(number):
    return 1 // number

def die(piece):
    folder, number = piece
    if number == 1:
        with (folder / "died.txt").open("a") as died:
            died.write("died\\n")
        os._exit(3)
    return number

def write_until_interrupted(folder):
    (folder / "begun").write_text("")
    try:
        for _ in range(600):
            time.sleep(0.1)
    finally:
        (folder / "tidied").write_text("")
"""


@pytest.fixture(scope="module")
def importable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A module `pieces_for_ray`, which the workers of a cluster that is begun now can import, too."""
    folder = tmp_path_factory.mktemp("importable")
    (folder / "pieces_for_ray.py").write_text(WORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, sys.path)]))
        yield
    sys.modules.pop("pieces_for_ray", None)


@pytest.fixture(scope="module")
def cluster(importable: None) -> Iterator[Any]:  # noqa: ARG001
    """A head that does no work, and two machines of a core each."""
    pytest.importorskip("ray", reason="needs ray: pip install 'visavis[ray]'")
    ray_module("a test")
    from ray.cluster_utils import Cluster

    store = {"object_store_memory": 100_000_000}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **store})
    try:
        for _ in range(2):
            made.add_node(num_cpus=1, **store)
        yield made
    finally:
        made.shutdown()


@pytest.fixture(scope="module")
def engine(cluster: Any) -> Iterator[Engine]:
    with ray_engine(cluster.address) as found:
        yield found


def work(name: str) -> Callable[[Any], Any]:
    import pieces_for_ray  # type: ignore[import-not-found]

    found: Callable[[Any], Any] = getattr(pieces_for_ray, name)
    return found


def mapped(engine: Engine, name: str, pieces: Any) -> list[Any]:
    return list(in_order(engine.map(work(name), pieces, named="piece {}".format)))


def test_results_are_those_of_this_machine_each_with_one_thread(engine: Engine) -> None:
    assert mapped(engine, "square", range(5)) == [(n * n, ("1", "1")) for n in range(5)]
    assert mapped(engine, "sums", range(4)) == mapped(LocalProcesses(2), "sums", range(4))
    assert list(engine.map(abs, [])) == []


def test_relative_places_are_those_of_the_caller(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mapped(engine, "place", [0]) == [str(tmp_path)]


def test_pieces_are_made_on_the_way(engine: Engine) -> None:
    taken: list[int] = []

    def made() -> Iterator[int]:
        for number in range(40):
            taken.append(number)
            yield number

    results = engine.map(abs, made())
    next(results)
    assert len(taken) <= 4
    assert len(list(results)) == 39


def test_an_error_names_its_piece(engine: Engine) -> None:
    with pytest.raises(VisavisError, match=r"^piece 2: no room left$"):
        mapped(engine, "fail_at_two", [0, 1, 2, 3])
    with pytest.raises(WorkError, match=r"(?s)^piece 0: ZeroDivisionError"):
        mapped(engine, "divide", [1, 0])
    with pytest.raises(WorkError, match=r"(?s)lambda"):
        mapped(engine, "square", [lambda: 5])


def test_a_worker_that_dies_again_and_again_names_its_piece(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(WorkerLost, match=r"^piece .*, 1\): the worker was lost 4 times \(") as caught:
        mapped(engine, "die", [(tmp_path, number) for number in range(3)])
    assert "\n" not in str(caught.value)
    assert (tmp_path / "died.txt").read_text().count("died") == 4


def test_work_ends_tidily_where_nobody_waits_for_more(engine: Engine, tmp_path: Path) -> None:
    results = engine.map(work("write_until_interrupted"), [tmp_path])
    with pytest.raises(KeyboardInterrupt):
        _interrupted_once_begun(results, tmp_path)
    assert (tmp_path / "tidied").is_file()


def _interrupted_once_begun(results: Any, folder: Path) -> None:
    import _thread
    import threading

    def interrupt() -> None:
        while not (folder / "begun").is_file():
            time.sleep(0.05)
        _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()
    next(results)


def at_work(tried: Path, done: set[int]) -> tuple[int, int]:
    """A piece that is worked on at this moment, and whose child works on it."""
    while True:
        for line in tried.read_text().splitlines():
            number, machine = map(int, line.split())
            if number not in done:
                return number, machine
        time.sleep(0.05)


def test_a_machine_that_is_lost_in_the_middle_loses_nothing(cluster: Any, engine: Engine, tmp_path: Path) -> None:
    tried, found = tmp_path / "tried.txt", []
    for done in engine.map(work("slowly_where"), [(tmp_path, number) for number in range(8)]):
        found.append(done)
        if len(found) == 3:
            lost, raylet = at_work(tried, {one.index for one in found})
            machines = {one.all_processes["raylet"][0].process.pid: one for one in cluster.list_all_nodes()}
            cluster.remove_node(machines[raylet], allow_graceful=False)
    assert sorted(one.index for one in found) == [one.result[0] for one in sorted(found, key=lambda one: one.index)]
    assert sorted(one.index for one in found) == list(range(8))
    begun = [tuple(map(int, line.split())) for line in tried.read_text().splitlines()]
    tries = [machine for number, machine in begun if number == lost]
    assert tries[0] == raylet
    assert len(tries) == 2, "what was worked on there was done again"
    assert tries[1] != raylet


def test_more_than_a_worker_is_asked_for() -> None:
    with pytest.raises(VisavisError, match="0 workers were asked for; give 1"), ray_engine(None, 0):
        pass
