from __future__ import annotations

import numpy as np
import pytest

from tests.view.player.reading import unpacked
from visavis.view.player.pack import Pack


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4"])
def test_whole_numbers_come_back(kind: str) -> None:
    bounds = np.iinfo(np.dtype(kind))
    given = np.array([[bounds.min, 3, 1], [7, bounds.max, 0]])
    pack = Pack()
    pack.add(np.ones(3), "u1")
    entry, running = pack.add(given, kind), pack.add_running(np.maximum(given, 0), kind)
    read = unpacked(pack.text({}))
    np.testing.assert_array_equal(read.array(entry), given)
    np.testing.assert_array_equal(read.array(running), np.maximum(given, 0))


@pytest.mark.parametrize("given", [np.linspace(-0.3, 0.1, 1000), np.full((2, 3), 0.7), np.zeros((3, 0))])
def test_numbers_come_back_to_half_a_step(given: np.ndarray) -> None:
    pack = Pack()
    entry = pack.add_scaled(given)
    step = np.ptp(given) / 65535 if given.size else 0.0
    np.testing.assert_allclose(unpacked(pack.text({})).array(entry), given, rtol=0, atol=0.501 * step)


def test_header_and_bytes_stand_apart_and_the_text_is_the_same_each_time() -> None:
    texts = []
    for _ in range(2):
        pack = Pack()
        entry = pack.add_bytes(b"fLaC!")
        texts.append(pack.text({"label": "Zoë </script>", "sound": entry}))
    read = unpacked(texts[0])
    assert read.header["label"] == "Zoë </script>"
    assert read.array(read.header["sound"]).tobytes() == b"fLaC!"
    assert texts[0] == texts[1]
    assert "<" not in texts[0]
