"""Grad-CAM by hand: the weight of a map, and a cell of the heat map."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Number,
    Shown,
    Subject,
    bracketed,
    short,
    short_bracketed,
    text,
)

SIDE = 2
"""Rows and columns of the maps."""
MAPS = 2
LARGEST = 6


class GradCamByHand(Kind):
    """Grad-CAM of small maps and gradients.

    Level 1: the weight of a map. Level 2: a cell, from the weights. Level 3: a cell, from the gradients.
    """

    name = "grad_cam"
    pages = ("reasons",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        gradients = generator.integers(-LARGEST, LARGEST + 1, (MAPS, SIDE, SIDE)).astype(float)
        maps = generator.integers(0, LARGEST + 1, (MAPS, SIDE, SIDE)).astype(float)
        if level == 3:  # halves: quarters times maps are too much by head
            gradients[:, 0, 0] += gradients.sum(axis=(1, 2)) % 2
        weights = gradients.mean(axis=(1, 2))
        if level == 1:
            return _weight(gradients[0])
        if level == 2:
            weights = generator.integers(-LARGEST, LARGEST + 1, MAPS) / 2
        return _cell(gradients if level == 3 else None, maps, weights, generator)


def _weight(gradient: np.ndarray) -> Draft | None:
    """Draw the weight of a map: the mean of the gradient over it."""
    value = float(gradient.mean())
    if not value or (gradient > 0).all() or (gradient < 0).all() or not gradient.all():
        return None
    found = {
        "sum": gradient.sum(),
        "positive": ops.relu(gradient).mean(),
        "absolute": np.abs(gradient).mean(),
        "largest": gradient.max(),
        "relu_weight": max(value, 0.0),
        "opposite": -value,
    }
    return Draft(
        question=text("exercise.grad_cam_weight"),
        answer=Number(value, allowed=0.005),
        mistakes=_mistakes(found),
        explanation=text(
            "exercise.grad_cam_explanation_weight",
            sum=" + ".join(bracketed(each) for each in gradient.ravel()),
            count=gradient.size,
            value=short(value),
        ),
        shown=(Shown("gradient", gradient, decimals=0),),
        destination=_DESTINATION,
    )


def _cell(
    gradients: np.ndarray | None, maps: np.ndarray, weights: np.ndarray, generator: np.random.Generator
) -> Draft | None:
    """Draw a cell of the heat map, whose weights are given if the gradients are not."""
    row, col = (int(generator.integers(SIDE)) for _ in range(2))
    x = maps[:, row, col]
    total = float(weights @ x)
    if not weights.all() or not x.all() or not total or len(set(weights.tolist())) < MAPS:
        return None
    if total < 0 and generator.integers(4):
        return None  # most answers are not 0
    value = max(total, 0.0)
    other = (col, row) if row != col else (1 - row, 1 - col)
    found = {
        "no_relu": total,
        "relu_each": float(ops.relu(weights * x).sum()),
        "absolute_sum": abs(total),
        "no_weights": x.sum(),
        "mean_of_maps": value / MAPS,
        "one_map": max(float(weights[0] * x[0]), 0.0),
        "other_cell": max(float(weights @ maps[:, other[0], other[1]]), 0.0),
    }
    if gradients is not None:
        found["own_gradient"] = max(float(gradients[:, row, col] @ x), 0.0)
        found["sums"] = value * SIDE**2
    worked = " + ".join(f"{short_bracketed(w)}·{short(v)}" for w, v in zip(weights, x, strict=True))
    shown = []
    for k in range(MAPS):
        if gradients is not None:
            shown.append(
                Shown("gradient", gradients[k], label=text("exercise.grad_cam_gradient", map=k), decimals=0)
            )
        label = text("exercise.grad_cam_map", map=k)
        shown.append(Shown("map", maps[k], label=label, decimals=0))
    return Draft(
        question=text(
            f"exercise.grad_cam_cell{'' if gradients is None else '_gradients'}",
            row=row,
            col=col,
            weights=", ".join(short(w) for w in weights),
        ),
        answer=Number(value, allowed=0.005),
        mistakes=_mistakes(found),
        explanation=text(
            f"exercise.grad_cam_explanation_cell{'' if gradients is None else '_gradients'}",
            weights=", ".join(short(w) for w in weights),
            sum=worked,
            total=short(total),
            value=short(value),
        ),
        shown=tuple(shown),
        destination=_DESTINATION,
    )


_DESTINATION = Destination("reasons", {"reasons_view": "map", "reasons_method": "grad_cam"})


def _mistakes(found: dict[str, float]) -> tuple[Mistake, ...]:
    return tuple(
        Mistake((float(value),), text(f"exercise.grad_cam_wrong_{reason}")) for reason, value in found.items()
    )
