from __future__ import annotations

import json
from pathlib import Path

import torch

from tests.training.test_phonetic import write_clip
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.data.folder import list_clips
from visavis.data.gestures import GESTURES, gesture_labels, gesturing


def test_labels_say_which_gestures_are_under_way(tmp_path: Path) -> None:
    write_clip(tmp_path, "a", 0)
    clip = list_clips(tmp_path)[0]
    assert clip.events is not None
    told = [("nod", 1, 10, 5), ("smile", 1, 12, 200), ("nod", 2, 50, 5), ("utterance", 1, 0, 90)]
    clip.events.write_text(
        json.dumps([{"kind": k, "person": p, "onset": o, "duration": d} for k, p, o, d in told]), encoding="utf-8"
    )
    labels = gesture_labels(clip, 120)[0]
    nod, smile = (list(GESTURES).index(kind) for kind in ("nod", "smile"))
    assert labels[:, nod].nonzero()[0].tolist() == list(range(10, 15))
    assert labels[:, smile].nonzero()[0].tolist() == list(range(12, 120))
    assert labels.sum() == 5 + 108
    clip.events.unlink()
    assert not gesture_labels(list_clips(tmp_path)[0], 120).any()


def test_gestures_move_their_own_channels() -> None:
    labels = torch.zeros(1, 3, len(GESTURES), dtype=torch.int64)
    labels[0, 1, list(GESTURES).index("nod")] = 1
    labels[0, 2, list(GESTURES).index("smile")] = 1
    moving = gesturing(labels, ARKIT61)[0]
    assert not moving[0].any()
    assert moving[1].nonzero()[:, 0].tolist() == sorted(ARKIT61.indices("pose").tolist())
    assert moving[2].nonzero()[:, 0].tolist() == sorted(ARKIT61.indices("smiling").tolist())
    assert gesturing(labels, FLAME56)[0, 1].sum() == 3, "a space without smiles still nods"
    assert not gesturing(labels, FLAME56)[0, 2].any()
