from __future__ import annotations

from collections import Counter

import numpy as np

from visavis.view.people.loops import COLUMNS, skin_net

NET = skin_net()


def edge_counts(faces: np.ndarray) -> Counter[tuple[int, int]]:
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return Counter(map(tuple, edges.tolist()))


def test_the_skin_is_closed_but_for_the_neck_and_the_openings_of_the_eyes() -> None:
    edges = edge_counts(NET.faces())
    assert max(edges.values()) == 1, "an edge is used twice in one direction"
    open_edges = [edge for edge in edges if edge[::-1] not in edges]
    assert len(open_edges) == COLUMNS + 2 * NET.left_eye.shape[1]
    rim = {*NET.grid[0].tolist(), *NET.left_eye[-1].tolist(), *NET.right_eye[-1].tolist()}
    assert {vertex for edge in open_edges for vertex in edge} == rim


def test_every_vertex_is_used_and_the_surface_has_the_right_number_of_holes() -> None:
    faces = NET.faces()
    assert np.unique(faces).tolist() == list(range(NET.size))
    edges = {tuple(sorted(edge)) for edge in edge_counts(faces)}
    assert NET.size - len(edges) + len(faces) == 2 - 3


def test_mirroring_twice_changes_nothing_and_keeps_the_quads() -> None:
    assert (NET.mirror[NET.mirror] == np.arange(NET.size)).all()
    quads = {frozenset(quad) for quad in NET.quads.tolist()}
    assert {frozenset(quad) for quad in NET.mirror[NET.quads].tolist()} == quads


def test_neighbours_go_both_ways() -> None:
    pairs = {tuple(pair) for pair in NET.neighbours().tolist()}
    assert {pair[::-1] for pair in pairs} == pairs
