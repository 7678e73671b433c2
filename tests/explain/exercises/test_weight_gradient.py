"""The gradient at one weight, with loops, and by moving the weight a little."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.arithmetic import ops
from cnnviz.explain.exercises import registry
from tests.explain.exercises.subjects import bare, few, made, shipped

EXERCISES = made(registry.kind("weight_gradient"), few(250), shipped(0), *map(bare, range(9)))


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        x, upstream = (shown.array for shown in exercise.shown)
        size, stride, a, b = (exercise.question.values[name] for name in ("size", "stride", "row", "col"))
        positions = [(i, j) for i in range(3) for j in range(3)]

        def at(row: int, col: int, step: int = stride, g: np.ndarray = upstream, x: np.ndarray = x) -> float:
            return float(sum(x[i * step + row, j * step + col] * g[i, j] for i in range(3) for j in range(3)))

        products = {(i, j): x[i * stride + a, j * stride + b] * upstream[i, j] for i, j in positions}
        assert exercise.answer.values == (at(a, b),)
        by_hand = {
            "flipped": at(a, b, g=upstream[::-1, ::-1]),
            "opposite": -at(a, b),
            "signs": sum(map(abs, products.values())),
            "mean": at(a, b) / 9,
            "gradients": upstream.sum(),
            "one_position": products[max(positions, key=lambda position: abs(upstream[position]))],
            "first": at(0, 0),
            "swapped": at(b, a),
            "no_stride": at(a, b, 1),
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.weight_gradient_wrong_")
            assert mistake.values == pytest.approx((by_hand[name],))
            seen.add(name)
        assert x.shape == (2 * stride + size,) * 2
    assert seen == by_hand.keys()


def test_it_is_how_the_loss_changes_with_the_weight() -> None:
    for exercise in EXERCISES[::25]:
        x, upstream = (shown.array for shown in exercise.shown)
        size, stride, a, b = (exercise.question.values[name] for name in ("size", "stride", "row", "col"))
        moved = np.zeros((size, size, 1, 1))
        moved[a, b] = 1  # the loss is linear here: a step of 1 is as good as a small one
        change = ops.conv2d(x[..., np.newaxis], moved, stride=stride)[..., 0]
        assert exercise.answer.values[0] == pytest.approx((change * upstream).sum())


def test_the_page_computes_it_as_a_convolution() -> None:
    for exercise in EXERCISES[::10]:
        assert exercise.destination is not None
        link = exercise.destination.link
        grid, kernel = (
            np.array([[float(value) for value in row.split()] for row in link[name].split(";")])
            for name in ("numbers", "weights")
        )
        output = ops.conv2d(
            grid[..., np.newaxis], kernel[..., np.newaxis, np.newaxis], dilation=int(link["dilation"])
        )
        row, col = map(int, link["cell"].split(","))
        assert output[row, col, 0] == pytest.approx(exercise.answer.values[0])
        assert link["padding"] == "valid"
