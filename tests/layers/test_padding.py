"""Windows with padding by numbers, which files of other programs have and Keras' layers have not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.arithmetic.window import Window
from cnnviz.layers.average_pool import AveragePool
from cnnviz.layers.base import Layer
from cnnviz.layers.conv import Conv
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.max_pool import MaxPool
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import build, set_weights
from tests.arithmetic.cases import WITHIN

SHAPE = (7, 6, 4)
WINDOW = Window((3, 2), (2, 1), ((1, 0), (0, 1)))
LAYERS = [
    Conv("padded", WINDOW, 3),
    Conv("padded", Window(3, 1, 1, (2, 1)), 4, bias=False, groups=2),
    DepthwiseConv("padded", Window(3, 2, 1), 2),
    MaxPool("padded", WINDOW),
    AveragePool("padded", WINDOW),
]


def test_the_parts_of_a_layer_do_not_take_other_layers_names() -> None:
    graph = Graph(SHAPE, [MaxPool("pool", WINDOW), MaxPool("pool_1", WINDOW)])
    assert build(graph, "model").output_shape == (None, *graph.output.output_shape)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda each: each.kind)
def test_keras_and_snippets_compute_the_same(layer: Layer) -> None:
    import keras
    import tensorflow as tf

    graph, rng = Graph(SHAPE, [layer]), np.random.default_rng(2)
    # below zero everywhere: zeros in the padding would be maxima
    x = -1 - rng.random(SHAPE).astype(np.float32)
    weights = {
        name: rng.standard_normal(shape).astype(np.float32)
        for name, shape in layer.weight_shapes(SHAPE).items()
    }
    expected = layer.compute(x, **weights)
    model = build(graph, "model")
    set_weights(model, {f"padded.{name}": array for name, array in weights.items()})
    made = tf.Variable(x[np.newaxis])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(made) ** 2)
    np.testing.assert_allclose(model(made)[0], expected, **WITHIN)
    gradient = layer.backward(2 * expected, x, **weights).inputs[0]
    np.testing.assert_allclose(tape.gradient(total, made)[0], gradient, rtol=1e-4, atol=1e-4)

    for code in (layer.numpy_code(SHAPE), layer.tensorflow_code(SHAPE)):
        scope: dict[str, Any] = {"np": np, "tf": tf, "x": x, **weights}
        exec("\n".join(code), scope)
        np.testing.assert_allclose(scope["result"], expected, **WITHIN)
    calls = ", ".join(f"keras.layers.{call.code()}" for call in layer.calls(SHAPE))
    written = eval(f"keras.Sequential([keras.Input({SHAPE}), {calls}])", {"keras": keras})
    written.set_weights(list(weights.values()))
    np.testing.assert_allclose(written(x[np.newaxis])[0], expected, **WITHIN)
