from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from visavis.core.threads import child_environment
from visavis.system.bench.busy import PROGRAMS, busy

PROCESSES = Path("/proc/self/stat")
needs_proc = pytest.mark.skipif(not PROCESSES.is_file(), reason=f"{sys.platform} does not tell what processes do")


def computed_s(process: int) -> float:
    """Processor time of a process so far [s]."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def gone(process: int, within_s: float = 10.0) -> bool:
    for _ in range(round(within_s / 0.05)):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@needs_proc
@pytest.mark.parametrize("program", PROGRAMS)
def test_another_process_computes_and_is_gone_afterwards(program: str) -> None:
    with busy(program) as process:
        before = computed_s(process)
        for _ in range(200):
            if computed_s(process) > before + 0.1:
                break
            time.sleep(0.05)
        assert computed_s(process) > before + 0.1
    assert gone(process)


def test_it_is_gone_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), busy("loop") as process:
        raise ZeroDivisionError
    assert gone(process)


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_ends_by_itself_when_its_parent_is_killed(program: str) -> None:
    code = (
        "import time\nfrom visavis.system.bench.busy import busy\n"
        f"with busy({program!r}) as process:\n    print(process, flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=child_environment(), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert gone(process)


def test_an_unknown_program_is_refused() -> None:
    with pytest.raises(KeyError), busy("nothing"):
        pass
