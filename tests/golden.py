"""Where the inputs and outputs of the published implementations lie, if they are there."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(os.environ.get("VISAVIS_GOLDEN") or Path(__file__).parents[2] / "shared" / "golden")
