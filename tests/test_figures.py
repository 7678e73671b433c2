"""Figures, by the values in them."""

from __future__ import annotations

import numpy as np

from cnnviz import average_pool, max_pool, relu
from cnnviz.figures.class_balance import class_balance
from cnnviz.figures.histogram import value_histogram
from cnnviz.figures.pooling_order import both_orders, order_heatmaps
from cnnviz.figures.vectors import class_vectors

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


def test_the_balance_is_in_shares_so_that_sets_of_any_size_compare() -> None:
    names = list("abcdefghij")
    small, large = np.array([2, 2, 0, 2, 0, 2, 4, 2, 4, 2]), np.full(10, 5000)
    figure = class_balance({"small": small, "large": large}, names, axis_share="share", even="even")
    bars, even = figure.data
    np.testing.assert_allclose(bars.x, small * 5.0)
    assert list(bars.y) == names
    assert list(bars.text)[6] == "4"
    assert set(even.x) == {10.0}
    assert set(even.text) == {"5,000"}
    assert figure.layout.shapes[0].x0 == 10


def test_class_vectors_are_columns_of_ten_cells() -> None:
    answer = np.linspace(0, 0.2, 10)
    figure = class_vectors({"label": np.eye(10)[3], "network": answer}, list("abcdefghij"))
    (heat,) = figure.data
    np.testing.assert_array_equal(np.array(heat.z)[:, 0], np.eye(10)[3])
    np.testing.assert_array_equal(np.array(heat.z)[:, 1], answer)
    assert heat.text[3][0] == "1"
    assert heat.text[9][1] == "0.20"
    assert (heat.zmin, heat.zmax) == (0, 1)
