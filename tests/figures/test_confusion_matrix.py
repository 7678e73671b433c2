"""The confusion matrix, by the values in it."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.figures.class_balance import class_balance
from cnnviz.figures.confusion_matrix import draw, shares
from tests.figures.test_cell_text import numbers

NAMES = list("abcdefghij")


def counted() -> np.ndarray:
    """Return a matrix whose counts tell rows from columns; the test has no class 2."""
    counts = np.zeros((10, 10), int)
    counts[0, :3] = 6, 3, 1
    counts[1, :2] = 1, 19
    counts[3:, 3:] += np.diag([5] * 7)
    return counts


def test_shares_are_of_the_true_class() -> None:
    part = shares(counted())
    np.testing.assert_allclose(part[0, :3], [0.6, 0.3, 0.1])
    np.testing.assert_allclose(part.sum(axis=1), [1, 1, 0, *[1] * 7])


@pytest.mark.parametrize("dark", [False, True])
def test_rows_are_true_classes(dark: bool) -> None:
    figure = draw(counted().tolist(), NAMES, axis_true="true", axis_predicted="guess", dark=dark)
    heat, *_ = figure.data
    written = numbers(figure)
    assert written[0][1] == "3"
    assert written[1][0] == "1"
    assert written[4][5] == ""  # no count is no number
    assert tuple(heat.customdata[0][1]) == ("a", "b", "10", "30.0%")
    assert heat.hovertemplate.startswith("true: %{customdata[0]}<br>guess: %{customdata[1]}<br>")


def test_signs_of_hits_and_mistakes() -> None:
    heat, *_ = draw(counted(), NAMES, axis_true="", axis_predicted="").data
    z = np.array(heat.z)
    np.testing.assert_allclose(z[0, :3], [0.6, -1, -1 / 3])
    assert (np.diag(z)[[1, 3, 9]] > 0).all()
    assert z[2].tolist() == [0] * 10
    assert (heat.zmin, heat.zmax) == (-1, 1)  # zero is neutral


def test_a_rare_mistake_is_pale() -> None:
    counts = np.diag([1000] * 10)
    counts[0, 1] = 1
    heat, *_ = draw(counts, NAMES, axis_true="", axis_predicted="").data
    assert np.array(heat.z)[0, 1] == pytest.approx(-(1 / 1001) / 0.05)


def test_no_test_images() -> None:
    heat, *_ = draw(np.zeros((10, 10), int), NAMES, axis_true="", axis_predicted="").data
    assert not np.any(heat.z)


def test_digits_are_names_of_classes_and_no_numbers() -> None:
    """Plotly takes names such as "0" for numbers and would leave out every second one."""
    figure = draw(np.eye(10, dtype=int), [str(k) for k in range(10)], axis_true="true", axis_predicted="said")
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"
    bars = class_balance({"all": np.ones(3)}, ["7", "8", "9"], axis_share="share", even="even")
    assert bars.layout.yaxis.type == "category"
