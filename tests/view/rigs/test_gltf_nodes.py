from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.rigs.gltf_nodes import node_tree, placements

HALF = float(np.sqrt(0.5))
FAMILY: list[dict[str, Any]] = [
    {"translation": [1, 0, 0]},
    {"rotation": [0, 0, HALF, HALF], "scale": [2, 2, 2], "children": [3, 0]},
    {"matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1]},
    {"children": [4], "translation": [0, 1, 0]},
    {},
]


def chain(count: int) -> list[dict[str, Any]]:
    return [{"translation": [0, 0, 1], "children": [node + 1]} for node in range(count - 1)] + [{}]


def test_ancestors_go_up_and_the_order_goes_down() -> None:
    tree = node_tree(FAMILY)
    assert tree.ancestors(4) == [4, 3, 1]
    assert tree.ancestors(2) == [2]
    assert sorted(tree.order) == [0, 1, 2, 3, 4]
    assert all(tree.order.index(parent) < tree.order.index(child) for child, parent in tree.parents.items())
    with pytest.raises(VisavisError, match="refers to number 5 of its 5 nodes"):
        tree.ancestors(5)


def test_what_is_above_is_inherited() -> None:
    tree = node_tree(FAMILY)
    assert tree.roots.tolist() == [1, 1, 2, 1, 1]
    assert tree.inherited({1: 7, 3: 8}, -1).tolist() == [7, 7, -1, 8, 8]


def test_nodes_stand_where_all_above_them_put_them() -> None:
    placed = placements(FAMILY, node_tree(FAMILY))
    np.testing.assert_allclose(placed[0, :3, 3], [0, 2, 0], atol=1e-12)
    np.testing.assert_allclose(placed[4, :3, 3], [-2, 0, 0], atol=1e-12)
    np.testing.assert_allclose(placed[2, :3, 3], [5, 6, 7])
    assert placements([], node_tree([])).shape == (1, 4, 4)


def test_long_chains_take_as_long_as_their_length() -> None:
    nodes = chain(20_000)
    began = time.process_time()
    tree = node_tree(nodes)
    placed = placements(nodes, tree)
    assert len(tree.ancestors(19_999)) == 20_000
    assert set(tree.roots.tolist()) == {0}
    assert time.process_time() - began < 5
    assert placed[-1, 2, 3] == 19_999


@pytest.mark.parametrize("ring", [1, 2, 5000])
def test_circles_are_refused(ring: int) -> None:
    nodes = [*chain(ring), {}]
    nodes[ring - 1] = {"children": [0]}
    with pytest.raises(VisavisError, match=f"{ring} of its {ring + 1} nodes hang in a circle"):
        node_tree(nodes)


@pytest.mark.parametrize("child", [-1, 2, 2**40, "1", None, 0.5])
def test_children_must_be_there(child: Any) -> None:
    with pytest.raises(VisavisError, match=r"of its 2 nodes|a position in its nodes is"):
        node_tree([{"children": [child]}, {}])
