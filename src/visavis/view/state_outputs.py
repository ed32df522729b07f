"""The files that a conversation's states can become, chosen by their ending."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from visavis.analysis.state_files import ConversationStates, write_states_csv, write_states_json
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.files import require_place
from visavis.view.plot.states_over_time import plot_states

_WRITERS: Mapping[str, Callable[[str | os.PathLike[str], ConversationStates], None]] = {
    ".csv": write_states_csv,
    ".json": write_states_json,
    ".png": plot_states,
}


def require_state_outputs(paths: Sequence[Path]) -> None:
    """Raise `VisavisError` if one of `paths` could not be written, or there is none; asked before a voice is heard."""
    if not paths:
        raise VisavisError("there is no file to write to; name some after --out, and recordings before it")
    for path in paths:
        ending = path.suffix.lower()
        if ending not in _WRITERS:
            given = path.suffix or "a name without ending"
            raise VisavisError(f"{path}: states cannot be written to {given}; use .csv, .json or .png")
        if ending == ".png" and importlib.util.find_spec("matplotlib") is None:
            raise missing_extra("matplotlib", "view", "drawing a plot")
        require_place(path)


def write_states(paths: Sequence[Path], told: ConversationStates) -> None:
    """Write the states to each path in the format of its ending: .csv, .json or .png. Raises as is asked before."""
    require_state_outputs(paths)
    for path in paths:
        _WRITERS[path.suffix.lower()](path, told)
