"""Grad-CAM by hand, with sums and means of lists; and by the page's own method."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from cnnviz.explain.attribution import registry as attribution
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Exercise
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import bare, few, made

EXERCISES = made(registry.kind("grad_cam"), few(250), bare(0))


def given(exercise: Exercise, role: str) -> list[list[list[float]]]:
    return [shown.array.tolist() for shown in exercise.shown if shown.role == role]


def mean(grid: list[list[float]]) -> float:
    flat = [value for row in grid for value in row]
    return sum(flat) / len(flat)


def weights(exercise: Exercise) -> list[float]:
    if exercise.level == 2:
        return [float(read_number(word)) for word in exercise.question.values["weights"].split(", ")]
    return [mean(grid) for grid in given(exercise, "gradient")]


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        gradients, w = given(exercise, "gradient"), weights(exercise)
        if exercise.level == 1:
            flat = [value for row in gradients[0] for value in row]
            right = w[0]
            by_hand = {
                "sum": sum(flat),
                "positive": sum(value for value in flat if value > 0) / 4,
                "absolute": sum(map(abs, flat)) / 4,
                "largest": max(flat),
                "relu_weight": right if right > 0 else 0,
                "opposite": -right,
            }
        else:
            row, col = (exercise.question.values[name] for name in ("row", "col"))
            maps = given(exercise, "map")
            x = [grid[row][col] for grid in maps]
            products = [a * b for a, b in zip(w, x, strict=True)]
            right = max(sum(products), 0)
            r, c = (col, row) if row != col else (1 - row, 1 - col)
            by_hand = {
                "no_relu": sum(products),
                "relu_each": sum(value for value in products if value > 0),
                "absolute_sum": abs(sum(products)),
                "no_weights": sum(x),
                "mean_of_maps": right / 2,
                "one_map": max(products[0], 0),
                "other_cell": max(sum(a * grid[r][c] for a, grid in zip(w, maps, strict=True)), 0),
            }
            if exercise.level == 3:
                own = [grid[row][col] for grid in gradients]
                by_hand["own_gradient"] = max(sum(a * b for a, b in zip(own, x, strict=True)), 0)
                by_hand["sums"] = 4 * right
        assert exercise.answer.values == pytest.approx((right,))
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.grad_cam_wrong_")
            assert mistake.values == pytest.approx((by_hand[name],))
            seen.add((exercise.level, name))
    assert len(seen) == 6 + 7 + 9


def test_the_page_computes_the_same() -> None:
    for exercise in EXERCISES[500::10]:
        maps, gradients = (
            np.moveaxis(np.array(given(exercise, role)), 0, -1) for role in ("map", "gradient")
        )
        found = SimpleNamespace(activations={"conv": maps}, outputs={"conv": gradients})
        method = attribution.get("grad_cam")
        heat_map = method.from_gradients(cast("object", None), found, "conv")  # type: ignore[attr-defined]
        row, col = (exercise.question.values[name] for name in ("row", "col"))
        assert heat_map.values[row, col] == pytest.approx(exercise.answer.values[0])
