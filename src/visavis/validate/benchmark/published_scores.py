"""Published scores: TIMAR's Tables 1 and 2 as data, and the units they are printed in.

Source: TIMAR (arXiv 2512.15340, version 1), Tables 1 and 2, all measured on DualTalk's test and out-of-distribution
clips. DualTalk was retrained by the authors of TIMAR; its official weights were scored by them, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from visavis.core.errors import unknown

SOURCE = "TIMAR, arXiv 2512.15340 v1"

GROUPS = ("exp", "jaw", "pose")
KEYS = ("fd", "pfd", "mse", "sid", "rpcc")
COLUMNS = tuple(f"{key}_{group}" for key in KEYS for group in GROUPS)
"""The metrics of both tables, in their order."""

MORE_IS_BETTER = ("sid",)
"""Of all others less is better."""

TIMAR = "TIMAR"
PRINTED_UNITS: Mapping[str, float] = MappingProxyType(
    {
        **{"fd_exp": 1, "fd_jaw": 1e3, "fd_pose": 1e2, "pfd_exp": 1, "pfd_jaw": 1e3, "pfd_pose": 1e2},
        **{"mse_exp": 10, "mse_jaw": 1e3, "mse_pose": 1e2, "rpcc_exp": 1e2, "rpcc_jaw": 10, "rpcc_pose": 10},
        **{"sid_exp": 1, "sid_jaw": 1, "sid_pose": 1},
    }
)
"""What the published tables (DualTalk, TIMAR) multiply each metric by before printing it."""

DUALTALK_CLIPS: Mapping[str, int] = {"test": 533, "ood": 377}
"""Clips of DualTalk's splits, each scored from both sides: the data of the published tables."""

METHODS: Mapping[str, str] = {
    "dualtalk_official": "DualTalk, official weights",
    "dualtalk_retrained": "DualTalk, retrained",
    "timar": TIMAR,
    "timar_mlp_head": "TIMAR, MLP head",
    "timar_bidirectional": "TIMAR, bidirectional",
    "timar_encoder_decoder": "TIMAR, encoder-decoder",
}

