"""Figures, by the values in them."""

from __future__ import annotations

import numpy as np

from cnnviz import average_pool, max_pool, relu
from cnnviz.figures.histogram import value_histogram
from cnnviz.figures.pooling_order import both_orders, order_heatmaps

X = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)


def test_the_histogram_counts_every_value_once_and_splits_at_zero() -> None:
    figure = value_histogram(X, below="below", above="above", axis_value="value", axis_count="cells")
    below, above = figure.data
    assert sum(below.y) == (X < 0).sum()
    assert sum(above.y) == (X >= 0).sum()
    assert all(x < 0 for x, y in zip(below.x, below.y, strict=True) if y)
    assert all(x > 0 for x, y in zip(above.x, above.y, strict=True) if y)


def test_a_map_of_one_value_has_a_histogram_too() -> None:
    figure = value_histogram(np.zeros((4, 4)), below="b", above="a", axis_value="v", axis_count="c")
    assert sum(figure.data[1].y) == 16


def test_both_orders_agree_for_max_and_not_for_average() -> None:
    equal = both_orders(X, max_pool, 2, stride=2, padding="valid")
    different = both_orders(X, average_pool, 2, stride=2, padding="valid")
    assert (equal.differing, equal.largest) == (0, 0.0)
    np.testing.assert_array_equal(different.relu_first, average_pool(relu(X[..., None]))[..., 0])
    np.testing.assert_array_equal(different.pool_first, relu(average_pool(X[..., None]))[..., 0])
    assert different.differing > 0
    assert abs(different.difference[different.where]) == different.largest > 0


def test_the_heat_maps_hold_the_orders() -> None:
    orders = both_orders(X, average_pool, 2, stride=2, padding="valid")
    figure = order_heatmaps({"average": orders}, relu_first="a", pool_first="b", difference="c")
    for trace, values in zip(
        figure.data, (orders.relu_first, orders.pool_first, orders.difference), strict=True
    ):
        np.testing.assert_array_equal(trace.z, values)
    assert figure.layout.coloraxis.cmin == -figure.layout.coloraxis.cmax  # zero is neutral
