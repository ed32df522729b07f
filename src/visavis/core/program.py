"""Programs that are run by `python -m`: how they end."""

from __future__ import annotations

import sys
from collections.abc import Callable

from visavis.core.errors import VisavisError


def exit_status(work: Callable[[], object]) -> int:
    """Does a program's work: 0, or 2 where that cannot be, which is told in one line on standard error."""
    try:
        work()
    except VisavisError as error:
        print(f"visavis: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0
