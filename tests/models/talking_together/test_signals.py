from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from tests.rooms import PLACES, roomed, turns, write_room_clip
from visavis.core.builtin_spaces import ARKIT61, COLOCATED_ARKIT
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.windows import WindowSet
from visavis.models.talking_together.signals import places_of, signals_of, uncertain


def test_masks_are_when_voices_sound_and_places_where_heads_are_first(tmp_path: Path) -> None:
    write_room_clip(tmp_path, "talk", 0, frames=150)
    found = signals_of(list_clips(tmp_path)[0], 150, COLOCATED_ARKIT)
    assert np.abs(found.masks - turns(150)).mean() < 0.1
    np.testing.assert_allclose(found.places[[0, -1]], np.tile(PLACES.reshape(1, 6), (2, 1)), atol=0.03)
    np.testing.assert_array_equal(found.seen_by(2).masks, found.masks[:, ::-1])
    np.testing.assert_array_equal(found.seen_by(2).places[0], found.places[0][[3, 4, 5, 0, 1, 2]])
    assert found.seen_by(1) is found


def test_windows_hold_the_signals_of_their_agent_first(tmp_path: Path) -> None:
    write_room_clip(tmp_path, "talk", 0, frames=150)
    clips = list_clips(tmp_path)
    told = WindowSet(clips, 50, COLOCATED_ARKIT, signals=lambda clip, frames: signals_of(clip, frames, COLOCATED_ARKIT))
    batch = told.load(range(len(told)))
    assert batch.masks is not None
    assert batch.places is not None
    assert batch.masks.shape == (len(told), 50, 2)
    first = batch.agent_motion[:, 0][:, COLOCATED_ARKIT.indices("translation")]
    torch.testing.assert_close(batch.places[:, 0, :3], first, atol=0.06, rtol=0)
    loud = batch.agent_speech.unflatten(1, (50, 640)).abs().mean(-1) > 0.05
    assert (batch.masks[..., 0].bool() == loud).float().mean() > 0.85
    assert WindowSet(clips, 50, COLOCATED_ARKIT).load([0]).masks is None


def test_usual_places_stand_where_one_is_not_known() -> None:
    both = [roomed(5, person, 0) for person in (0, 1)]
    np.testing.assert_allclose(places_of([*both]), PLACES, atol=0.03)
    usual = Layout.default().translations
    lips = replace(both[1], known=frozenset({"JawOpen"}))
    still = Motion(np.zeros((5, 61)), ARKIT61)
    for motions in ([both[0], None], [both[0], lips], [still, still]):
        np.testing.assert_array_equal(places_of([*motions]), usual)


def test_uncertain_masks_stay_masks_and_nearly_say_the_same() -> None:
    masks = torch.from_numpy(np.tile(turns(100).astype(np.float32), (40, 1, 1)))
    soft = uncertain(masks, 0.1, 0.0, torch.Generator().manual_seed(0))
    assert soft.shape == masks.shape
    assert 0 <= soft.min() <= soft.max() <= 1
    inner = [frame for frame in range(100) if 8 <= frame % 25 < 17]
    assert (soft[:, inner] - masks[:, inner]).abs().max() <= 0.1 + 1e-5
    assert len(soft[0].unique()) > 10
    exact = uncertain(masks, 0.0, 0.0, torch.Generator().manual_seed(0))
    assert any(torch.equal(one, other) for one, other in zip(exact, masks, strict=True))
    unknown = uncertain(masks, 0.1, 0.5, torch.Generator().manual_seed(1))
    assert 0.2 < (unknown == 0.5).all((1, 2)).float().mean() < 0.8
