from __future__ import annotations

from visavis.core import protocols, steps


def test_a_chunk_is_found_beside_the_protocols() -> None:
    assert protocols.Chunk is steps.Chunk
