from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pytest

from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.picture.film import STRIP, levels, speaking, write_film
from visavis.view.retarget import still

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
    frames = pictures(film).astype(float)[:, 50 : SIZE[1] - STRIP]
    half = SIZE[0] // 2
    for at, panel in ((4, frames[:, :, :half]), (18, frames[:, :, half:])):
        change = np.abs(panel - panel[0]).mean(axis=(1, 2, 3))
        assert change.max() > 1.0
        assert np.flatnonzero(change > 0.5 * change.max()).tolist() == list(range(at, at + 5))


def test_the_lamp_of_the_speaker_is_lit(film: Path) -> None:
    lamps = pictures(film).astype(float)[:, SIZE[1] - STRIP // 2 - 3 : SIZE[1] - STRIP // 2 + 3]
    colourful = [np.ptp(lamps[..., x : x + 6, :].mean(axis=(1, 2)), axis=1) > 40 for x in (21, 21 + SIZE[0] // 2)]
    assert np.flatnonzero(colourful[0]).tolist() == list(range(4, 9))
    assert np.flatnonzero(colourful[1]).tolist() == list(range(18, 23))


def test_one_head_and_voices_only(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_film(tmp_path / "one.mp4", [still(2)], [], ["Ann"], size=(96, 96), progress=lambda *at: seen.append(at))
    assert seen == [(1, 2), (2, 2)]
    write_film(tmp_path / "still.mp4", [None], [np.zeros(samples_in(3) + 5, np.float32)], ["Ann"], size=(96, 96))
    assert len(pictures(tmp_path / "still.mp4")) == 3


def test_motion_at_another_rate_keeps_its_duration(tmp_path: Path) -> None:
    motion = Motion(still(6).values, still().space, fps=50)
    write_film(tmp_path / "fast.mp4", [motion], [], ["Ann"], size=(96, 96))
    assert len(pictures(tmp_path / "fast.mp4")) == 3


def test_levels_run_from_silence_to_the_loudest() -> None:
    measured = levels(burst(4, 0))
    assert measured.shape == (FRAMES,)
    assert measured[5] > 0.8
    assert measured[20] == 0
    assert levels(np.zeros(samples_in(2), np.float32)).max() == 0


def test_background_noise_is_not_speech_and_short_breaks_are() -> None:
    noise = np.random.default_rng(2).normal(0, 0.01, samples_in(FRAMES)).astype(np.float32)
    voice = burst(4, 0) + burst(12, 1) + burst(24, 3)
    voice[samples_in(9) : samples_in(12)] = 0
    assert np.flatnonzero(speaking(levels(voice + noise))).tolist() == [*range(4, 17), *range(24, 29)]


@pytest.mark.parametrize(
    ("name", "size", "labels", "message"),
    [
        ("film.avi", SIZE, ("a", "b"), "name it film.mp4"),
        ("film.mp4", (101, 100), ("a", "b"), "must be even"),
        ("film.mp4", SIZE, ("a",), "as many labels"),
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


def test_a_missing_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_av(name: str, *rest: object) -> object:
        if name == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(VisavisError, match=r"needs av; install it with: pip install 'visavis\[view\]'"):
        write_film(tmp_path / "film.mp4", [still()], [], size=(96, 96))
