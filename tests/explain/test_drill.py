"""How each map of a layer is made of others. That the numbers add up is tested in browser/test_drill.py."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnviz.explain.drill import WHOLE_SIZE, all_map_ops
from cnnviz.networks import network, zoo
from tests.unpack import unpack


@pytest.mark.parametrize("name", network.trained_names())
def test_all_drawn_layers_of_the_networks_can_be_opened(name: str) -> None:
    weights = network.read_weights(name)[0]
    ops = all_map_ops(zoo.get(name).graph, weights)
    assert list(ops) == [info.name for info in zoo.get(name).layers if info.layer.drawn]
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
