"""Figures of trained networks side by side, and of one network's epochs, by the values in them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cnnviz import tokens
from cnnviz.figures.history_curves import history_curves
from cnnviz.figures.networks import (
    LINE_HEIGHT,
    MARKER_RADIUS,
    PLOT_WIDTH,
    SYMBOLS,
    Point,
    accuracy_against,
    accuracy_by_class,
    hardest_first,
    label_sides,
    spread_apart,
    text_width,
)

POINTS = (
    Point("a", "Network A", 4_210_090, 0.681, "4,210,090 parameters"),
    Point("b", "Network B", 1_379_274, 0.775, "1,379,274 parameters"),
    Point("c", "Plain", 1_707_274, 0.5392, "1,707,274 parameters"),
)
CLASSES = [f"class {k}" for k in range(10)]


def against(points: tuple[Point, ...] = POINTS, *, logarithmic: bool = True, dark: bool = False):  # type: ignore[no-untyped-def]
    return accuracy_against(points, picked="b", axis_x="x", axis_y="y", logarithmic=logarithmic, dark=dark)


@pytest.mark.parametrize("dark", [False, True])
def test_picked_network_is_emphasised(dark: bool) -> None:
    (points,) = against(dark=dark).data
    np.testing.assert_allclose(points.x, [4_210_090, 1_379_274, 1_707_274])
    np.testing.assert_allclose(points.y, [68.1, 77.5, 53.92])
    assert [name for name, _ in points.customdata] == ["a", "b", "c"]
    assert points.text == ("Network A", "<b>Network B</b>", "Plain")
    assert [colour == tokens.colour("accent", dark) for colour in points.marker.color] == [False, True, False]
    assert max(points.marker.size) == points.marker.size[1]
    assert len(set(points.marker.symbol)) == 3  # told apart without colour


@pytest.mark.parametrize("logarithmic", [False, True])
def test_all_points_lie_inside_the_axes(logarithmic: bool) -> None:
    figure = against(logarithmic=logarithmic)
    low, high = figure.layout.xaxis.range
    xs = np.log10(figure.data[0].x) if logarithmic else np.array(figure.data[0].x)
    assert low < xs.min()
    assert xs.max() < high
    bottom, top = figure.layout.yaxis.range
    assert bottom < 53.92
    assert top > 100
    assert logarithmic == (figure.layout.xaxis.type == "log")
    if logarithmic:  # there are ticks to read it by
        assert sum(low <= np.log10(tick) <= high for tick in figure.layout.xaxis.tickvals) >= 2
    else:
        assert low == 0


def test_single_network_and_zero_x() -> None:
    alone = (Point("a", "A", 0, 0.02, "0 s"),)
    for logarithmic in (False, True):
        figure = against(alone, logarithmic=logarithmic)
        low, high = figure.layout.xaxis.range
        assert low < high
        assert figure.layout.yaxis.range[0] == 0


def test_symbols_repeat() -> None:
    many = tuple(Point(str(k), str(k), 10.0**k, k / 20, "") for k in range(12))
    assert against(many).data[0].marker.symbol[len(SYMBOLS)] == SYMBOLS[0]


def boxes(where: list[tuple[float, float]], titles: list[str]) -> list[tuple[float, float, float, float]]:
    """Return where the titles come to lie: left, bottom, right, top."""
    found = []
    for (x, y), title, side in zip(where, titles, label_sides(where, titles), strict=True):
        vertical, horizontal = side.split()
        wide = text_width(title)
        beside = MARKER_RADIUS if vertical == "middle" else 0
        left = {"right": x + beside, "left": x - beside - wide, "center": x - wide / 2}[horizontal]
        low = {
            "top": y + MARKER_RADIUS,
            "bottom": y - MARKER_RADIUS - LINE_HEIGHT,
            "middle": y - LINE_HEIGHT / 2,
        }[vertical]
        found.append((left, low, left + wide, low + LINE_HEIGHT))
    return found


@pytest.mark.parametrize("seed", range(30))
def test_titles_of_five_networks_do_not_overlap(seed: int) -> None:
    random = np.random.default_rng(seed)
    xs, ys = random.uniform(15, PLOT_WIDTH - 15, 5), np.linspace(20, 260, 5) + random.uniform(-20, 20, 5)
    where = list(zip(xs.tolist(), random.permutation(ys).tolist(), strict=True))
    titles = ["Keras model", "TensorFlow model", "일반 신경망", "AlexNet", "VGG"]
    placed = boxes(where, titles)
    for k, (left, low, right, high) in enumerate(placed):
        assert left >= 0
        assert right <= PLOT_WIDTH
        for other in placed[:k]:
            assert not (left < other[2] and other[0] < right and low < other[3] and other[1] < high)
        for n, (x, y) in enumerate(where):
            assert n == k or not (left < x < right and low < y < high)


def test_coinciding_points_have_titles() -> None:
    assert len(label_sides([(100.0, 100.0)] * 12, ["title"] * 12)) == 12


def test_classes_are_sorted_by_mean_accuracy() -> None:
    a, b = np.linspace(0.9, 0.45, 10), np.linspace(0.6, 0.24, 10)
    figure = accuracy_by_class(
        {"a": ("Network A", a), "b": ("Network B", b)}, CLASSES, picked="b", axis_y="y"
    )
    first, second = figure.data
    assert list(first.x) == CLASSES[::-1]
    np.testing.assert_allclose(first.y, 100 * a[::-1])
    np.testing.assert_allclose(second.y, 100 * b[::-1])
    assert set(second.customdata) == {"b"}
    assert (first.marker.symbol, first.line.dash) != (second.marker.symbol, second.line.dash)
    assert second.line.color == tokens.colour("accent") != first.line.color
    assert second.line.width > first.line.width
    ends = figure.layout.annotations
    assert [end.text for end in ends] == ["Network<br>A", "<b>Network<br>B</b>"]
    assert [end.y for end in ends] == pytest.approx([90, 60])
    assert figure.layout.yaxis.range[0] == 20


def test_class_without_images_is_last() -> None:
    shares = np.linspace(0.5, 0.95, 10)
    shares[0] = np.nan
    assert hardest_first([shares, shares]) == [*range(1, 10), 0]
    figure = accuracy_by_class({"a": ("A", shares)}, CLASSES, picked="b", axis_y="y")
    assert np.isnan(figure.data[0].y[-1])
    assert figure.layout.annotations[0].y == pytest.approx(95)  # where its line ends
    nothing = accuracy_by_class({"a": ("A", np.full(10, np.nan))}, CLASSES, picked="a", axis_y="y")
    assert len(nothing.data) == 1


@pytest.mark.parametrize("seed", range(20))
def test_spread_keeps_order_and_distance(seed: int) -> None:
    heights = np.random.default_rng(seed).uniform(0, 30, 7)
    moved = np.array(spread_apart(heights.tolist(), 5.0, -50, 80))
    order = np.argsort(heights)
    assert all(b - a >= 5 - 1e-9 for a, b in pairwise(moved[order]))
    assert moved.mean() == pytest.approx(heights.mean())
    inside = np.array(spread_apart(heights.tolist(), 5.0, 0, 30))  # just room enough
    assert all(b - a >= 5 - 1e-9 for a, b in pairwise(inside[order]))
    np.testing.assert_allclose(inside[order], np.arange(0, 31, 5))


def test_spread_keeps_heights_with_room() -> None:
    assert spread_apart([10.0, 0.0, 20.0], 5.0, 0, 20) == [10.0, 0.0, 20.0]
    assert spread_apart([], 5.0, 0, 20) == []


def test_titles_of_five_good_networks_stay_inside_the_chart() -> None:  # outside, Plotly hides them
    shares = {str(k): (f"Network {k}", np.full(10, 0.97 - 0.01 * k)) for k in range(5)}
    figure = accuracy_by_class(shares, CLASSES, picked="0", axis_y="y")
    low, high = figure.layout.yaxis.range
    heights = [end.y for end in figure.layout.annotations]
    assert all(low <= y <= high for y in heights)
    assert heights == sorted(heights, reverse=True)


def curves(train: list[float], test: list[float], **more: object):  # type: ignore[no-untyped-def]
    arguments = {
        "measured": (98.4, 68.1),
        "train_name": "training",
        "test_name": "test",
        "gap": "gap: 30.3",
        "axis_x": "epoch",
        "axis_y": "accuracy",
        "percent": True,
    }
    return history_curves(train, test, **(arguments | more))  # type: ignore[arg-type]


def test_history_curves() -> None:
    figure = curves([44.6, 61.0, 97.5], [56.6, 62.5, 68.1])
    train, test, measured = figure.data
    assert list(train.x) == list(test.x) == [1, 2, 3]
    assert list(train.y) == [44.6, 61.0, 97.5]
    assert list(test.y) == [56.6, 62.5, 68.1]
    assert test.fill == "tonexty"
    assert train.line.dash != test.line.dash
    assert list(measured.x) == [3, 3]
    assert list(measured.y) == [98.4, 68.1]
    labels = {label.text: label.y for label in figure.layout.annotations}
    assert labels["<b>training</b>"] == 98.4
    assert labels["<b>test</b>"] == 68.1
    assert labels["gap: 30.3"] == pytest.approx((98.4 + 68.1) / 2)
    assert figure.layout.yaxis.range[0] == 40


def test_validation_is_a_line_of_its_own() -> None:
    plain = curves([44.6, 61.0, 97.5], [56.6, 62.5, 68.1])
    figure = curves(
        [44.6, 61.0, 97.5], [56.6, 62.5, 68.1], validation=("validation", [20.0, 61.0, 66.0], 66.5)
    )
    assert len(plain.data) == 3
    train, test, measured, kept = figure.data
    assert list(kept.y) == [20.0, 61.0, 66.0]
    assert len({each.line.dash for each in (train, test, kept)}) == 3
    assert len({each.line.color for each in (train, test, kept)}) == 3
    assert list(measured.y) == [98.4, 68.1, 66.5]
    assert list(measured.customdata) == ["training", "test", "validation"]
    assert test.fill == "tonexty"  # to training, still
    heights = {label.text: label.y for label in figure.layout.annotations}
    assert abs(heights["<b>validation</b>"] - heights["<b>test</b>"]) > 3  # apart, though the values are not
    assert figure.layout.yaxis.range[0] == 20


def test_labels_of_a_small_gap_are_spread() -> None:
    figure = curves([50.0, 60.0], [50.0, 60.0], measured=(60.0, 60.0))
    heights = sorted(label.y for label in figure.layout.annotations)
    assert heights[0] < heights[1] < heights[2]


def test_marked_epoch() -> None:
    loss = curves(
        [1.5, 0.8, 0.1], [1.2, 0.9, 1.3], measured=(0.1, 1.3), gap="", percent=False, mark=(2, "lowest")
    )
    (line,) = loss.layout.shapes
    assert (line.x0, line.x1) == (2, 2)
    assert loss.layout.annotations[-1].text == "lowest"
    assert loss.layout.annotations[-1].x == 2
    assert loss.layout.yaxis.range[0] == 0
    assert loss.layout.yaxis.range[1] > 1.5
    assert not curves([1.0], [1.0]).layout.shapes


@pytest.mark.parametrize(
    ("curve", "epoch", "at"),
    [([20.0, 90.0, 95.0, 96.0], 2, "bottom"), ([90.0, 40.0, 31.0, 30.0], 2, "top")],
)
def test_the_words_at_a_marked_epoch_are_where_the_curves_are_not(
    curve: list[float], epoch: int, at: str
) -> None:
    words = curves(curve, curve, mark=(epoch, "opens")).layout.annotations[-1]
    assert (words.yanchor, words.y) == (at, 1 if at == "top" else 0)


@pytest.mark.parametrize("epochs", [1, 2, 10, 40, 300, 5000])
def test_number_of_ticks_is_limited(epochs: int) -> None:
    figure = curves([50.0] * epochs, [40.0] * epochs)
    ticks = figure.layout.xaxis.tickvals
    assert 1 <= len(ticks) <= 11
    low, high = figure.layout.xaxis.range
    assert low < high
    assert low <= ticks[0]
    assert ticks[-1] <= high
