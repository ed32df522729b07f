from __future__ import annotations

import numpy as np
import pytest

from tests.view.render.ball_head import ball_head
from tests.view.rigs.made_up_flame import made_up_flame
from tests.view.small_heads import lively
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.people.looks import AMBER
from visavis.view.performance import still
from visavis.view.render.actor import actor_of, not_shown
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.rig_skin import anatomy_of_mesh, fitted
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig

LAMP = STUDIO_LIGHT.key


def test_a_rig_moves_as_it_does_elsewhere_in_any_order_of_frames() -> None:
    rig, motion = MeshRig(ball_head(3.0)), lively(40)
    whole = fitted(anatomy_of_mesh(rig.mesh)).applied(rig.vertices(motion))
    actor = actor_of(rig, motion)
    for frame in (0, 5, 17, 39, 3):
        np.testing.assert_allclose(actor.posed(frame, LAMP).points, whole[frame], atol=1e-5)
    np.testing.assert_array_equal(actor.posed(99, LAMP).points, actor.posed(39, LAMP).points)


def test_rigs_are_posed_a_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    posed = FlameRig.vertices
    monkeypatch.setattr(FlameRig, "vertices", lambda rig, motion: lengths.append(len(motion)) or posed(rig, motion))
    actor = actor_of(FlameRig(made_up_flame()), Motion(np.zeros((50, FLAME56.width)), FLAME56))
    for frame in range(50):
        actor.posed(frame, LAMP)
    assert max(lengths) <= 16
    assert sum(lengths) == 50


def test_eyes_that_rest_for_a_while_do_not_fall_back_to_look_weights() -> None:
    """Where eye angles are given anywhere in a motion, they count everywhere, however it is cut."""
    motion = still(40)
    motion.values[:, ARKIT61.indices("EyeLookOutLeft")] = 1.0
    motion.values[0, ARKIT61.indices("LeftEyeYaw")] = 0.3
    actor = actor_of(MeshRig(ball_head()), motion)
    np.testing.assert_allclose(actor.posed(39, LAMP).points, actor.rest, atol=1e-6)
    assert np.abs(actor.posed(0, LAMP).points - actor.rest).max() > 1e-3


def test_who_has_no_motion_stands_still() -> None:
    for look in (AMBER, MeshRig(ball_head()), FlameRig(made_up_flame())):
        actor = actor_of(look, None)
        np.testing.assert_allclose(actor.posed(7, LAMP).points, actor.rest, atol=1e-5)
        assert actor.faces.max() < len(actor.rest)


def test_what_a_rig_cannot_show_is_said() -> None:
    mute = MeshRig(ball_head(shape="MouthSmileLeft"))
    with pytest.raises(VisavisError, match="no shape for JawOpen; what can be driven: MouthSmileLeft, HeadYaw"):
        actor_of(mute, still())
    with pytest.raises(VisavisError, match="moves by flame56, the motion is in arkit61; convert"):
        actor_of(FlameRig(made_up_flame()), still())
    moved = lively()
    moved.values[:, ARKIT61.indices("TongueOut")] = 0.4
    lacking = not_shown(MeshRig(ball_head()), moved)
    assert "MouthSmileLeft" in lacking
    assert "JawOpen" not in lacking
    assert "TongueOut" not in lacking


@pytest.mark.parametrize("values", [np.zeros((0, FLAME56.width)), np.full((1, FLAME56.width), np.nan)])
def test_motion_that_is_none_is_refused(values: np.ndarray) -> None:
    for look in (AMBER, MeshRig(ball_head()), FlameRig(made_up_flame())):
        with pytest.raises(VisavisError, match=r"no frames|NaN"):
            actor_of(look, Motion(values, FLAME56))
