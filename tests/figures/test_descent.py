"""Figures of gradient descent, by their values."""

from __future__ import annotations

import numpy as np

from cnnviz.colours import css_colour, signed_scale
from cnnviz.figures.descent import loss_curve, output_gradient
from cnnviz.figures.signed_maps import signed_maps


def test_bars_are_p_and_p_minus_y() -> None:
    figure = output_gradient(np.array([0.25, 0.75]), 0, ["cat", "dog"], titles=("p", "p - y"))
    p, gradient = figure.data
    np.testing.assert_allclose(p.x, [0.25, 0.75])
    np.testing.assert_allclose(gradient.x, [-0.75, 0.75])
    assert list(gradient.text) == ["−0.750", "0.750"]
    ends = signed_scale()
    assert list(gradient.marker.color) == [css_colour(ends.bar_negative), css_colour(ends.bar_positive)]
    assert list(p.y) == ["<b>cat</b>", "dog"]


def test_the_step_that_is_not_taken_is_hollow() -> None:
    (line,) = loss_curve([3.0, 2.0, 1.5], 1, axis_x="steps", axis_y="loss").data
    assert (list(line.x), list(line.y)) == ([0, 1, 2], [3.0, 2.0, 1.5])
    assert list(line.marker.symbol) == ["circle", "circle", "circle-open"]
    assert list(line.text) == ["3.00", "2.00", "1.50"]


def test_maps_share_one_scale_and_zero_is_neutral() -> None:
    maps = np.zeros((2, 2, 2))
    maps[0, 0] = [4.0, -1.0]
    pictures = signed_maps(maps, 4)
    assert pictures.shape == (2, 4, 4, 3)
    ends = signed_scale()
    assert tuple(pictures[0, 1, 1]) == ends.positive
    assert tuple(pictures[0, 3, 3]) == ends.zero
    assert tuple(pictures[1, 0, 0]) not in (ends.negative, ends.zero)
    np.testing.assert_array_equal(signed_maps(np.zeros((2, 2, 1)), 2)[0, 0, 0], ends.zero)
