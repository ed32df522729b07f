"""Errors that say what was given, what is possible and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class VisavisError(ValueError):
    """Input the library cannot use. The command prints it as one line and exits with status 2."""


def unknown(kind: str, given: str, known: Iterable[str]) -> VisavisError:
    """An error for a name that is not among the known ones; it names the nearest, or lists all."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return VisavisError(f"unknown {kind} {given!r}; {hint}known: {', '.join(names)}")


def missing_extra(package: str, extra: str, purpose: str) -> VisavisError:
    """An error for an optional dependency that is not installed."""
    return VisavisError(f"{purpose} needs {package}; install it with: pip install 'visavis[{extra}]'")


def listed(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (", ".join(names[:5]) or "none") + more
