from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.view.render.ball_head import ball_head
from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.film.activity_timeline import Timeline, TimelineRow, height_of
from visavis.view.film.captions import CAPTIONS_HEIGHT
from visavis.view.film.film import write_comparison, write_film
from visavis.view.people.looks import AMBER
from visavis.view.performance import still
from visavis.view.render.studio import Studio
from visavis.view.rigs.rig import MeshRig

av = pytest.importorskip("av")

FRAMES = 30
SIZE = (192, 140)


def burst(at: int, seed: int) -> np.ndarray:
    """Silence with 0.2 s of noise that begins in frame `at`."""
    voice = np.zeros(samples_in(FRAMES), np.float32)
    noise = np.random.default_rng(seed).normal(0, 0.2, samples_in(5))
    voice[samples_in(at) : samples_in(at + 5)] = np.convolve(noise, np.ones(8) / 4, "same")
    return voice


def opening(at: int) -> Motion:
    motion = still(FRAMES)
    motion.values[at : at + 5, motion.space.indices("JawOpen")] = 1.0
    return motion


def pictures(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])


def sound(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0) if (frame.pts or 0) >= 0], axis=1)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "talk.mp4"
    write_film(path, [opening(4), opening(18)], [burst(4, 0), burst(18, 1)], ("Ann", "Ben"), size=SIZE)
    return path


def test_length_rate_and_size(film: Path) -> None:
    with av.open(str(film)) as opened:
        video = opened.streams.video[0]
        assert (video.frames, video.average_rate, (video.width, video.height)) == (FRAMES, FPS, SIZE)
        assert opened.duration / 1e6 == pytest.approx(FRAMES / FPS, abs=0.1)
    assert len(pictures(film)) == FRAMES


@pytest.mark.parametrize(("at", "seed", "side"), [(4, 0, 0), (18, 1, 1)])
def test_each_voice_is_heard_on_its_side_and_in_time(film: Path, at: int, seed: int, side: int) -> None:
    heard = sound(film)
    match = [np.correlate(channel, burst(at, seed)[samples_in(at) : samples_in(at + 5)], "valid") for channel in heard]
    onset = int(np.argmax(match[side]))
    assert abs(onset - samples_in(at)) < 0.5 * SAMPLE_RATE / FPS
    assert match[side].max() > 1.5 * match[1 - side][onset] > 0


def test_mouths_open_in_their_frames_on_their_sides(film: Path) -> None:
    """Picture and sound are in step: the lower face of either half changes in the frames of its voice."""
    frames = pictures(film).astype(float)[:, 50 : SIZE[1] - CAPTIONS_HEIGHT]
    half = SIZE[0] // 2
    for at, panel in ((4, frames[:, :, :half]), (18, frames[:, :, half:])):
        change = np.abs(panel - panel[0]).mean(axis=(1, 2, 3))
        assert change.max() > 1.0
        assert np.flatnonzero(change > 0.5 * change.max()).tolist() == list(range(at, at + 5))


