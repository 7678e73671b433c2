"""The next output cell, recomputed by plain loops over whole numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from cnnviz import conv2d
from cnnviz.arithmetic.kernels import parse_grid
from cnnviz.arithmetic.window import Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Exercise, Subject
from cnnviz.layers.conv import Conv
from cnnviz.networks import network
from cnnviz.networks.builder import random_weights
from cnnviz.networks.graph import Graph
from tests.explain.exercises.subjects import bare, few, made, shipped

KIND = registry.kind("next_cell")
ON_GRIDS = made(KIND, few(300), *(bare(seed) for seed in range(40)))


def numbers(exercise: Exercise) -> tuple[list[list[int]], list[list[int]], int, int, int, int, int]:
    """Return grid, kernel, stride, padding, dilation, row and column, from what a student reads."""
    grid, kernel, output = (shown.array for shown in exercise.shown)
    values = exercise.question.values
    stride, padding, dilation = (int(values.get(key, 1)) for key in ("stride", "padding", "dilation"))
    assert exercise.shown[2].question == (values["row"], values["col"])
    assert np.isnan(output[values["row"], values["col"]])
    return (
        grid.astype(int).tolist(),
        kernel.astype(int).tolist(),
        stride,
        padding,
        dilation,
        values["row"],
        values["col"],
    )


def loops(grid, kernel, stride, padding, dilation, row, col):  # type: ignore[no-untyped-def]
    total = 0
    for u in range(3):
        for v in range(3):
            r, c = row * stride - padding + u * dilation, col * stride - padding + v * dilation
            if 0 <= r < len(grid) and 0 <= c < len(grid[0]):
                total += grid[r][c] * kernel[u][v]
    return total


def test_the_answer_and_the_cells_before_it() -> None:
    for exercise in ON_GRIDS:
        grid, kernel, stride, padding, dilation, row, col = numbers(exercise)
        assert exercise.answer.values == (loops(grid, kernel, stride, padding, dilation, row, col),)
        output = exercise.shown[2].array
        for r, c in np.ndindex(output.shape):
            if (r, c) < (row, col):
                assert output[r, c] == loops(grid, kernel, stride, padding, dilation, r, c)
            else:
                assert np.isnan(output[r, c])
        if exercise.level == 1:
            assert (stride, padding, dilation) == (1, 0, 1)
            assert exercise.shown[0].marked == (row, col, 3, 3)


def test_each_diagnosis_is_the_mistake_it_names() -> None:
    seen = set()
    for exercise in ON_GRIDS:
        grid, kernel, stride, padding, dilation, row, col = numbers(exercise)
        turned = [line[::-1] for line in kernel[::-1]]
        positive = [[abs(weight) for weight in line] for line in kernel]
        way = {
            "flipped": loops(grid, turned, stride, padding, dilation, row, col),
            "signs": loops(grid, positive, stride, padding, dilation, row, col),
            "mean": Fraction(loops(grid, kernel, stride, padding, dilation, row, col), 9),
            "no_padding": loops(grid, kernel, stride, 0, dilation, row, col),
            "no_stride": loops(grid, kernel, 1, padding, dilation, row, col),
            "no_dilation": loops(grid, kernel, stride, padding, 1, row, col),
            "next_column": loops(grid, kernel, stride, padding, dilation, row, col + 1),
            "next_row": loops(grid, kernel, stride, padding, dilation, row + 1, col),
            "swapped": loops(grid, kernel, stride, padding, dilation, col, row),
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.next_cell_wrong_")
            assert mistake.values[0] == pytest.approx(float(way[name]))
            seen.add(name)
    assert seen == set(way)


def test_a_trained_filter_is_that_of_the_network() -> None:
    for index in range(4):
        for name in ("keras_lecture", "tensorflow_lecture"):
            subject = shipped(index, name)
            weights = network.read_weights(name)[0]
            for seed in range(25):
                exercise = KIND.make(subject, seed, 3)
                values = exercise.question.values
                x = np.pad(subject.image / 255, ((1, 1), (1, 1), (0, 0)))
                row, col, f = values["row"], values["col"], values["filter"]
                kernel, bias = weights["conv1.kernel"][..., f], weights.get("conv1.bias", np.zeros(99))[f]
                sums = (x[row : row + 3, col : col + 3] * kernel).sum(axis=(0, 1))
                # the number of the page, from all decimals, is right, and so is the sum of those shown
                assert exercise.check(sums.sum() + bias).correct
                decimals = exercise.shown[-1].decimals
                shown = [round(float(s), decimals) for s in sums]
                np.testing.assert_allclose(exercise.shown[-1].array[0], shown, atol=1e-9)
                b = round(float(bias), decimals)
                assert [each.role for each in exercise.shown] == (["bias", "sums"] if bias else ["sums"])
                assert not bias or abs(exercise.shown[0].array.item() - b) < 1e-9
                assert exercise.check(sum(shown) + b).correct
                way = {
                    "bias": sum(shown),
                    "bias_sign": sum(shown) - b,
                    "one_channel": shown[0] + b,
                    "channel_mean": sum(shown) / 3 + b,
                    "channel_signs": sum(map(abs, shown)) + b,
                    "relu": 0.0,
                }
                for mistake in exercise.mistakes:
                    assert mistake.values[0] == pytest.approx(
                        way[mistake.reason.key.removeprefix("exercise.next_cell_wrong_")]
                    )


def test_the_page_computes_the_same_number_from_the_link() -> None:
    for exercise in ON_GRIDS[::13]:
        assert exercise.destination is not None
        link = exercise.destination.link
        grid = parse_grid(link["numbers"], smallest=2, largest=12)  # as the page reads them
        kernel = parse_grid(link["weights"], smallest=1, largest=7, square=True)
        padding = (int(link["pad_rows"]), int(link["pad_cols"])) if link["padding"] == "custom" else "valid"
        output = conv2d(
            grid[..., np.newaxis],
            kernel[..., np.newaxis, np.newaxis],
            stride=(int(link["stride_rows"]), int(link["stride_cols"])),
            padding=padding,
            dilation=int(link["dilation"]),
        )
        row, col = map(int, link["cell"].split(","))
        assert output[row, col, 0] == exercise.answer.values[0]


@pytest.mark.parametrize(
    "window", [Window(3, 2, "valid"), Window(3, (2, 1), 2), Window(3, 1, 2, 2), Window(5, 2, "same")]
)
def test_the_page_shows_a_trained_filter_as_the_network_slides_it(window: Window) -> None:
    subject = with_first_layer(Conv("conv1", window, 4))
    made = KIND.make(subject, 3, 3)
    assert made.destination is not None
    link = made.destination.link
    padding: Any = link["padding"]
    if padding == "custom":
        padding = (int(link["pad_rows"]), int(link["pad_cols"]))
    stride = (int(link["stride_rows"]), int(link["stride_cols"]))
    shown = Window(window.size, stride, padding, int(link["dilation"]))
    assert shown == window or (shown.stride, shown.dilation) == (window.stride, window.dilation)
    row, col = map(int, link["cell"].split(","))
    x, kernel = subject.data_set.preprocess(subject.image), subject.weights["conv1.kernel"]  # type: ignore[index]
    how = {"stride": shown.stride, "padding": shown.padding, "dilation": shown.dilation}
    assert made.check(conv2d(x, kernel, **how)[row, col, int(link["map"])]).correct


def test_a_filter_that_the_page_cannot_slide_has_no_place_there() -> None:
    made = KIND.make(with_first_layer(Conv("conv1", Window(3, 2, ((0, 1), (0, 1))), 4)), 3, 3)
    assert made.destination is None


def with_first_layer(layer: Conv) -> Subject:
    graph, images = Graph(CIFAR10.shape, [layer]), CIFAR10.samples().images
    return Subject(images[0], CIFAR10, graph=graph, weights=random_weights(graph, 1))
