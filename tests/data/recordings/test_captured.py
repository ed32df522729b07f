from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56, JAW_FULLY_OPEN
from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.data.broken import BrokenFile
from visavis.data.motion_files import write_motion
from visavis.data.recordings.captured import FACEGOOD, facegood_lines, flame_jaw_lines
from visavis.data.sound import write_sound

NAMES = sorted({name for groups in FACEGOOD.values() for group in groups for name in group} | {"tongue_u"})


def take(folder: Path, weights: np.ndarray, names: list[str] = NAMES, fps: float = 50.0) -> Path:
    path = folder / "take.npz"
    np.savez(path, weights=weights, names=np.array(names), fps=np.float32(fps))
    write_sound(np.zeros(samples_in(50), dtype=np.float32), folder / "take.wav")
    return path


def test_weights_go_where_their_names_say(tmp_path: Path) -> None:
    weights = np.zeros((100, len(NAMES)))
    weights[:, NAMES.index("mouth_stretch_c")] = np.linspace(0, 1, 100)
    weights[:, NAMES.index("mouth_funnel_dl")] = 0.4
    weights[:, NAMES.index("mouth_oh_c")] = 0.5
    weights[:, NAMES.index("mouth_pucker_l")] = 0.8
    weights[:, NAMES.index("mouth_lipCornerPull_r")] = 0.25
    (line,) = facegood_lines([take(tmp_path, weights)])
    assert line.name == f"{tmp_path.name}.take"
    motion = line.motion
    assert (motion.space, motion.fps, len(motion), motion.known) == (ARKIT61, 25, 50, frozenset(FACEGOOD))
    assert motion["JawOpen"][:, 0] == pytest.approx(np.linspace(0, 1, 100)[::2], abs=1e-6)
    assert motion["MouthFunnel"] == pytest.approx(0.1 + 0.5)
    assert motion["MouthPucker"] == pytest.approx(0.4)
    assert motion["MouthSmileRight"] == pytest.approx(0.25)
    assert motion["MouthSmileLeft"] == pytest.approx(0)
    assert not motion.knows("EyeBlinkLeft")
    assert not motion.knows("pose")


def test_takes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match="lacks the weights mouth_stretch_c"):
        list(
            facegood_lines([take(tmp_path, np.zeros((9, len(NAMES) - 1)), [n for n in NAMES if "stretch_c" not in n])])
        )
    with pytest.raises(BrokenFile, match=r"weights \(9, 3\) and \d+ names do not fit"):
        list(facegood_lines([take(tmp_path, np.zeros((9, 3)))]))
    for fps in (0, 1e-9, 1e9, np.nan):
        with pytest.raises(BrokenFile, match=r"take\.npz: `fps` is .*; write a frame rate from 1 to 1,000"):
            list(facegood_lines([take(tmp_path, np.zeros((9, len(NAMES))), fps=fps)]))


def test_a_jaw_that_turns_opens(tmp_path: Path) -> None:
    for number in (1, 2):
        write_sound(np.full(samples_in(100), 0.1 * number, dtype=np.float32), tmp_path / f"a_speaker{number}.wav")
    turned = np.zeros((100, FLAME56.width), dtype=np.float32)
    turned[50:, FLAME56.indices("jaw")[0]] = JAW_FULLY_OPEN / 2
    write_motion(Motion(turned - 0.03, FLAME56), tmp_path / "a_speaker2.npz")
    (line,) = flame_jaw_lines(tmp_path)
    assert line.name == f"{tmp_path.name}.a_2"
    assert line.motion["JawOpen"][:, 0] == pytest.approx([0.0] * 50 + [0.5] * 50)
    assert line.motion.known == {"JawOpen"}
    assert line.partner is not None
    assert (line.speech[0], line.partner[0]) == (pytest.approx(0.2), pytest.approx(0.1))
    write_motion(Motion(np.zeros((100, ARKIT61.width)), ARKIT61), tmp_path / "a_speaker2.npz")
    with pytest.raises(BrokenFile, match="has motion in arkit61; give FLAME's motion"):
        list(flame_jaw_lines(tmp_path))


def test_a_real_take_has_a_living_mouth(shared: Path) -> None:
    (line,) = facegood_lines([shared / "data/facegood/1114_3_15.npz"])
    assert line.name == "facegood.1114_3_15"
    assert abs(len(line.motion) - len(line.speech) / 640) < 2
    for channel in ("JawOpen", "MouthFunnel", "MouthSmileLeft", "MouthLowerDownRight", "MouthRollLower"):
        assert line.motion[channel].std() > 0.02, channel
