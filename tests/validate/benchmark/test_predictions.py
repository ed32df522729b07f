from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.data.folder import Clip, list_clips
from visavis.data.motion_files import write_motion
from visavis.validate.benchmark.predictions import score_predictions
from visavis.validate.benchmark.published_scores import PRINTED_UNITS

pytest.importorskip("sklearn")

FLAME = space_named("flame56")
FRAMES = 200


def walk(seed: int) -> Motion:
    steps = 0.05 * np.random.default_rng(seed).normal(size=(FRAMES, FLAME.width))
    return Motion(np.cumsum(steps, axis=0), FLAME)


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    for number, name in enumerate(("one", "two")):
        for speaker in (1, 2):
            stem = tmp_path / "data" / "test" / f"{name}_speaker{speaker}"
            write_motion(walk(10 * number + speaker), stem.with_suffix(".npz"))
            noise = 0.1 * np.random.default_rng(speaker).normal(size=samples_in(FRAMES))
            soundfile.write(stem.with_suffix(".wav"), noise.astype(np.float32), SAMPLE_RATE, subtype="FLOAT")
    return list_clips(tmp_path / "data", "test")


def test_perfect_predictions_score_nothing(tmp_path: Path, clips: list[Clip]) -> None:
    (tmp_path / "made").mkdir()
    for number, clip in enumerate(clips):
        for speaker in (1, 2):
            np.save(tmp_path / "made" / f"{clip.name}_speaker{speaker}.npy", walk(10 * number + speaker).values)
    told: list[int] = []
    found = score_predictions(
        tmp_path / "made", clips, engine=LocalProcesses(1), progress=lambda done, _: told.append(done)
    )
    assert told == [1, 2, 3, 4]
    for metric in PRINTED_UNITS:
        if not metric.startswith("sid"):
            assert found.rows["model"][metric].value == pytest.approx(0, abs=1e-9)
            assert found.pooled["model"][f"pooled_{metric}"] == pytest.approx(0, abs=1e-9)
            assert found.rows["mean face"][metric].value > 1e-4
    assert found.problems == ()


def test_missing_roles_are_left_out_and_short_ends_trimmed(tmp_path: Path, clips: list[Clip]) -> None:
    (tmp_path / "made").mkdir()
    np.save(tmp_path / "made" / "two_speaker1.npy", walk(11).values[:-4])
    found = score_predictions(tmp_path / "made", clips, engine=LocalProcesses(1))
    assert found.clips == 1
    assert found.minutes == pytest.approx(FRAMES / 25 / 60)
    assert found.rows["model"]["mse_exp"].value == 0


def test_what_cannot_be_scored_is_named_and_the_rest_is_scored(tmp_path: Path, clips: list[Clip]) -> None:
    made = tmp_path / "made"
    made.mkdir()
    np.save(made / "one_speaker1.npy", walk(1).values)
    np.save(made / "one_speaker2.npy", walk(2).values[:100])
    np.save(made / "two_speaker1.npy", np.zeros((FRAMES, 5), dtype=np.float32))
    (made / "two_speaker2.npz").write_bytes(b"PK cut short")
    np.save(made / "three_speaker1.npy", walk(3).values)
    (made / "notes.txt").write_text("not a prediction")
    found = score_predictions(made, clips, engine=LocalProcesses(1))
    assert found.clip_names == ("one_speaker1",)
    assert found.rows["model"]["mse_exp"].value == 0
    for name, said in zip(
        ("one_speaker2.npy", "two_speaker1.npy", "two_speaker2.npz", "three_speaker1.npy"),
        ("100 frames predicted of 200", "flame56", "cannot be read", "the data has no true motion of that name"),
        strict=True,
    ):
        (line,) = [line for line in found.problems if name in line]
        assert said in line
    assert len(found.problems) == 4


def test_a_clip_shorter_than_a_turn_is_named(tmp_path: Path, clips: list[Clip]) -> None:
    (tmp_path / "made").mkdir()
    for speaker in (1, 2):
        stem = clips[0].folder / f"brief_speaker{speaker}"
        write_motion(walk(speaker).cut(0, 12), stem.with_suffix(".npz"))
        soundfile.write(stem.with_suffix(".wav"), np.zeros(samples_in(12), dtype=np.float32), SAMPLE_RATE)
        np.save(tmp_path / "made" / f"brief_speaker{speaker}.npy", walk(speaker).values[:12])
    np.save(tmp_path / "made" / "two_speaker1.npy", walk(11).values)
    every = list_clips(tmp_path / "data", "test")
    found = score_predictions(tmp_path / "made", every, frames_per_turn=25, engine=LocalProcesses(1))
    assert found.problems == ("brief: 12 frames are less than one turn (25); leave the clip out",)
    assert found.clip_names == ("two_speaker1",)
    assert "seam_speed" in found.rows["model"]
    assert score_predictions(tmp_path / "made", every, engine=LocalProcesses(1)).problems == ()


def test_nothing_to_score_is_an_error(tmp_path: Path, clips: list[Clip]) -> None:
    with pytest.raises(VisavisError, match="is not a folder"):
        score_predictions(tmp_path / "nowhere", clips)
    (tmp_path / "made").mkdir()
    with pytest.raises(VisavisError, match=r"none of 0 predictions fits the data; .*one_speaker1"):
        score_predictions(tmp_path / "made", clips)
    np.save(tmp_path / "made" / "six_speaker1.npy", walk(1).values)
    with pytest.raises(VisavisError, match=r"none of 1 predictions \(six_speaker1\.npy\) fits the data"):
        score_predictions(tmp_path / "made", clips)
    np.save(tmp_path / "made" / "one_speaker1.npy", walk(1).values[:100])
    with pytest.raises(VisavisError, match="100 frames predicted of 200"):
        score_predictions(tmp_path / "made", clips)
