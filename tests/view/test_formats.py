from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.rigs.made_up_flame import made_up_flame
from tests.view.small_heads import lively
from visavis.core.builtin_spaces import FLAME56
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.formats import FORMATS
from visavis.view.outputs import write_outputs
from visavis.view.presentation import Presentation, Style
from visavis.view.rigs.flame import FlameRig


@pytest.mark.parametrize("ending", [".glb", ".html", ".bvh"])
def test_flame_has_no_named_shapes_to_write(tmp_path: Path, ending: str) -> None:
    style = Style(head=FlameRig(made_up_flame()))
    with pytest.raises(VisavisError, match=r"needs a head with named shapes; a FLAME head can be shown in \.mp4"):
        write_outputs([tmp_path / f"agent{ending}"], Presentation(Person(motion=lively())), style)
    assert list(tmp_path.iterdir()) == []


def test_flame_is_filmed(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    motion = Motion(np.zeros((3, FLAME56.width), np.float32), FLAME56)
    write_outputs([tmp_path / "agent.mp4"], Presentation(Person(motion=motion)), Style(head=FlameRig(made_up_flame())))
    with av.open(str(tmp_path / "agent.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == 3


def test_a_comparison_without_a_voice_is_silent(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    presentation = Presentation(Person(motion=lively(4, 25)), truth=lively(4, 25, seed=1))
    write_outputs([tmp_path / "compared.mp4"], presentation)
    with av.open(str(tmp_path / "compared.mp4")) as film:
        assert max(float(np.abs(frame.to_ndarray()).max()) for frame in film.decode(audio=0)) == 0


def test_a_format_says_what_it_needs() -> None:
    for form in FORMATS.values():
        assert bool(form.packages) == bool(form.extra) == bool(form.purpose)
