from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import visavis
from tests.rooms import write_room_clip
from tests.small_systems import make
from visavis.core.errors import VisavisError
from visavis.data.folder import list_clips
from visavis.models.talking_together.rollout import TogetherDrawing
from visavis.system.folder import save_system
from visavis.training.fixations import as_rare, fit_aims, main


def test_looks_are_as_often_at_the_partner_as_peoples() -> None:
    random = np.random.default_rng(0)
    at = random.random(20_000) < 0.6
    people = np.where(at, np.abs(random.normal(0, 0.05, len(at))), random.uniform(0.3, 0.5, len(at)))
    drawn = np.abs(random.normal(0, 0.15, len(at)))
    aims = as_rare(drawn, people)
    moved = aims.as_people(torch.from_numpy(np.stack([np.zeros_like(drawn), drawn], axis=1)).float())[:, 1].numpy()
    for degrees in (2, 6, 10, 14):
        share = np.mean(moved < np.deg2rad(degrees))
        assert share == pytest.approx(np.mean(people < np.deg2rad(degrees)), abs=0.02)
    assert np.mean(drawn < np.deg2rad(10)) > 0.7, "before, more often"
    np.testing.assert_allclose(moved[drawn > 0.45], drawn[drawn > 0.45], rtol=1e-6)


def test_where_all_look_aside_alike_aims_still_rise() -> None:
    for drawn, people in (
        (np.full(9, 2.0), np.full(9, 0.01)),
        (np.zeros(9), np.full(9, 2.0)),
        (np.zeros(9), np.zeros(9)),
    ):
        aims = as_rare(drawn, people)
        assert aims.drawn[-1] == aims.people[-1]


def test_a_run_is_fitted_and_nothing_else_of_it_is_changed(tmp_path: Path) -> None:
    write_room_clip(tmp_path / "data" / "train", "a", 0)
    system = make("together extended")
    run, out = tmp_path / "run", tmp_path / "fitted"
    run.mkdir()
    save_system(system, run)
    assert main([str(run), "--data", str(tmp_path / "data"), "--out", str(out), "--rest", "0.2"]) == 0
    before, fitted = visavis.load_trainable(str(run)), visavis.load_trainable(str(out))
    drawing = fitted.config.drawing
    assert isinstance(drawing, TogetherDrawing)
    assert isinstance(before.config.drawing, TogetherDrawing)
    assert drawing.rest == 0.2
    assert len(drawing.aims.people) > 5
    assert replace(fitted.config, drawing=before.config.drawing) == before.config
    weights = fitted.model.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in before.model.state_dict().items())


def test_other_models_and_clips_of_one_person_are_refused(tmp_path: Path) -> None:
    write_room_clip(tmp_path, "a", 0)
    clips = list_clips(tmp_path)
    with pytest.raises(VisavisError, match="shipped does not move two people in one room"):
        fit_aims(make("timar shipped"), clips)
    (tmp_path / "a_speaker2.npz").unlink()
    with pytest.raises(VisavisError, match="none of 1 clips has two people who are heard and seen whole"):
        fit_aims(make("together extended"), list_clips(tmp_path))
