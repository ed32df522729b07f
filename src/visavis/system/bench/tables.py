"""A bench's report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from visavis.core.clock import FPS
from visavis.system.bench.report import BenchReport

_FRAME_MS = 1000 // FPS
_TURN = re.compile(r"\bturn(?=s?\b)")
_PROGRAMS = {"loop": "a busy loop", "products": "matrix products on all cores"}


def markdown(report: BenchReport) -> str:
    """What was measured, as tables; times are of one machine, ratios carry over. A turn of one frame is called that."""
    parts = (_summary, _variants, _roofline, _beside, _batches, _pools, _soak)
    text = "\n\n".join(part(report) for part in parts) + "\n"
    return text if report.turn_ms > _FRAME_MS else _TURN.sub("frame", text)


def _summary(report: BenchReport) -> str:
    threads = "thread" if report.threads == 1 else "threads"
    millions = report.parameters / 1e6
    where = f"turns of {report.turn_ms} ms, on {report.device} with {report.threads} {threads}"
    started = f"`visavis --help` takes {report.help_s:.2f} s, `import visavis` {report.import_s:.2f} s"
    speed = f"`generate` is {report.speed:.1f} times faster than real time"
    return f"{report.model}: {millions:.1f} M parameters, {where}. {speed}; {started}."


def _variants(report: BenchReport) -> str:
    rows = (
        (
            one.name,
            f"{one.turn_p50_ms:.1f}",
            f"{one.turn_p95_ms:.1f}",
            f"{one.gain:.1f}",
            f"{report.turn_ms / one.turn_p50_ms:.1f}",
            f"{one.difference:.1e}",
            f"{one.difference_most:.1e}",
        )
        for one in report.variants
    )
    names = ("a turn", "p50 ms", "p95 ms", "times the first", "times real time", "difference", "at most")
    return _table(names, rows)


def _roofline(report: BenchReport) -> str:
    roofline = report.roofline
    rates = ", ".join(f"{name} {rate:.0f}" for name, rate in roofline.matmul_gflops.items())
    asked = f"A turn is {roofline.turn_gflop:.3g} GFLOP on {roofline.weights_mib:.0f} MiB of float32 weights"
    machine = f"This machine multiplies matrices at {rates} GFLOP/s and reads {roofline.bandwidth_gb_s:.0f} GB/s"
    arithmetic = f"{roofline.compute_ms:.2g} ms of arithmetic in {roofline.fastest}"
    least = f"{arithmetic}, or {roofline.memory_ms:.2g} ms of reading in bf16"
    reached = f"The quickest variant, {report.best}, reaches {report.reached:.0%} of the {roofline.fastest} matrix rate"
    return f"{asked}. {machine}: a turn takes at least {least}. {reached}."


def _beside(report: BenchReport) -> str:
    rows = (
        (
            " and ".join(_PROGRAMS[name] for name in beside.others) or "nothing else",
            f"{beside.turn_p50_ms:.1f}",
            f"{beside.turn_p95_ms:.1f}",
            f"{beside.times:.1f}",
        )
        for beside in report.beside
    )
    return _table(("a turn beside", "p50 ms", "p95 ms", "p95 over that of the first"), rows)


def _batches(report: BenchReport) -> str:
    rows = (
        (f"{batch.sessions}", f"{batch.turn_ms:.1f}", f"{batch.speed:.1f}", f"{batch.speed * batch.sessions:.0f}")
        for batch in report.batches
    )
    return _table(("conversations at once", "a turn ms", "times real time, each", "together"), rows)


def _pools(report: BenchReport) -> str:
    rows = (
        (
            f"{pool.sessions}",
            f"{pool.turn_ms:.1f}",
            f"{pool.network_ms:.1f}",
            f"{pool.processor_ms:.1f}",
            f"{pool.speed:.1f}",
            "-" if pool.session_mib is None else f"{pool.session_mib:.1f}",
        )
        for pool in report.pools
    )
    names = ("sessions in a pool", "a turn ms", "the network ms", "processor ms", "times real time", "MiB a session")
    return _table(names, rows)


def _soak(report: BenchReport) -> str:
    soak = report.soak
    memory = f" and {soak.part_mib[0]:.0f} to {soak.part_mib[-1]:.0f} MiB" if soak.part_mib else ""
    taken = f"a turn took {soak.turn_p50_ms:.1f} ms (p95 {soak.turn_p95_ms:.1f})"
    course = f"from the first to the last sixth {soak.part_ms[0]:.1f} to {soak.part_ms[-1]:.1f} ms{memory}"
    rows = (
        (group, f"{soak.variance[group]:.2f}", f"{soak.chance[group]:.2f}", f"{soak.spread[group]:.2f}")
        for group in soak.variance
    )
    names = ("last sixth over first", "variance", "its deviation by chance", "spread")
    people = "a conversation" if soak.conversations == 1 else f"{soak.conversations} conversations"
    return f"Over {soak.minutes:.0f} minutes of {people} {taken}; {course}.\n\n{_table(names, rows)}"


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
