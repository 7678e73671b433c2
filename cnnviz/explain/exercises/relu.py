"""Exercise: ReLU of a few numbers."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.explain import step
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Numbers,
    Shown,
    Subject,
    maps_before,
    rounded,
    text,
)
from cnnviz.text.numbers import number

SHAPES = ((2, 2), (2, 3), (2, 3))
"""Rows and columns of the part of a map, by level."""


class ReluLeaves(Kind):
    """ReLU of a few numbers.

    Level 1: four of a map. Level 2: six. Level 3: a bias is added first.
    """

    name = "relu"
    pages = ("relu",)
    needs = ("graph", "activations_of")

    def suits(self, subject: Subject) -> bool:
        """Return whether the network has maps before a ReLU."""
        return super().suits(subject) and bool(maps_before(subject, "relu"))

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        layer, before, map = subject.pick_map("relu", generator)
        x = subject.activations()[before][..., map]
        rows, cols = SHAPES[level - 1]
        if x.shape[0] < rows or x.shape[1] < cols:
            return None
        row, col = (
            int(generator.integers(n - size + 1)) for n, size in zip(x.shape, (rows, cols), strict=True)
        )
        decimals = step.decimals(float(np.abs(x).max()))
        given = rounded(x[row : row + rows, col : col + cols], decimals)
        unit = 10.0**-decimals
        bias = 0.0
        if level == 3:
            ordered, k = np.sort(given, axis=None), int(generator.integers(given.size - 1))
            bias = -float(rounded((ordered[k] + ordered[k + 1]) / 2, decimals))  # some fall below 0, some not
        total = rounded(given + bias, decimals)
        if min(np.abs(given).min(), np.abs(total).min()) < 2 * unit or len(np.unique(given)) < given.size:
            return None  # zeros and equal numbers teach nothing
        if not (total > 0).any() or not (total < 0).any():
            return None
        if level == 3 and ((given > 0) == (total > 0)).all():
            return None  # the bias has to change the result
        found = {
            "kept": np.minimum(total, 0),
            "absolute": np.abs(total),
            "nothing": total,
            "ones": (total > 0).astype(float),
            "negated": ops.relu(-total),
        }
        if level == 3:
            found = {"no_bias": ops.relu(given), "bias_after": ops.relu(given) + bias} | found
        return Draft(
            question=text(
                f"exercise.relu_{'bias' if level == 3 else 'plain'}",
                layer=subject.called(before),
                map=map,
                bias=number(bias, decimals),
            ),
            answer=Numbers(
                tuple(map_float(ops.relu(total))),
                allowed=unit / 2,
                labels=tuple(text("exercise.cell", row=r, col=c) for r in range(rows) for c in range(cols)),
            ),
            mistakes=tuple(
                Mistake(tuple(map_float(values)), text(f"exercise.relu_wrong_{reason}"))
                for reason, values in found.items()
            ),
            explanation=text(
                f"exercise.relu_explanation{'_bias' if level == 3 else ''}",
                numbers=", ".join(number(value, decimals) for value in total.ravel()),
                left=", ".join(number(value, decimals) for value in ops.relu(total).ravel()),
            ),
            shown=(Shown("before", given, decimals=decimals),),
            destination=Destination("relu", {"relu_layer": layer, "map": str(map), "cell": f"{row},{col}"}),
        )


def map_float(values: np.ndarray) -> list[float]:
    """Return the numbers of an array, row by row."""
    return [float(value) for value in values.ravel()]
