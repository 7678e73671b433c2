"""Figures, by the values in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from cnnviz import average_pool, max_pool, relu, tokens
from cnnviz.figures import architecture, layer_shares
from cnnviz.figures.class_balance import class_balance
from cnnviz.figures.histogram import value_histogram
from cnnviz.figures.pooling_order import both_orders, order_heatmaps
from cnnviz.figures.vectors import class_vectors
from cnnviz.networks import builder, famous
from cnnviz.networks.graph import LayerInfo
from cnnviz.networks.skips import skips
from tests.figures.test_cell_text import numbers

X = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)


def test_the_histogram_counts_every_value_once_and_splits_at_zero() -> None:
    figure = value_histogram(X, below="below", above="above", axis_value="value", axis_count="cells")
    below, above = figure.data
    assert sum(below.y) == (X < 0).sum()
    assert sum(above.y) == (X >= 0).sum()
    assert all(x < 0 for x, y in zip(below.x, below.y, strict=True) if y)
    assert all(x > 0 for x, y in zip(above.x, above.y, strict=True) if y)


def test_histogram_of_a_constant_map() -> None:
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


def test_order_heatmaps() -> None:
    orders = both_orders(X, average_pool, 2, stride=2, padding="valid")
    figure = order_heatmaps({"average": orders}, relu_first="a", pool_first="b", difference="c")
    for trace, values in zip(
        figure.data, (orders.relu_first, orders.pool_first, orders.difference), strict=True
    ):
        np.testing.assert_array_equal(trace.z, values)
    assert figure.layout.coloraxis.cmin == -figure.layout.coloraxis.cmax  # zero is neutral


def test_class_balance_is_in_shares() -> None:
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


def test_class_vectors() -> None:
    answer = np.linspace(0, 0.2, 10)
    figure = class_vectors({"label": np.eye(10)[3], "network": answer}, list("abcdefghij"), range(10))
    heat, *_ = figure.data
    np.testing.assert_array_equal(np.array(heat.z)[:, 0], np.eye(10)[3])
    np.testing.assert_array_equal(np.array(heat.z)[:, 1], answer)
    assert numbers(figure)[3][0] == "1"
    assert numbers(figure)[9][1] == "0.20"
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert heat.colorscale[-1][1] == tokens.colour("accent")  # a share has no sign


def codes(infos: Sequence[LayerInfo]) -> dict[str, str]:
    return {info.name: info.name for info in infos}


def drawn(name: str, word: str = "") -> list[architecture.Box]:
    infos = famous.describe(name)
    numbered = {info.name: f"{word} {k}" for k, info in enumerate(infos)}
    return architecture.boxes(
        infos,
        names=numbered if word else codes(infos),
        input_name="input",
        input_hover="image",
        hover=[info.name for info in infos],
    )


def test_the_boxes_are_the_layers_that_change_the_shape() -> None:
    boxes = drawn("alexnet_227")
    names = [box.label.partition("<br>")[0] for box in boxes]
    assert " ".join(names) == (
        "input conv1 pool1 conv2 pool2 conv3 conv4 conv5 pool5 flatten dense1 dense2 dense3"
    )
    figure = architecture.architecture(boxes, groups=dict.fromkeys(architecture.GROUPS, "word"))
    assert list(figure.data[-1].customdata) == ["image", *names[1:]]
    assert figure.layout.xaxis.ticktext[1] == "conv1<br>55×55×96"
    assert len(figure.layout.xaxis.tickvals) == len(boxes) == architecture.stacked_labels(figure)


def test_many_boxes_have_labels_of_one_line() -> None:
    groups = dict.fromkeys(architecture.GROUPS, "word")
    figure = architecture.architecture(drawn("vgg19"), groups=groups)
    assert architecture.stacked_labels(figure) == 0


@pytest.mark.parametrize("word", ["", "완전 연결"])
@pytest.mark.parametrize("name", famous.names())
def test_labels_that_are_read_from_afar_are_upright_and_have_room(name: str, word: str) -> None:
    boxes = drawn(name, word)
    groups = dict.fromkeys(architecture.GROUPS, "word")
    figure = architecture.architecture(boxes, groups=groups, upright=True)
    axis = figure.layout.xaxis
    assert {trace.name for trace in figure.data if trace.name} == {"word\u00a0\u00a0"}
    assert axis.tickangle == 0
    wide = axis.range[1] - axis.range[0]
    said: set[str] = set()
    ends: dict[int, float] = {}
    for x, text in zip(axis.tickvals, axis.ticktext, strict=True):
        label = text.lstrip("<br>")
        row = text.count("<br>", 0, len(text) - len(label))
        # letters of 10 px on 1024, syllables of 18, spaces of 5
        sizes = [
            [18 if "가" <= each <= "힣" else 5 if each == " " else 10 for each in line]
            for line in label.split("<br>")
        ]
        pixels = [sum(line) for line in sizes]
        half = max(pixels) / 1024 * wide / 2
        assert ends.get(row, axis.range[0]) <= x - half + 0.1
        ends[row] = x + half
        said.add(label.rpartition("<br>")[2])
    assert max(ends.values()) <= axis.range[1] + 0.1
    if len(boxes) < 30:
        assert said == {"×".join(map(str, box.shape)) for box in boxes}


def test_height_and_width_follow_size_and_channels() -> None:
    infos = builder.analyze(builder.parse("c4-m2-c16k3s1same")).infos
    boxes = architecture.boxes(
        infos, names=codes(infos), input_name="input", input_hover="", hover=[""] * len(infos)
    )
    figure = architecture.architecture(boxes, groups={group: group for group in architecture.GROUPS})
    front = next(trace for trace in figure.data if trace.name == "convolution" and trace.showlegend)
    gap = front.x.index(None)
    width, height = (np.ptp(line[:gap]) for line in (front.x, front.y))
    width2, height2 = (np.ptp(line[gap + 1 :]) for line in (front.x, front.y))
    assert height / height2 == pytest.approx(2**0.5)  # 32 rows against 16
    assert width2 / width == pytest.approx(2)  # 16 channels against 4
    assert max(x for x in front.x if x is not None) < len(boxes)


def arcs_of(infos: Sequence[LayerInfo]) -> list[architecture.Arc]:
    hover = [f"{skip.source} to {skip.target}" for skip in skips(infos)]
    return architecture.arcs(infos, names=codes(infos), hover=codes(infos), skip_hover=hover)


def test_skip_connections_are_arcs_that_end_in_circles() -> None:
    infos = famous.describe("resnet")
    boxes, arcs = drawn("resnet"), arcs_of(infos)
    symbols = [k for k, box in enumerate(boxes) if box.joins]
    assert [boxes[k].label for k in symbols] == ["+"] * 4
    assert not any("shortcut" in box.hover for box in boxes)  # they stand on arcs
    assert [boxes[arc.start].hover for arc in arcs] == ["conv1", "block1_add", "block2_add", "block3_add"]
    assert [arc.end for arc in arcs] == symbols
    assert [[box.hover for box in arc.boxes] for arc in arcs] == [
        [],
        ["block2_shortcut"],
        ["block3_shortcut"],
        ["block4_shortcut"],
    ]
    figure = architecture.architecture(boxes, arcs, groups={group: group for group in architecture.GROUPS})
    line = next(trace for trace in figure.data if trace.name == "joining")
    assert line.showlegend is not False
    ends = [k for k, x in enumerate(line.x) if x is None] + [len(line.x)]
    positions = figure.data[-1].x
    assert [line.x[end - 1] for end in ends] == [positions[k] for k in symbols]
    assert line.x[0] == positions[1]  # conv1
    assert list(figure.data[-1].customdata) == [box.hover for box in boxes]
    assert list(figure.data[-2].customdata)[:4] == [arc.hover for arc in arcs]
    assert len(figure.layout.xaxis.ticktext) == len(boxes) - len(symbols)
    low, high = figure.layout.yaxis.range
    assert low < min(y for y in line.y if y is not None) < max(y for y in line.y if y is not None) < high


def test_arcs_clear_boxes_and_shorter_arcs() -> None:
    infos = builder.analyze(builder.parse("c4-r-c4-add1-c4-add3-cat5")).infos
    boxes = architecture.boxes(
        infos, names=codes(infos), input_name="input", input_hover="", hover=[i.name for i in infos]
    )
    figure = architecture.architecture(
        boxes, arcs_of(infos), groups=dict.fromkeys(architecture.GROUPS, "word")
    )
    tops = [max(y for y in trace.y if y is not None) for trace in figure.data if trace.fill == "toself"]
    levels = list(figure.data[-2].y)
    assert levels == sorted(levels)
    assert max(tops) < levels[0] < levels[1] < levels[2]


def test_a_straight_network_has_no_arcs() -> None:
    assert arcs_of(famous.describe("vgg")) == []


@pytest.mark.parametrize("name", ["alexnet_227", "vgg16", "mlp", "vgg"])
def test_shares_of_each_side_add_up(name: str) -> None:
    infos = famous.describe(name)
    figure = layer_shares.shares(
        infos, names=codes(infos), parameters="p", work="w", conv="conv", dense="dense"
    )
    left, right = figure.data[:2], figure.data[2:]
    for side, attribute in ((left, "total_parameters"), (right, "multiply_accumulates")):
        counts = {
            layer: count for bar in side for layer, (count, _) in zip(bar.y, bar.customdata, strict=True)
        }
        assert counts == {i.name: getattr(i, attribute) for i in infos if i.kind in ("conv", "dense")}
        # of all parameters: batch normalisation's have no bar
        share = sum(counts.values()) / sum(getattr(info, attribute) for info in infos)
        assert sum(share for bar in side for _, share in bar.customdata) == pytest.approx(100 * share)
        assert 0.99 < share <= 1


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (34_944, "34.9 k"), (37_752_832, "37.8 M"), (1_850_000_000, "1.85 G")],
)
def test_counts_in_three_digits(count: int, words: str) -> None:
    assert layer_shares.compact(count) == words
