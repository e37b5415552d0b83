"""The pair model: boosted trees as plain numbers, evaluated in a few lines, that say what spoke for and against.

`pairs.json` is written by `tools/fit_dedup.py`. A tree is a list of nodes, the root first:
`[feature, threshold, left, right, value]`; a leaf has feature -1. `value` is the mean output
below a node, so the step from a node to its child is what the feature asked there contributed
(Saabas' attribution). Outputs are log odds.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

#: Pairs that go down the trees together: with more, the nodes where they are have no room in a core's own memory.
_TOGETHER = 128


@dataclass(frozen=True, slots=True)
class Judge:
    """Trees in flat arrays: node → feature, threshold, children, value. Leaves lead to themselves."""

    features: tuple[str, ...]
    feature: Integers
    threshold: Floats
    children: Integers
    value: Floats
    roots: Integers
    depth: int
    bias: float

    def probabilities(self, rows: Sequence[Sequence[float]] | Floats) -> list[float]:
        """Return for each pair's features how likely the two are one text, 0.0-1.0."""
        table = np.asarray(rows, dtype=np.float64)
        outputs = [self._output(table[first : first + _TOGETHER]) for first in range(0, len(table), _TOGETHER)]
        return [1.0 / (1.0 + math.exp(-output)) for some in outputs for output in some.tolist()]

    def _output(self, table: Floats) -> Floats:
        """The log odds of pairs."""
        values, first = table.ravel(), (np.arange(len(table)) * table.shape[1])[:, None]
        node = np.broadcast_to(self.roots, (len(table), len(self.roots)))
        for _ in range(self.depth):  # `take` costs half of what indexing with brackets does
            right = values.take(self.feature.take(node) + first) > self.threshold.take(node)
            node = self.children.take(node * 2 + right)
        output: Floats = self.value.take(node).sum(axis=1) + self.bias
        return output

    def reasons(self, row: Sequence[float]) -> dict[str, float]:
        """Return what each feature added to the log odds, the weightiest first (in sum the output less a constant)."""
        values = np.asarray(row, dtype=np.float64)
        added = np.zeros(len(self.features))
        node = self.roots
        for _ in range(self.depth):
            asked = self.feature[node]
            child = self.children[node * 2 + (values[asked] > self.threshold[node])]
            np.add.at(added, asked, self.value[child] - self.value[node])  # a leaf leads to itself and adds nothing
            node = child
        told = dict(zip(self.features, added.tolist(), strict=True))
        return dict(sorted(told.items(), key=lambda item: -abs(item[1])))


def read_judge(model: Mapping[str, Any]) -> Judge:
    """Build a judge from the model's JSON form."""
    nodes: list[list[float]] = []
    children: list[int] = []
    roots: list[int] = []
    for tree in model["trees"]:
        first = len(nodes)
        roots.append(first)
        for number, (feature, threshold, left, right, value) in enumerate(tree):
            leaf = feature < 0
            nodes.append([0 if leaf else feature, math.inf if leaf else threshold, value])
            children += [first + number] * 2 if leaf else [first + left, first + right]
    table = np.array(nodes, dtype=np.float64)
    return Judge(
        tuple(model["features"]),
        table[:, 0].astype(np.intp),
        table[:, 1].copy(),
        np.array(children, dtype=np.intp),
        table[:, 2].copy(),
        np.array(roots, dtype=np.intp),
        max(map(_depth, model["trees"])),
        float(model["bias"]),
    )


@cache
def shipped_judge() -> Judge:
    """The judge that comes with the package."""
    return read_judge(json.loads((files("watcher.dedup") / "pairs.json").read_text("utf-8")))


def _depth(tree: Sequence[Sequence[float]]) -> int:
    depths = [0] * len(tree)
    for number, (feature, _, left, right, _) in enumerate(tree):
        if feature >= 0:
            depths[int(left)] = depths[int(right)] = depths[number] + 1
    return max(depths)
