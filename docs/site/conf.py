"""Settings of Sphinx for the documentation site; `docs/site/build.py` lays out what it reads."""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from typing import Any

project = "visavis"
copyright = "the visavis developers"
release = version = version_of("visavis")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "README"
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = f"visavis {release}"
html_copy_source = False
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_mock_imports = ["pipecat", "livekit"]
pygments_style = "friendly"
suppress_warnings = ["misc.highlighting_failure"]

CONTENTS = """
```{toctree}
:hidden:
:caption: Begin

docs/tutorials/first_film
docs/tutorials/live_page
docs/tutorials/own_rig
docs/tutorials/own_data
docs/tutorials/published_numbers
docs/tutorials/add_a_model
docs/install
```

```{toctree}
:hidden:
:caption: Use

docs/commands
docs/command
docs/models
docs/serve
docs/page
docs/session
docs/agents
docs/export_onnx
docs/protocol
docs/view
docs/player
docs/heads
docs/exports
docs/data
docs/simulator
docs/training
docs/scale
docs/states
docs/layout
docs/speakers
```

```{toctree}
:hidden:
:caption: How good, how fast

docs/quality
docs/metrics
docs/benchmark
docs/latency
```

```{toctree}
:hidden:
:caption: Models
:glob:

docs/timar
docs/arig
docs/talking_together
docs/dualtalk
src/visavis/assets/models/*/README
src/visavis/assets/demo/README
src/visavis/assets/speakers/README
```

```{toctree}
:hidden:
:caption: Inside

docs/architecture
docs/api/index
CONTRIBUTING
CHANGELOG
SECURITY
THIRD_PARTY_NOTICES
```
"""


def setup(app: Any) -> None:
    """What the settings above cannot say."""
    app.connect("source-read", _with_contents)
    app.connect("autodoc-process-docstring", _as_written)


def _with_contents(_: Any, name: str, source: list[str]) -> None:
    """The README is the first page, and has the contents of the site."""
    if name == root_doc:
        source[0] += CONTENTS


def _as_written(_: Any, __: str, ___: str, ____: object, _____: object, lines: list[str]) -> None:
    """Docstrings as they are meant: names in backquotes are code, and so are indented blocks."""
    written: list[str] = []
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        rows = [row for row in block.splitlines() if row.strip()]
        if any(row.startswith(" ") for row in rows):
            written += [".. code-block:: text", "", *(f"    {row}" for row in rows), ""]
        else:
            written += [*_escaped("\n".join(rows)).splitlines(), ""]
    lines[:] = written


def _escaped(text: str) -> str:
    parts = re.split(r"(`[^`]+`)", text)
    code = [f"``{part[1:-1]}``\\ " if part.startswith("`") else re.sub(r"([\\*_|`<])", r"\\\1", part) for part in parts]
    return re.sub(r"^([-+]|\d+\.) ", r"\\\1 ", "".join(code), flags=re.MULTILINE)
