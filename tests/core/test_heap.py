"""A frozen heap is not looked through; what is made afterwards is collected."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
from visavis.core.heap import freeze_heap

class Node: pass

def cycle():
    one = Node()
    one.itself = one
    return one

kept = [cycle() for _ in range(1000)]
freeze_heap()
assert gc.get_freeze_count() > 1000
told = []
gc.callbacks.append(lambda phase, info: told.append(len(gc.get_objects())) if phase == "start" else None)
watched = weakref.ref(cycle())
gc.collect()
assert watched() is None
assert told[-1] < 1000, told
print("all right")
"""


def test_a_frozen_heap_is_left_alone_and_new_cycles_are_collected() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert run.stdout == "all right\n", run.stderr
