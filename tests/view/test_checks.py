from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.rigs.made_up_flame import made_up_flame
from tests.view.small_heads import lively, small_head
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.mesh import Mesh
from visavis.view.outputs import write_outputs
from visavis.view.presentation import Presentation, Style
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig

ALONE = Presentation(Person(motion=lively(8, 25)))
LOUD = Presentation(Person(np.zeros(16000 * 3, np.float32), lively(8, 25)))
COMPARED = Presentation(Person(motion=lively(8, 25)), others={"other": lively(8, 25)})
UNDRAWN = Presentation(Person(motion=lively(8, 25)), agent_label="Ada \U0010a000")
RINGING, TABBED = (Presentation(Person(motion=lively(8, 25)), agent_label=f"Ada{end}") for end in ("\x07", "\t"))
FLAME, MUTE = FlameRig(made_up_flame()), MeshRig(Mesh(small_head().vertices, small_head().faces))


@pytest.mark.parametrize(
    ("last", "presentation", "style", "reason"),
    [
        ("f.sheet.png", UNDRAWN, Style(), "no installed font has .*, as in"),
        ("f.mp4", UNDRAWN, Style(), r"choose another label \(--labels\)"),
        ("f.png", UNDRAWN, Style(), "no installed font has"),
        ("f.png", RINGING, Style(), r"'Ada\\x07' holds control characters, .* choose another label \(--labels\)"),
        ("f.sheet.png", TABBED, Style(), r"'Ada\\t' holds control characters"),
        ("f.groups.png", UNDRAWN, Style(), "no installed font has"),
        ("f.npy", ALONE, Style(fps=60), "holds 25 fps, the motion has 60; ask for 25 or write .npz"),
        ("f.npy", Presentation(Person(motion=lively(8, 30))), Style(), "holds 25 fps, the motion has 30"),
        ("f.png", COMPARED, Style(), r"models are plotted against the truth; give it, too \(--truth\)"),
        ("f.png", Presentation(Person(motion=lively(8, 25)), truth=lively(90, 25)), Style(), "agent lasts 0.32 s"),
        ("f.groups.png", Presentation(Person(motion=lively(1, 25))), Style(), "1 frames has no statistics"),
        ("f.glb", ALONE, Style(head=FLAME), "f.glb needs a head with named shapes; a FLAME head can be shown in .mp4"),
        ("f.html", ALONE, Style(head=FLAME), "f.html needs a head with named shapes"),
        ("f.html", LOUD, Style(), r"lasts 3.00 s, the motion 0.32 s; .*\(--fit\)"),
        ("f.mp4", LOUD, Style(), "lasts 3.00 s, the motion 0.32 s"),
        ("f.mp4", ALONE, Style(head=FLAME), r"a FLAME head moves by flame56, .* arkit61; convert it \(--space flame56"),
        ("f.sheet.png", ALONE, Style(head=MUTE), "no shape for JawOpen"),
        (
            "f.sheet.png",
            Presentation(Person(motion=lively(8, 25)), others={name: lively(8, 25) for name in "abcd"}),
            Style(),
            "5 heads asked for; one to 4",
        ),
    ],
)
def test_what_the_last_file_cannot_hold_is_said_before_the_first_is_made(
    tmp_path: Path, last: str, presentation: Presentation, style: Style, reason: str
) -> None:
    with pytest.raises(VisavisError, match=reason):
        write_outputs([tmp_path / "first.npz", tmp_path / last], presentation, style)
    assert list(tmp_path.iterdir()) == []


def test_what_is_asked_for_rightly_passes(tmp_path: Path) -> None:
    fast = Presentation(Person(motion=Motion(lively(8, 50).values, lively().space, 50)))
    write_outputs([tmp_path / "f.npy", tmp_path / "f.npz"], fast, Style(fps=25))
    assert len(np.load(tmp_path / "f.npy")) == 4
