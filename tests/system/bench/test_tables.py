from __future__ import annotations

from dataclasses import replace

from visavis.system.bench.batch_scaling import BatchSpeed
from visavis.system.bench.beside import Beside
from visavis.system.bench.pools import Pooled
from visavis.system.bench.report import BenchReport
from visavis.system.bench.roofline import Roofline
from visavis.system.bench.soak import Soak
from visavis.system.bench.tables import markdown
from visavis.system.bench.variants import VariantSpeed

REPORT = BenchReport(
    model="m",
    parameters=6_300_000,
    device="cpu",
    threads=2,
    turn_ms=400,
    speed=40.0,
    speeds=(40.0,),
    variants=(
        VariantSpeed("recomputed float32", 100.0, 120.0, 1.0, 0.0, 0.0),
        VariantSpeed("cached bf16", 10.0, 12.5, 10.0, 0.001, 0.01),
    ),
    best="cached bf16",
    reached=0.59,
    roofline=Roofline({"float32": 200.0, "bf16": 900.0}, 51.0, 5.31, 24.0, 5.9, 0.25),
    beside=(
        Beside((), 8.0, 10.0, 1.0),
        Beside(("loop",), 9.0, 12.5, 1.25),
        Beside(("loop", "products"), 9.5, 30.0, 3.0),
    ),
    batches=(BatchSpeed(1, 10.0, 40.0), BatchSpeed(4, 20.0, 20.0)),
    pools=(Pooled(64, 120.0, 100.0, 110.5, 3.3, 1.25), Pooled(200, 400.0, 350.0, 390.0, 1.0, None)),
    soak=Soak(60.0, 2, 10.0, 12.0, (10.0,) * 6, (400.0,) * 6, {"exp": 1.01}, {"exp": 0.99}, {"exp": 0.05}),
    help_s=0.2,
    import_s=0.03,
)


def test_everything_measured_is_told() -> None:
    text = markdown(REPORT)
    assert text.startswith(
        "m: 6.3 M parameters, turns of 400 ms, on cpu with 2 threads. `generate` is 40.0 times faster"
    )
    assert "| cached bf16 | 10.0 | 12.5 | 10.0 | 40.0 | 1.0e-03 | 1.0e-02 |" in text
    assert "float32 200, bf16 900 GFLOP/s and reads 51 GB/s" in text
    assert "cached bf16, reaches 59% of the bf16 matrix rate" in text
    assert "| nothing else | 8.0 | 10.0 | 1.0 |" in text
    assert "| a busy loop | 9.0 | 12.5 | 1.2 |" in text
    assert "| a busy loop and matrix products on all cores | 9.5 | 30.0 | 3.0 |" in text
    assert "| 4 | 20.0 | 20.0 | 80 |" in text
    assert "| 64 | 120.0 | 100.0 | 110.5 | 3.3 | 1.2 |" in text
    assert "| 200 | 400.0 | 350.0 | 390.0 | 1.0 | - |" in text
    assert "Over 60 minutes of 2 conversations a turn took 10.0 ms (p95 12.0)" in text
    assert "from the first to the last sixth 10.0 to 10.0 ms" in text
    assert "| exp | 1.01 | 0.05 | 0.99 |" in text


def test_a_turn_of_one_frame_is_called_a_frame() -> None:
    text = markdown(replace(REPORT, turn_ms=40))
    assert text.startswith("m: 6.3 M parameters, frames of 40 ms, on cpu with 2 threads.")
    assert "| a frame beside | p50 ms |" in text
    assert "a frame takes at least" in text
    assert "turn" not in text
