from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses, interpreter_s, receive, send
from visavis.core.work import Done, Engine, WorkerLost, WorkError, in_order

WORK = """
import os, time
from pathlib import Path
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole

def square(number):
    print("said while working")
    return number * number, os.getpid(), os.environ["OMP_NUM_THREADS"]

def slow_first(number):
    time.sleep(0.5 if number == 0 else 0)
    return number

def fail_at_two(number):
    if number == 2:
        raise VisavisError("no room left")
    return number

def divide(number):
    return 1 // number

def lambdas(number):
    return lambda: number

def die(number):
    os._exit(3)

def kill(number):
    os.kill(os.getpid(), 9)

def write_slowly(place):
    if place is None:
        return
    with written_whole(place / "result.txt") as path:
        path.write_text("half")
        (place / "started").write_text(str(os.getpid()))
        time.sleep(60)
"""


@pytest.fixture(autouse=True)
def pieces_of_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module `pieces_of_work`, which a fresh interpreter can import, too."""
    (tmp_path / "importable").mkdir()
    (tmp_path / "importable" / "pieces_of_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path / "importable")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "importable"))
    yield
    sys.modules.pop("pieces_of_work", None)


def work(name: str) -> Callable[[Any], Any]:
    import pieces_of_work  # type: ignore[import-not-found]

    found: Callable[[Any], Any] = getattr(pieces_of_work, name)
    return found


def mapped(engine: Engine, name: str, pieces: list[Any]) -> list[Any]:
    return list(in_order(engine.map(work(name), pieces, named="piece {}".format)))  # type: ignore[arg-type]


def wait_for(started: Path) -> int:
    """The process that wrote its number into a file, as soon as it is there."""
    for _ in range(300):
        if started.is_file() and (text := started.read_text()):
            return int(text)
        time.sleep(0.1)
    raise AssertionError(f"nothing was started in {started}")


def gone(pid: int) -> bool:
    """Whether a process has ended within some seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("workers", [0, 1])
def test_one_worker_is_this_process(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert mapped(LocalProcesses(workers), "square", [2, 3]) == [(4, os.getpid(), "7"), (9, os.getpid(), "7")]


def test_several_workers_are_other_processes_with_a_thread_each(capfd: pytest.CaptureFixture[str]) -> None:
    found = mapped(LocalProcesses(2), "square", list(range(6)))
    assert [square for square, _, _ in found] == [0, 1, 4, 9, 16, 25]
    pids = {pid for _, pid, _ in found}
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2
    assert {threads for _, _, threads in found} == {"1"}
    assert capfd.readouterr().err.count("said while working") == 6
    assert all(map(gone, pids))


def test_there_are_no_more_processes_than_pieces() -> None:
    assert len({pid for _, pid, _ in mapped(LocalProcesses(8), "square", [5])}) == 1
    assert list(LocalProcesses(8).map(abs, [])) == []


def test_results_come_as_they_are_ready_with_their_number() -> None:
    found = list(LocalProcesses(2).map(work("slow_first"), [0, 1, 2, 3]))
    assert sorted(found, key=lambda done: done.index) == [Done(n, n) for n in range(4)]
    assert found[0] != Done(0, 0)


def test_pieces_are_made_on_the_way() -> None:
    taken: list[int] = []

    def made() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    for workers in (1, 2):
        taken.clear()
        results = LocalProcesses(workers).map(abs, made())
        next(results)
        assert len(taken) <= 2 * workers
        assert len(list(results)) == 49


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_names_its_piece(workers: int) -> None:
    with pytest.raises(VisavisError, match=r"^piece 2: no room left$"):
        mapped(LocalProcesses(workers), "fail_at_two", [0, 1, 2, 3])
    with pytest.raises(WorkError, match=r"(?s)^piece 0: ZeroDivisionError"):
        mapped(LocalProcesses(workers), "divide", [1, 0])


def test_what_cannot_be_sent_is_told() -> None:
    with pytest.raises(WorkError, match=r"^piece 5: .*lambda"):
        mapped(LocalProcesses(2), "lambdas", [5])
    with pytest.raises(WorkError, match=r"(?s)lambda"):
        mapped(LocalProcesses(2), "square", [lambda: 5])


def test_a_process_that_dies_names_its_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkerLost, match=r"^piece 7: .* ended early \(status 3\)"):
        mapped(LocalProcesses(2), "die", [7])
    with pytest.raises(WorkerLost, match=r"^piece 8: .* ended early \(SIGKILL\)"):
        mapped(LocalProcesses(2), "kill", [8])
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WorkerLost, match=r"^piece 7: .*status 1"):
        mapped(LocalProcesses(2), "square", [7])
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerLost, match=r"^piece 7: .*No such file"):
        mapped(LocalProcesses(2), "square", [7])


def test_work_ends_where_nobody_waits_for_more(tmp_path: Path) -> None:
    for _ in LocalProcesses(2).map(work("write_slowly"), [None, tmp_path]):
        worker = wait_for(tmp_path / "started")
        break
    assert gone(worker)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["importable", "started"]


@pytest.mark.parametrize(
    ("workers", "number"), [(1, signal.SIGTERM), (2, signal.SIGTERM), (2, signal.SIGINT), (2, signal.SIGKILL)]
)
def test_a_signal_leaves_neither_orphans_nor_half_files(tmp_path: Path, workers: int, number: signal.Signals) -> None:
    code = (
        "import signal\nfrom pathlib import Path\nfrom visavis.core.local_processes import LocalProcesses\n"
        "import pieces_of_work\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"list(LocalProcesses({workers}).map(pieces_of_work.write_slowly, [Path({str(tmp_path)!r})]))"
    )
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], env=paths, stderr=subprocess.DEVNULL) as parent:
        worker = wait_for(tmp_path / "started")
        parent.send_signal(number)
        parent.wait(20)
    assert gone(worker)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["importable", "started"]
    if number == signal.SIGTERM:
        assert parent.returncode == 128 + signal.SIGTERM


def test_the_handling_of_termination_is_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    results = LocalProcesses(1).map(abs, [1, 2])
    next(results)
    assert signal.getsignal(signal.SIGTERM) != before
    results.close()  # type: ignore[attr-defined]
    assert signal.getsignal(signal.SIGTERM) == before


def test_there_is_a_process_for_each_core_at_most_sixteen() -> None:
    assert LocalProcesses().count == min(os.cpu_count() or 1, 16)
    assert LocalProcesses(40).count == 40
    with pytest.raises(VisavisError, match="-1 workers were asked for; give 1"):
        LocalProcesses(-1)


def test_messages_are_told_apart_and_an_end_is_seen() -> None:
    pipe = io.BytesIO()
    for message in (b"one", b"", b"three" * 1000):
        send(pipe, message)
    whole = pipe.getvalue()
    pipe.seek(0)
    assert [receive(pipe) for _ in range(4)] == [b"one", b"", b"three" * 1000, None]
    assert receive(io.BytesIO(whole[:9])) is None


def test_a_fresh_interpreter_is_timed() -> None:
    assert 0.2 < interpreter_s("-c", "import time; time.sleep(0.2)") < 20
    with pytest.raises(VisavisError, match=r"python -c raise SystemExit\(3\) ended with status 3"):
        interpreter_s("-c", "raise SystemExit(3)")
