"""The computation of each map of a layer. That the numbers add up is tested in browser/test_drill.py."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnviz.arithmetic.ops import conv2d
from cnnviz.arithmetic.window import Window
from cnnviz.explain.drill import WHOLE_SIZE, MapOps, all_map_ops, layer_map_ops, part_around, unknown_op
from cnnviz.layers.base import Layer, SlidingOp
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.local_response_norm import LocalResponseNorm
from cnnviz.layers.registry import kinds
from cnnviz.layers.reshape import Reshape
from cnnviz.layers.separable_conv import SeparableConv
from cnnviz.layers.transposed_conv import TransposedConv
from cnnviz.layers.upsampling import Upsampling
from cnnviz.networks import network, zoo
from cnnviz.networks.graph import IMAGE, Graph, Node
from tests.unpack import unpack


@pytest.mark.parametrize("name", network.trained_names())
def test_all_drawn_layers_of_the_networks_can_be_opened(name: str) -> None:
    weights = network.read_weights(name)[0]
    ops = all_map_ops(zoo.get(name).graph, weights)
    assert list(ops) == [info.name for info in zoo.get(name).layers if info.drawn]
    described = {layer: each.describe(3.0, 3.0) for layer, each in ops.items()}
    assert len(json.dumps(described, allow_nan=False)) < 400 * len(ops)  # it travels with each picture
    for layer, each in ops.items():
        if each.kernel is not None:
            assert described[layer]["file"] == ("layer" if each.kernel.size <= WHOLE_SIZE else "map")


def test_kernels_of_float16_travel_as_such_and_others_as_float32() -> None:
    graph = zoo.get("keras_lecture").graph
    weights = dict(network.read_weights("keras_lecture")[0])
    assert unpack(all_map_ops(graph, weights)["conv1"].file())[1]["kernel"].dtype == np.float16
    weights["conv1.kernel"] = weights["conv1.kernel"] + np.float32(1e-5)
    arrays = unpack(all_map_ops(graph, weights)["conv1"].file(3))[1]
    assert arrays["kernel"].dtype == np.float32
    np.testing.assert_array_equal(arrays["kernel"][0], weights["conv1.kernel"][..., 3])


def test_a_unit_of_a_flattened_layer_is_a_window_as_large_as_the_maps() -> None:
    weights = network.read_weights("keras_lecture")[0]
    ops = all_map_ops(zoo.get("keras_lecture").graph, weights)
    assert ops["dense1"].window.size == (16, 16)
    assert ops["dense1"].channels == 32
    assert ops["dense2"].window.size == (1, 1)
    assert ops["softmax"].operation == "softmax"


def test_what_lies_round_a_window_is_as_much_as_there_is_room_for() -> None:
    x = np.arange(10 * 12 * 4, dtype=np.float32).reshape(10, 12, 4)
    conv = MapOps("conv", Window(3), (-1, -1), channels=4, sources="all")
    part = part_around(conv, 0, x, 2, (0, 5), 4 * 5 * 7)
    assert (part.map, part.top, part.left) == (
        0,
        0,
        2,
    )  # the window's rows 0-1, columns 4-6, and two more around
    np.testing.assert_array_equal(part.values, np.moveaxis(x[0:4, 2:9], -1, 0))
    np.testing.assert_array_equal(part_around(conv, 0, x, 2, (5, 5), 1).values.shape, (4, 3, 3))
    own = MapOps("max", Window(2, 2), sources="own")
    part = part_around(own, 0, x, 3, (2, 2), 10_000)
    assert (part.map, part.top, part.left, part.values.shape) == (3, 0, 0, (1, 10, 12))


def test_a_map_of_a_join_is_made_of_one_input() -> None:
    graph = Graph(
        (4, 4, 3),
        [
            Node(Conv("one", units=2), (IMAGE,)),
            Node(Conv("two", units=3), (IMAGE,)),
            Node(Concatenate("both"), ("one", "two")),
        ],
    )
    weights = {name: np.ones(shape, np.float32) for name, shape in graph.weight_shapes().items()}
    ops = layer_map_ops(graph, weights, "both")
    assert ops is not None
    shapes = [part_around(ops, k, np.zeros((4, 4, 2 + k), np.float32), 3, (1, 1), 100) for k in range(2)]
    assert [(part.map, len(part.values)) for part in shapes] == [(0, 0), (1, 1)]


@pytest.mark.parametrize(("multiplier", "stride"), [(1, 1), (2, 2)])
def test_a_separable_convolution_is_one_convolution_with_both_kernels_multiplied_out(
    multiplier: int, stride: int
) -> None:
    layer = SeparableConv("own", Window(3, stride, "same"), units=5, multiplier=multiplier)
    graph = Graph((7, 6, 4), [Node(Conv("one", units=4), (IMAGE,)), Node(layer, ("one",))])
    generator = np.random.default_rng(0)
    weights = {
        name: generator.normal(size=shape).astype(np.float32) for name, shape in graph.weight_shapes().items()
    }
    found = layer_map_ops(graph, weights, "own")
    assert found is not None
    assert found.sources == "all"
    x = generator.normal(size=graph.shape("one")).astype(np.float32)
    own = {name.removeprefix("own."): array for name, array in weights.items() if name.startswith("own.")}
    for map in range(5):
        kernels = found.kernels(map)
        kernel = np.moveaxis(kernels["kernel"], 0, -1)
        made = conv2d(x, kernel, kernels["bias"], stride=stride, padding="same")[..., 0]
        np.testing.assert_allclose(made, layer.compute(x, **own)[..., map], rtol=1e-4, atol=1e-4)


def test_of_a_layer_that_cannot_be_said_there_is_what_it_is_made_of() -> None:
    graph = Graph((4, 4, 3), [Conv("one", units=5), kinds()["dropout"].default().renamed("less")])
    assert layer_map_ops(graph, {}, "less") is None
    ops = unknown_op(graph["less"])
    assert (ops.operation, ops.channels, ops.sources) == ("other", 1, "own")
    assert ops.describe(1.0, 1.0)["operation"] == "other"


def test_an_enlarged_map_is_made_of_cells_next_to_each_other_also_at_the_edge() -> None:
    larger = Upsampling("larger", 3, 2, interpolation="bilinear")
    graph = Graph((4, 4, 3), [Node(Conv("one", units=5), (IMAGE,)), Node(larger, ("one",))])
    ops = layer_map_ops(graph, {}, "larger")
    assert ops is not None
    assert (ops.window.size, ops.start, ops.sources) == ((5, 4), (-3, -2), "own")
    assert ops.describe(1.0, 1.0)["repeats_edge"]
    x = np.random.default_rng(0).normal(size=(4, 4, 5)).astype(np.float32)
    part = part_around(ops, 0, x, 2, (0, 7), 1)
    assert (part.map, part.top, part.left, part.values.shape) == (2, 0, 2, (1, 1, 2))
    part = part_around(ops, 0, x, 2, (5, 4), 1)
    np.testing.assert_array_equal(part.values[0], x[0:3, 1:3, 2])  # rows 2 to 6 of 3 for each of x


def test_a_number_that_only_moves_is_found_where_it_was() -> None:
    graph = Graph((4, 6, 3), [Node(Reshape("other", (3, 2, 12)), (IMAGE,))])
    ops = layer_map_ops(graph, {}, "other")
    assert ops is not None
    assert graph["other"].drawn
    assert (ops.operation, ops.describe(1.0, 1.0)["shape"]) == ("moved", (3, 2, 12))
    x = np.random.default_rng(0).normal(size=(4, 6, 3)).astype(np.float32)
    made = graph["other"].layer.compute(x)
    for cell in np.ndindex(made.shape):
        row, col, map_ = cell
        part = part_around(ops, 0, x, map_, (row, col), 1)
        assert part.values.ravel().tolist() == [made[cell]]
        assert x[part.top, part.left, part.map] == made[cell]
    assert not Graph((4, 6, 3), [Flatten("flat"), Reshape("cell")])["cell"].drawn  # looks as before


def test_a_normalisation_takes_all_channels_at_a_place_and_a_product_repeats_a_cell() -> None:
    layers = [kinds()[kind].default().renamed(kind) for kind in ("layer_norm", "multiply")]
    nodes = [Node(layers[0], (IMAGE,)), Node(layers[1], ("layer_norm", IMAGE))]
    graph = Graph((4, 6, 3), nodes)
    weights = {"layer_norm.gamma": np.float32([1, 2, 3]), "layer_norm.beta": np.zeros(3, np.float32)}
    norm, product = (layer_map_ops(graph, weights, layer.name) for layer in layers)
    assert norm is not None
    assert product is not None
    described = norm.describe(1.0, 1.0)
    assert (described["operation"], described["terms"]) == ("terms", ("value", "mean", "variance"))
    np.testing.assert_array_equal(norm.kernels(1)["kernel"].ravel(), [2, 0])
    x = np.random.default_rng(0).random((4, 6, 3)).astype(np.float32)
    part = part_around(norm, 0, x, 1, (3, 2), 1)
    assert (part.map, part.top, part.left) == (0, 3, 2)
    np.testing.assert_array_equal(part.values.ravel(), x[3, 2])
    single = part_around(product, 1, x[:1, :1], 1, (3, 2), 1)
    assert (single.map, single.values.ravel().tolist()) == (1, [x[0, 0, 1]])


def test_a_local_normalisation_takes_a_number_and_the_squares_of_its_neighbours() -> None:
    layer = LocalResponseNorm("own", size=4, alpha=0.5)
    graph = Graph((3, 3, 6), [Node(Conv("one", units=6), (IMAGE,)), Node(layer, ("one",))])
    ops = layer_map_ops(graph, {}, "own")
    assert ops is not None
    described = ops.describe(1.0, 1.0)
    assert (described["terms"], described["neighbours"], ops.sources) == (("value", "squares"), (1, 2), "own")
    assert ops.op is not None
    assert ops.op.compute is not None
    x = np.random.default_rng(0).normal(size=(3, 3, 6)).astype(np.float32)
    before, after = described["neighbours"]
    for map in range(6):
        part = part_around(ops, 0, x, map, (1, 2), 1).values.ravel()  # all channels there
        squares = sum(value**2 for value in part[max(0, map - before) : map + after + 1])
        made = ops.op.compute(np.array([part[map], squares]))
        np.testing.assert_allclose(made, layer.compute(x)[1, 2, map : map + 1], rtol=1e-5)


@pytest.mark.parametrize("kind", ["layer_norm", "local_response_norm", "transposed_conv"])
def test_a_layer_of_many_maps_is_passed_through_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    maps, made = 64, kinds()[kind]
    layer = made.default().renamed("own")
    layer = replace(layer, units=maps) if isinstance(layer, TransposedConv) else layer
    graph = Graph((48, 48, 3), [Node(Conv("one", units=maps), (IMAGE,)), Node(layer, ("one",))])
    weights = {name: np.ones(shape, np.float32) for name, shape in graph.weight_shapes().items()}
    seen, sliding_op = [], made.sliding_op

    def counted(self: Layer, inputs: list[np.ndarray], *rest: Any) -> SlidingOp | None:
        seen.append(inputs[0].size)
        return sliding_op(self, inputs, *rest)

    monkeypatch.setattr(made, "sliding_op", counted)
    whole = 48 * 48 * maps
    tracemalloc.start()
    try:
        ops = layer_map_ops(graph, weights, "own")
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert whole <= sum(seen) < 1.5 * whole
    assert peak < 20 * 4 * whole  # float32; zeros between the cells make four of each
    assert kept < 4 * whole
    assert ops is not None
    if ops is not None and ops.kernel is not None:
        assert len(ops.kernel) == maps
