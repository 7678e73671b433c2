"""The line of accuracy over distance, by the values in it."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.figures.shift_accuracy import accuracy_over_shifts, rings

SMALL = [[0.1, 0.2, 0.3], [0.4, 0.9, 0.5], [0.6, 0.7, 0.8]]


def test_rings_are_the_shifts_of_one_distance() -> None:
    around = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    np.testing.assert_allclose(rings(SMALL), [(0.9, 0.9, 0.9), (np.mean(around), 0.1, 0.8)])


def test_every_shift_is_in_one_ring() -> None:
    table = np.random.default_rng(0).random((13, 13))
    table[6, 6], table[0, 5], table[9, 7] = 2.0, 3.0, -1.0  # in place; 6 up and 1 left; 3 down and 1 right
    summary = rings(table)
    assert summary.shape == (7, 3)
    assert summary[0].tolist() == [2, 2, 2]
    assert summary[6, 2] == 3
    assert summary[3, 1] == -1
    sizes = [1, 8, 16, 24, 32, 40, 48]
    assert (summary[:, 0] * sizes).sum() == pytest.approx(table.sum())


def test_the_figure_holds_the_rings_in_percent() -> None:
    figure = accuracy_over_shifts(
        {"plain": SMALL, "CNN": np.array(SMALL) / 2},
        classes=4,
        axis_x="x",
        axis_y="y",
        mean="mean",
        worst="worst",
        best="best",
    )
    plain, cnn = figure.data
    assert (plain.name, cnn.name) == ("plain", "CNN")
    assert plain.line.dash != cnn.line.dash  # told apart without colour
    assert plain.marker.symbol != cnn.marker.symbol
    np.testing.assert_allclose(plain.y, [90, 45])
    np.testing.assert_allclose(cnn.y, [45, 22.5])
    np.testing.assert_allclose(np.array(plain.y) + plain.error_y.array, [90, 80])
    np.testing.assert_allclose(np.array(plain.y) - plain.error_y.arrayminus, [90, 10])
    assert plain.customdata == (["90.0%"] * 3, ["45.0%", "10.0%", "80.0%"])
    assert plain.hovertemplate.startswith(
        "mean %{customdata[0]}<br>worst %{customdata[1]}<br>best %{customdata[2]}"
    )