def test_the_lamp_of_the_speaker_is_lit(film: Path) -> None:
    lamps = pictures(film).astype(float)[:, SIZE[1] - CAPTIONS_HEIGHT // 2 - 3 : SIZE[1] - CAPTIONS_HEIGHT // 2 + 3]
    colourful = [np.ptp(lamps[..., x : x + 6, :].mean(axis=(1, 2)), axis=1) > 40 for x in (21, 21 + SIZE[0] // 2)]
    assert np.flatnonzero(colourful[0]).tolist() == list(range(4, 9))
    assert np.flatnonzero(colourful[1]).tolist() == list(range(18, 23))


def test_one_head_and_voices_only(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_film(tmp_path / "one.mp4", [still(2)], [], ["Ann"], size=(96, 96), progress=lambda *at: seen.append(at))
    assert seen == [(1, 2), (2, 2)]
    write_film(tmp_path / "still.mp4", [None], [np.zeros(samples_in(3) + 5, np.float32)], ["Ann"], size=(96, 96))
    assert len(pictures(tmp_path / "still.mp4")) == 3


def clicks_and_jaws(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """When the mouth is open widest and when the clicks are loudest [s], as a player has them."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
    shown = np.stack([frame.to_ndarray(format="rgb24") for frame in frames]).astype(float)[
        :, : SIZE[1] - CAPTIONS_HEIGHT
    ]
    change = np.abs(shown - shown[0]).mean(axis=(1, 2, 3))
    inner = change[1:-1]
    peaks = 1 + np.flatnonzero((inner > 0.5 * change.max()) & (inner >= change[:-2]) & (inner > change[2:]))
    with av.open(str(path)) as film:
        heard = [(float(frame.pts * frame.time_base), frame.to_ndarray()[0]) for frame in film.decode(audio=0)]
    times = np.concatenate([start + np.arange(len(piece)) / SAMPLE_RATE for start, piece in heard])
    loud = np.abs(np.concatenate([piece for _, piece in heard]))
    near = [np.abs(times - at / FPS) < 0.2 for at in CLAPS]
    return np.array([float(frames[i].time or 0.0) for i in peaks]), np.array(
        [times[at][np.argmax(loud[at])] for at in near]
    )


CLAPS = (10, 31, 47)


@pytest.mark.parametrize("fps", [25, 50])
def test_a_clap_is_seen_when_it_is_heard(tmp_path: Path, fps: int) -> None:
    """Both streams are decoded again: clicks at known samples, a jaw that opens in just these frames."""
    motion, voice = still(60), np.zeros(samples_in(60), np.float32)
    for at in CLAPS:
        motion.values[at, motion.space.indices("JawOpen")] = 1.0
        voice[samples_in(at) : samples_in(at) + 8] = [0.2, 0.9, -0.9, 0.7, -0.6, 0.4, -0.2, 0.1]
    write_film(tmp_path / "clap.mp4", [motion], [voice], ["Ann"], size=SIZE, fps=fps)
    assert len(pictures(tmp_path / "clap.mp4")) == 60 * fps // FPS
    seen, heard = clicks_and_jaws(tmp_path / "clap.mp4")
    np.testing.assert_allclose(seen, np.array(CLAPS) / FPS, atol=1e-3)
    np.testing.assert_allclose(heard, seen, atol=1 / FPS)


def test_a_room_and_a_comparison_are_films_too(tmp_path: Path) -> None:
    """With a timeline below: the picture keeps its size, each head its place."""
    timeline = Timeline((TimelineRow(np.ones(6, bool)), TimelineRow(np.zeros(6, bool), nods=(2,))))
    given = [opening(2).cut(0, 6), still(6)], [burst(2, 0)[: samples_in(6)], np.zeros(samples_in(6), np.float32)]
    write_film(tmp_path / "studio.mp4", *given, size=(192, 160), studio=Studio(), timeline=timeline)
    write_film(tmp_path / "panels.mp4", *given, size=(192, 160), timeline=timeline)
    studio, panels = pictures(tmp_path / "studio.mp4"), pictures(tmp_path / "panels.mp4")
    assert studio.shape == panels.shape == (6, 160, 192, 3)
    low = 160 - height_of(timeline)
    assert np.abs(studio[:, low:].astype(int) - panels[:, low:]).mean() < 4
    assert np.abs(studio[:, : low - CAPTIONS_HEIGHT].astype(int) - panels[:, : low - CAPTIONS_HEIGHT]).mean() > 10


def test_takes_of_one_person_stand_side_by_side_with_one_voice(tmp_path: Path) -> None:
    takes, voice = [opening(4), still(FRAMES), opening(18)], burst(4, 0)
    write_comparison(tmp_path / "c.mp4", takes, voice, burst(18, 1), ("truth", "A", "B"), size=(288, 140))
    frames = pictures(tmp_path / "c.mp4").astype(float)
    lower = frames[:, 50 : SIZE[1] - CAPTIONS_HEIGHT]
    moved = [np.abs(lower[at] - lower[0])[:, left : left + 96].mean() for at in (6, 20) for left in (0, 96, 192)]
    assert [change > 2 for change in moved] == [True, False, False, False, False, True]
    same = [frames[0, : SIZE[1] - CAPTIONS_HEIGHT, left + 28 : left + 68] for left in (0, 192)]
    assert np.abs(same[0] - same[1]).mean() < 3
    lit = (
        np.ptp(frames[6, -CAPTIONS_HEIGHT:].reshape(CAPTIONS_HEIGHT, 3, 96, 3)[:, :, 12:30], axis=-1).max(axis=(0, 2))
        > 40
    )
    assert lit.all()
    left, right = np.abs(sound(tmp_path / "c.mp4"))
    own, partner = slice(samples_in(4), samples_in(9)), slice(samples_in(18), samples_in(23))
    assert left[own].mean() == pytest.approx(right[own].mean(), rel=0.1)
    assert left[partner].mean() > 1.5 * right[partner].mean()


def test_a_voice_of_another_length_is_fitted_only_if_asked(tmp_path: Path) -> None:
    long = np.zeros(samples_in(30), np.float32)
    with pytest.raises(VisavisError, match=r"the voice of Ann lasts 1.20 s, the motion 0.20 s; give both"):
        write_film(tmp_path / "film.mp4", [still(5)], [long], ["Ann"], size=(96, 96))
    with pytest.raises(VisavisError, match=r"the voice of the partner lasts 1.20 s, the motion 0.20 s"):
        write_comparison(tmp_path / "film.mp4", [still(5)], long[: samples_in(5)], long, ["A"], size=(96, 96))
    assert not list(tmp_path.iterdir())
    write_film(tmp_path / "film.mp4", [still(5)], [long], ["Ann"], size=(96, 96), fit=True)
    assert len(pictures(tmp_path / "film.mp4")) == 5


def test_a_rig_is_filmed_like_a_person(tmp_path: Path) -> None:
    heads, looks = [opening(4).cut(0, 9), None], [MeshRig(ball_head(5.0)), AMBER]
    write_film(tmp_path / "rig.mp4", heads, [], size=SIZE, looks=looks)
    left = pictures(tmp_path / "rig.mp4").astype(float)[:, : SIZE[1] - CAPTIONS_HEIGHT, : SIZE[0] // 2]
    assert np.flatnonzero(np.abs(left - left[0]).mean(axis=(1, 2, 3)) > 0.5).tolist() == [4, 5, 6, 7, 8]


def test_motion_at_another_rate_keeps_its_duration(tmp_path: Path) -> None:
    motion = Motion(still(6).values, still().space, fps=50)
    write_film(tmp_path / "fast.mp4", [motion], [], ["Ann"], size=(96, 96))
    assert len(pictures(tmp_path / "fast.mp4")) == 3


@pytest.mark.parametrize(
    ("name", "size", "labels", "message"),
    [
        ("film.avi", SIZE, ("a", "b"), "name it film.mp4"),
        ("film.mp4", (101, 100), ("a", "b"), "must be even"),
        ("film.mp4", SIZE, ("a",), "as many labels"),
        ("film.mp4", SIZE, (), "need as many labels, 0 given"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, name: str, size: tuple[int, int], labels: tuple[str, ...], message: str
) -> None:
    with pytest.raises(VisavisError, match=message):
        write_film(tmp_path / name, [still(), None], [], labels, size=size)
    for voices, problem in (
        ([np.zeros(640)] * 3, "3 voices"),
        ([np.full(640, np.nan)], "NaN"),
        ([np.ones((2, 9))], "shape"),
    ):
        with pytest.raises(VisavisError, match=problem):
            write_film(tmp_path / "film.mp4", [None, None], voices)
    with pytest.raises(VisavisError, match="shows 25 or 50 pictures a second, 30 were asked for"):
        write_film(tmp_path / "film.mp4", [still()], [], fps=30)
    with pytest.raises(VisavisError, match="one row for each of 1 heads, this one has 0"):
        write_film(tmp_path / "film.mp4", [still()], [], timeline=Timeline(()))
    with pytest.raises(VisavisError, match="nothing to film"):
        write_film(tmp_path / "none.mp4", [None], [])
    assert not list(tmp_path.iterdir())


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="cannot write"):
        write_film(tmp_path / "file" / "film.mp4", [still()], [], size=(96, 96))


def test_a_failed_film_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_film(tmp_path / "film.mp4", [still(4)], [], size=(96, 96), progress=stop)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("fps", [25, 50])
def test_the_state_of_each_moment_is_told_under_its_head(tmp_path: Path, fps: int) -> None:
    told = replace(still(20), state=np.array(["listening"] * 12 + ["pausing to think"] * 8))
    write_film(tmp_path / "told.mp4", [still(20), told], [], ("Ann", "Ben"), size=(480, 140), fps=fps)
    write_comparison(tmp_path / "two.mp4", [still(20), told], np.zeros(samples_in(20), np.float32), size=(480, 140))
    for name, rate in (("told", fps), ("two", FPS)):
        captions = pictures(tmp_path / f"{name}.mp4").astype(float)[:, -CAPTIONS_HEIGHT:]
        assert len(captions) == 20 * rate // FPS
        change = np.abs(captions - captions[0]).mean(axis=(1, 3))
        for later in (11 * rate // FPS, 12 * rate // FPS):
            assert change[later, :240].max() < 3
            assert (change[later, 300:].max() > 12) == (later == 12 * rate // FPS)
