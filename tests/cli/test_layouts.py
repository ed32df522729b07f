from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.chat_stand_in import StandIn, standing_in
from visavis.cli.layouts import asked_layout
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.models.talking_together.layout import layout_from_words

TEXT = "arguing across a table"
ANSWER = json.dumps(Layout.face_to_face(2.5).to_dict())


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with standing_in(StandIn(ANSWER)) as one:
        yield one


def environment(stand_in: StandIn) -> dict[str, str]:
    return {"VISAVIS_CHAT_URL": stand_in.url, "VISAVIS_CHAT_MODEL": "small"}


def test_words_are_read_here_and_it_is_said_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked_layout(f"{TEXT} on mars", {}) == layout_from_words(TEXT)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "visavis: layout: argument, at a table: 0.92 m apart, heads at 1.20 and 1.20 m; not understood: mars\n"
    )


def test_a_file_is_read(tmp_path: Path) -> None:
    layout = Layout.face_to_face(2.0, 1.6)
    (tmp_path / "room.JSON").write_text(json.dumps(layout.to_dict()))
    assert asked_layout(str(tmp_path / "room.JSON"), {}).translations.tolist() == layout.translations.tolist()
    with pytest.raises(VisavisError, match=r"cannot read nowhere\.json"):
        asked_layout("nowhere.json", {})


def test_an_endpoint_is_asked_where_one_is_configured(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    layout = asked_layout("as far apart as a model thinks", environment(stand_in))
    assert layout.translations.tolist() == Layout.face_to_face(2.5).translations.tolist()
    (asked,) = stand_in.asked
    assert (asked["temperature"], asked["max_tokens"]) == (0.2, 128)
    assert asked["messages"][-1]["content"] == "as far apart as a model thinks"
    assert capsys.readouterr().err == "visavis: layout: as small says: 2.50 m apart, heads at 1.20 and 1.20 m\n"


WRONG = {
    "nonsense": ({"content": "between the stars"}, "the answer 'between the stars' is not JSON"),
    "wrong JSON": ({"content": '{"first": 1}'}, "a layout lacks 'second'"),
    "inside each other": ({"content": json.dumps(Layout.default().to_dict()).replace("0.6", "0.05")}, "0.10 m apart"),
    "no chat": ({"body": b"<html>"}, "answers in another form than chat completions"),
    "refused": ({"status": 500}, "answers 500"),
}


@pytest.mark.parametrize(("given", "reason"), WRONG.values(), ids=WRONG.keys())
def test_where_the_endpoint_fails_words_are_read_here_and_that_is_said(
    given: dict[str, object], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with standing_in(StandIn(**given)) as stand_in:  # type: ignore[arg-type]
        assert asked_layout(TEXT, environment(stand_in)) == layout_from_words(TEXT)
    warning, told = capsys.readouterr().err.splitlines()
    assert warning.startswith("visavis: warning: ")
    assert reason in warning
    assert warning.endswith("; the layout is read here instead")
    assert told.startswith("visavis: layout: argument, at a table")


def test_one_that_never_answers_costs_its_time_and_no_more(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("visavis.cli.layouts.TIMEOUT_S", 0.2)
    stand_in.wait_s = 20
    assert asked_layout(TEXT, environment(stand_in)) == layout_from_words(TEXT)
    assert "did not answer within 0.2 s; the layout is read here instead" in capsys.readouterr().err


def test_half_an_endpoint_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked_layout(TEXT, {"VISAVIS_CHAT_URL": "http://127.0.0.1/v1"}) == layout_from_words(TEXT)
    assert "VISAVIS_CHAT_MODEL is not; set it" in capsys.readouterr().err