_TABLES = """
split n  method                fd: exp jaw pose  pfd              mse            sid            rpcc
test  0  dualtalk_official     13.93 1.90 3.42   15.33 2.02 3.70  5.35 1.53 2.27 2.99 2.14 1.69 5.34 1.33 2.28
test  0  dualtalk_retrained    14.16 1.98 3.63   15.59 2.10 3.91  5.34 1.49 2.36 2.95 2.14 1.66 5.97 1.34 2.28
test  0  timar                  9.61 1.51 2.98   10.91 1.63 3.27  3.94 1.15 1.73 3.42 2.33 1.84 4.51 1.19 2.26
test  1  dualtalk_official     12.46 1.75 3.27   13.76 1.86 3.55  4.79 1.38 2.11 3.12 2.20 1.73 5.10 1.28 2.20
test  1  dualtalk_retrained    12.25 1.77 3.46   13.59 1.89 3.73  4.71 1.34 2.21 3.14 2.21 1.72 5.39 1.28 2.19
test  1  timar                  9.45 1.53 3.03   10.57 1.64 3.28  3.78 1.11 1.69 3.45 2.34 1.84 4.36 1.18 2.24
test  3  dualtalk_official     11.53 1.67 3.22   12.75 1.79 3.48  4.42 1.28 2.00 3.21 2.24 1.76 4.88 1.23 2.16
test  3  dualtalk_retrained    11.25 1.68 3.38   12.51 1.79 3.65  4.32 1.24 2.08 3.25 2.26 1.73 4.98 1.24 2.18
test  3  timar                  9.11 1.57 3.06   10.13 1.66 3.28  3.61 1.09 1.63 3.51 2.34 1.86 4.19 1.19 2.19
test  7  dualtalk_official     11.26 1.67 3.29   12.41 1.78 3.53  4.20 1.20 1.92 3.28 2.27 1.77 4.84 1.23 2.18
test  7  dualtalk_retrained    10.92 1.69 3.43   12.09 1.79 3.68  4.09 1.18 1.99 3.31 2.26 1.74 4.81 1.25 2.20
test  7  timar                  8.97 1.57 3.08    9.93 1.65 3.28  3.58 1.07 1.61 3.53 2.35 1.85 4.12 1.22 2.18
test  7  timar_mlp_head         9.48 1.67 3.36   10.45 1.76 3.56  3.43 1.12 1.71 3.50 2.34 1.77 4.40 1.38 2.41
test  7  timar_bidirectional    9.12 1.82 3.04   10.13 1.91 3.25  3.67 1.18 1.62 3.54 2.27 1.86 4.12 1.40 2.21
test  7  timar_encoder_decoder  9.51 1.75 3.19   10.43 1.84 3.38  3.57 1.13 1.63 3.51 2.30 1.85 4.15 1.31 2.19
ood   0  dualtalk_official     22.44 2.80 5.03   23.89 2.91 5.34  7.30 1.86 2.89 2.67 1.94 1.41 6.86 1.67 3.00
ood   0  dualtalk_retrained    22.73 2.71 4.82   24.22 2.81 5.12  7.28 1.77 2.83 2.64 1.98 1.45 7.11 1.55 2.98
ood   0  timar                 20.62 2.50 4.31   22.10 2.62 4.62  6.46 1.56 2.29 2.85 2.03 1.55 6.76 1.55 2.77
ood   1  dualtalk_official     21.70 2.72 4.93   23.09 2.83 5.23  6.94 1.75 2.78 2.73 1.97 1.45 6.85 1.63 2.97
ood   1  dualtalk_retrained    21.68 2.61 4.78   23.11 2.72 5.08  6.85 1.67 2.73 2.73 2.00 1.45 6.90 1.54 2.91
ood   1  timar                 20.44 2.53 4.33   21.72 2.64 4.61  6.29 1.52 2.24 2.87 2.02 1.54 6.59 1.57 2.79
ood   3  dualtalk_official     21.33 2.72 4.96   22.64 2.82 5.25  6.70 1.69 2.73 2.76 1.97 1.44 6.78 1.66 2.94
ood   3  dualtalk_retrained    21.25 2.64 4.84   22.60 2.75 5.14  6.60 1.62 2.66 2.78 2.00 1.48 6.67 1.56 2.85
ood   3  timar                 20.21 2.49 4.36   21.38 2.60 4.60  6.16 1.49 2.19 2.90 2.03 1.54 6.47 1.56 2.70
ood   7  dualtalk_official     21.31 2.75 5.13   22.56 2.85 5.40  6.53 1.63 2.67 2.81 1.97 1.43 6.79 1.70 3.02
ood   7  dualtalk_retrained    21.21 2.72 4.96   22.48 2.82 5.23  6.42 1.59 2.58 2.81 2.01 1.45 6.62 1.59 2.79
ood   7  timar                 20.23 2.56 4.50   21.34 2.66 4.72  6.17 1.48 2.18 2.93 2.04 1.52 6.26 1.57 2.77
"""
"""In printed units; n = turns of history. The variants of TIMAR are Table 2's."""


@dataclass(frozen=True)
class Published:
    """A printed row: what `method` scored on `split` with `turns` of history, in printed units by metric."""

    method: str
    split: str
    turns: int
    scores: Mapping[str, float]

    def raw(self, metric: str) -> float:
        """The score of one metric in the units of `Evaluation`."""
        return raw(metric, self.scores[metric])


def printed(metric: str, value: float) -> float:
    """A metric of an `Evaluation` as the tables print it; raises `VisavisError` for a metric they do not have."""
    return value * unit(metric)


def raw(metric: str, value: float) -> float:
    """A printed number as an `Evaluation` has it; raises `VisavisError` for a metric the tables do not have."""
    return value / unit(metric)


def unit(metric: str) -> float:
    """What the tables multiply a metric by before printing it."""
    if metric not in PRINTED_UNITS:
        raise unknown("metric of the published tables", metric, COLUMNS)
    return PRINTED_UNITS[metric]


def _read(line: str) -> Published:
    split, turns, method, *numbers = line.split()
    return Published(METHODS[method], split, int(turns), dict(zip(COLUMNS, map(float, numbers), strict=True)))


_ROWS = tuple(_read(line) for line in _TABLES.strip().splitlines()[1:])
_COMPARED = tuple(METHODS.values())[:3]

TABLE_1 = tuple(row for row in _ROWS if row.method in _COMPARED)
"""Progressive context: both DualTalks and TIMAR with 0, 1, 3 and 7 turns of history on test and ood."""

TABLE_2 = tuple(
    row for row in _ROWS if row.split == "test" and row.turns == 7 and row.method not in _COMPARED[:2]
)  # fmt: skip
"""Ablations on test with 7 turns of history: TIMAR, then its variants."""
