from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.folder import list_clips
from visavis.data.recordings.make import Sources, make_recordings
from visavis.data.sound import write_sound


def labelled(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        write_sound(np.random.default_rng(0).normal(0, 0.05, 16_000).astype(np.float32), folder / f"{name}.wav")
        (folder / f"{name}.lab").write_text("#\n0.2 125 pau\n0.5 125 m\n0.8 125 a\n")
    return folder


def test_all_sources_lie_in_one_split(tmp_path: Path) -> None:
    folders = (labelled(tmp_path / "anna", "a", "b"), labelled(tmp_path / "ben", "a"))
    sources = Sources(labelled=folders, alphabet="festvox-ru")
    made = make_recordings(tmp_path / "out", "people", sources)
    assert (made.folder, made.lines) == (tmp_path / "out" / "people", 3)
    assert made.minutes == pytest.approx(3 / 60)
    assert [clip.name for clip in list_clips(tmp_path / "out", "people")] == ["anna.a", "anna.b", "ben.a"]
    assert make_recordings(tmp_path / "out", "people", sources) == made


def test_nothing_to_make_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="nothing to make clips of; give --labelled"):
        make_recordings(tmp_path, "people", Sources())
    with pytest.raises(VisavisError, match="give 1 or more"):
        make_recordings(tmp_path, "people", Sources(every=0))
    twice = (labelled(tmp_path / "x" / "anna", "a"), labelled(tmp_path / "y" / "anna", "a"))
    with pytest.raises(VisavisError, match=r"two recordings are named anna\.a"):
        make_recordings(tmp_path, "people", Sources(labelled=twice, alphabet="festvox-ru"))
