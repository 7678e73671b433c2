"""Settings of layers that no builder draws, but files of other programs have: NumPy against Keras."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.errors import CnnvizError
from cnnviz.layers.base import Layer
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.cropping import Cropping
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.layer_norm import LayerNorm
from cnnviz.layers.multiply import Multiply
from cnnviz.layers.rescaling import Rescaling
from cnnviz.layers.reshape import Reshape
from cnnviz.networks import builder, network
from cnnviz.networks.graph import Graph, Node

PARTS: list[Layer | Node] = [
    Rescaling("rescaling", (0.5, 2.0, -1.0), (1.0, 0.0, -2.0)),
    Conv("conv", units=4),
    BatchNorm("no_gamma", scale=False),
    BatchNorm("no_beta", epsilon=0.01, center=False),
    BatchNorm("neither", scale=False, center=False),
    LayerNorm("plain", scale=False, center=False),
    GlobalAveragePool("squeeze"),
    Reshape("as_maps"),
    Node(Multiply("excite"), ("plain", "as_maps")),
    Node(Multiply("other_way"), ("as_maps", "excite", "excite")),
    Cropping("cropping", (0, 2), (1, 0)),
    Reshape("rows", (12, 7, 2)),
    Flatten("flatten"),
]


def test_all_of_them_in_one_network() -> None:
    graph = Graph((8, 8, 3), PARTS)
    assert graph["other_way"].output_shape == (8, 8, 4)
    weights = builder.random_weights(graph, 1)
    rng = np.random.default_rng(2)
    for key in weights:
        weights[key] = (weights[key] + rng.random(weights[key].shape)).astype(np.float32)
    model = network.build(graph, "settings")
    network.set_weights(model, weights)
    assert {k: v.shape for k, v in network.get_weights(model).items()} == graph.weight_shapes()
    image = rng.standard_normal((8, 8, 3)).astype(np.float32)
    expected = np.asarray(model(image[np.newaxis], training=False))[0]
    np.testing.assert_allclose(network.run(graph, weights, image)["flatten"], expected, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_a_repeated_input_is_a_sum() -> None:
    rng = np.random.default_rng(0)
    x, scale, upstream = (
        rng.standard_normal(s).astype(np.float32) for s in ((3, 3, 2), (1, 1, 2), (3, 3, 2))
    )
    found = Multiply("excite").backward(upstream, x, scale).inputs
    np.testing.assert_allclose(found[0], upstream * scale)
    np.testing.assert_allclose(found[1], (upstream * x).sum(axis=(0, 1), keepdims=True), rtol=1e-5)


@pytest.mark.parametrize(
    "parts",
    [
        [Rescaling("rescaling", (1.0, 2.0))],
        [Reshape("reshape", (5, 5))],
        [Reshape("reshape", (2, 2, 2, 24))],
        [Cropping("cropping", (4, 4))],
        [Flatten("flatten"), Node(Multiply("multiply"), ("flatten", "image"))],
        [Conv("conv", units=4), Node(Multiply("multiply"), ("conv", "image"))],
    ],
)
def test_what_does_not_fit_is_refused(parts: list[Layer | Node]) -> None:
    with pytest.raises(CnnvizError, match="must fit its inputs"):
        Graph((8, 8, 3), parts)
