"""The winner of a max pooling."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.explain import step
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Number,
    Shown,
    Subject,
    maps_before,
    rounded,
    text,
)
from cnnviz.text.numbers import number

LEVELS = ((2, 2, 2), (2, 2, 4), (3, 2, 7))
"""(size, stride, side of the part of the map), by level."""


class PoolingWinner(Kind):
    """The output of max pooling.

    Level 1: one window. Level 2: a cell of four. Level 3: windows that overlap.
    """

    name = "pooling_winner"
    pages = ("pooling",)
    needs = ("graph", "activations_of")

    def suits(self, subject: Subject) -> bool:
        """Return whether the network pools maps."""
        return super().suits(subject) and bool(maps_before(subject, "pooling"))

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        layer, before, map = subject.pick_map("pooling", generator)
        whole = subject.activations()[before][..., map]
        size, stride, side = LEVELS[level - 1]
        starts = [(n - side) // stride + 1 for n in whole.shape]
        if min(starts) < 1:
            return None
        top, left = (int(generator.integers(n)) for n in starts)
        decimals = step.decimals(float(np.abs(whole).max()))
        row, col = top * stride, left * stride
        x = rounded(whole[row : row + side, col : col + side], decimals)[..., np.newaxis]
        pooled = ops.max_pool(x, size, stride=stride)[..., 0]
        i, j = (int(generator.integers(n)) for n in pooled.shape)
        made = ops.pool_step(x, i, j, 0, size=size, stride=stride)
        unit, ordered = 10.0**-decimals, np.sort(made.patch, axis=None)
        if ordered[-1] - ordered[-2] < 1.5 * unit or len(np.unique(made.patch)) < 3:
            return None  # a tie, or a window of zeros
        average = ops.pool_step(x, i, j, 0, operation="average", size=size, stride=stride)
        found = {
            "average": average.value,
            "smallest": -ops.pool_step(-x, i, j, 0, size=size, stride=stride).value,
            "first": made.patch[0, 0],
            "sum": made.patch.sum(),
            "no_stride": ops.max_pool(x, size, stride=1)[i, j, 0],
            "whole": x.max(),
            "swapped": pooled[j, i],
        }
        if stride != size and (apart := ops.max_pool(x, size)).shape[0] > i and apart.shape[1] > j:
            found["apart"] = apart[i, j, 0]
        before_it = np.arange(pooled.size).reshape(pooled.shape) < i * pooled.shape[1] + j
        known = np.where(before_it, pooled, np.nan)
        return Draft(
            question=text(
                f"exercise.pooling_winner_{('one', 'cell', 'cell')[level - 1]}",
                size=size,
                stride=stride,
                row=i,
                col=j,
                layer=subject.called(before),
                map=map,
            ),
            answer=Number(made.value, unit / 2),
            mistakes=tuple(
                Mistake((float(value),), text(f"exercise.pooling_winner_wrong_{reason}"))
                for reason, value in found.items()
            ),
            explanation=text(
                "exercise.pooling_winner_explanation",
                numbers=", ".join(number(value, decimals) for value in made.patch.ravel()),
                value=number(made.value, decimals),
            ),
            shown=(
                Shown("input", x[..., 0], decimals=decimals),
                *(() if level == 1 else (Shown("output", known, decimals=decimals, question=(i, j)),)),
            ),
            destination=Destination(
                "pooling",
                {
                    "pooling_layer": layer,
                    "map": str(map),
                    "pool_size": str(size),
                    "pool_stride": str(stride),
                    "pool_padding": "valid",
                    "cell": f"{top + i},{left + j}",
                },
            ),
        )
