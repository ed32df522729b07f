from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.view.player.reading import read_page
from tests.view.small_heads import lively, small_head
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.view.player.page import ASSETS, write_player
from visavis.view.player.performer import Performer

SOURCES = Path(__file__).parents[3] / "player" / "src"
NASTY = "</script><b>&\"'${title}"


def voice(samples: int = 16000) -> np.ndarray:
    return (0.3 * np.sin(np.arange(samples) / 9)).astype(np.float32)


def written(folder: Path, *people: Performer, title: str = "Talk", fps: float | None = None) -> str:
    write_player(folder / "talk.html", people, title=title, fps=fps)
    return (folder / "talk.html").read_text(encoding="utf-8")


def test_page_holds_motion_sound_and_names(tmp_path: Path) -> None:
    motion, mesh = lively(30, 30.0), small_head()
    _, packed = read_page(
        written(tmp_path, Performer(Person(voice(), motion), "Ada", mesh), Performer(Person(), "", mesh))
    )
    header = packed.header
    assert (header["fps"], header["frames"]) == (30, 30)
    ada, other = header["people"]
    assert (ada["label"], other["acting"], other["voice"]) == ("Ada", None, None)
    weights = packed.array(ada["acting"]["weights"])
    np.testing.assert_allclose(weights[0], motion["JawOpen"][:, 0], atol=1e-5)
    sound, _ = soundfile.read(io.BytesIO(packed.array(header["sound"]).tobytes()))
    np.testing.assert_allclose(sound[:, 0], 0.90 * voice(), atol=1e-4)
    assert packed.array(ada["voice"]["speaking"]).shape == (25,)


def test_a_page_without_voices_has_no_sound_and_one_without_motion_no_curves(tmp_path: Path) -> None:
    assert (
        read_page(written(tmp_path, Performer(Person(motion=lively()), mesh=small_head())))[1].header["sound"] is None
    )
    assert read_page(written(tmp_path, Performer(Person(voice()), mesh=small_head())))[1].header["curves"] == []


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    text = written(tmp_path, Performer(Person(voice(), lively()), "Ada", small_head()))
    page, _ = read_page(text)
    assert set(re.findall(r"https?://[\w./-]+", text)) <= {"http://www.w3.org/1999/xhtml"}
    assert [name for name, _ in page.elements if name in ("link", "iframe", "img", "object", "base")] == []
    assert [
        attributes for _, attributes in page.elements if {"src", "href", "style", "onclick"} & set(attributes)
    ] == []
    policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    hashes = [
        base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()
        for t in (page.said("script")[1], page.said("style")[0])
    ]
    assert (
        policy
        == f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; media-src blob:"
    )


def test_titles_and_labels_are_text(tmp_path: Path) -> None:
    page, packed = read_page(written(tmp_path, Performer(Person(motion=lively()), NASTY, small_head()), title=NASTY))
    assert page.said("title") == page.said("h1") == [NASTY]
    assert packed.header["people"][0]["label"] == NASTY
    names = [name for name, _ in page.elements]
    assert names.count("script") == 2
    assert "b" not in names


def test_the_same_input_gives_the_same_page(tmp_path: Path) -> None:
    person = Performer(Person(voice(), lively()), "Ada", small_head())
    assert written(tmp_path, person) == written(tmp_path, person)


def test_other_endings_and_places_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    person = Performer(Person(motion=lively()), mesh=small_head())
    with pytest.raises(VisavisError, match=r"name it talk\.html"):
        write_player(tmp_path / "talk.mp4", [person])
    with pytest.raises(VisavisError, match="2 heads need as many looks, 0"):
        write_player(tmp_path / "talk.html", [person, person], looks=())
    (tmp_path / "file").touch()
    with pytest.raises(VisavisError, match="cannot write"):
        write_player(tmp_path / "file" / "talk.html", [person])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_bundle_is_that_of_the_sources_and_names_its_licences() -> None:
    bundle = (ASSETS / "player.js").read_text(encoding="utf-8")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()))).hexdigest()
    assert digest in bundle[:200], "player/src has changed: run npm ci && npm run build in player/"
    assert "three.js authors" in bundle[:600]
    assert "The MIT License" in bundle[:600]
    assert "</script" not in bundle
    assert len(bundle) < 1_000_000


def test_states_are_there_at_the_rate_of_the_page_if_they_are_told(tmp_path: Path) -> None:
    told = replace(lively(30, 25.0), state=np.array(["waiting"] * 10 + ["speaking"] * 20))
    people = Performer(Person(motion=lively(60, 50.0)), "Ada", small_head()), Performer(Person(motion=told), "Ben")
    ada, ben = read_page(written(tmp_path, *people))[1].header["people"]
    assert "state" not in ada
    assert ben["state"]["names"] == ["speaking", "waiting"]
    assert ben["state"]["values"]["shape"] == [60]
