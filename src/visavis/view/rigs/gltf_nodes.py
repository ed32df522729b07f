"""How the nodes of a glTF file hang together, and where they stand at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.errors import VisavisError
from visavis.view.rigs.gltf_numbers import position
from visavis.view.rigs.rig import matrices

_MOVING = frozenset({"matrix", "rotation", "scale", "translation"})


@dataclass(frozen=True, eq=False)
class NodeTree:
    """The node above each node that has one, and all nodes in an `order` in which each comes after the one above it."""

    parents: Mapping[int, int]
    order: tuple[int, ...]

    def ancestors(self, node: int) -> list[int]:
        """A node, the node above it, and so on."""
        line = [position(node, len(self.order), "nodes")]
        while line[-1] in self.parents:
            line.append(self.parents[line[-1]])
        return line

    def inherited(self, own: Mapping[int, int], default: int) -> np.ndarray:
        """What every node has (nodes,): its `own` number, else that of the nearest node above it that has one."""
        found = np.full(len(self.order), default, np.int64)
        for node in self.order:
            if node in own:
                found[node] = own[node]
            elif node in self.parents:
                found[node] = found[self.parents[node]]
        return found

    @property
    def roots(self) -> np.ndarray:
        """The topmost node above every node (nodes,)."""
        return self.inherited({node: node for node in self.order if node not in self.parents}, -1)


def node_tree(nodes: Sequence[Mapping[str, Any]]) -> NodeTree:
    """The tree of a document's nodes. Raises `VisavisError` where nodes hang in a circle or carry what is not there."""
    count = len(nodes)
    parents = {
        position(child, count, "nodes"): parent
        for parent, node in enumerate(nodes)
        for child in node.get("children", ())
    }
    below: list[list[int]] = [[] for _ in nodes]
    for child, parent in parents.items():
        below[parent].append(child)
    order = [node for node in range(count) if node not in parents]
    for node in order:
        order += below[node]
    if len(order) < count:
        raise VisavisError(f"{count - len(order)} of its {count} nodes hang in a circle; export or copy it again")
    return NodeTree(parents, tuple(order))


def placements(nodes: Sequence[Mapping[str, Any]], tree: NodeTree) -> np.ndarray:
    """Where every node stands at rest: matrices (nodes, 4, 4) into the scene."""
    whole = np.tile(np.eye(4), (max(len(nodes), 1), 1, 1))
    for number, node in enumerate(nodes):
        if not _MOVING.isdisjoint(node):
            whole[number] = _local(node)
    for child in tree.order:
        if child in tree.parents:
            whole[child] = whole[tree.parents[child]] @ whole[child]
    return whole


def _local(node: Mapping[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.asarray(node["matrix"], np.float64).reshape(4, 4).T
    placed = np.eye(4)
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    placed[:3, :3] = matrices(np.array([w, x, y, z])) * np.asarray(node.get("scale", (1, 1, 1)), np.float64)
    placed[:3, 3] = node.get("translation", (0, 0, 0))
    return placed
