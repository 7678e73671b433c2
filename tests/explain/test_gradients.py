"""Backpropagation: NumPy against TensorFlow over whole networks, and against differences."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from cnnviz import CnnvizError, load, samples
from cnnviz.arithmetic.gradients import ConvGradients
from cnnviz.explain.attribution import registry, sanity
from cnnviz.explain.attribution.base import GradientMethod
from cnnviz.explain.gradients import backpropagate, backward
from cnnviz.layers.base import LayerGradients
from cnnviz.networks import builder
from cnnviz.networks.gradients import Target, logits, trained_weights
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import Network, trained_names
from tests.thorough import thorough

WITHIN = 1e-4
"""Relative to the largest number of an array."""


UNLIKE = ("keras_lecture", "mlp", "alexnet", "resnet")
"""Networks with maps alone, without maps, with batch normalisation, and with joins."""


@pytest.fixture(scope="module", params=trained_names() if thorough() else UNLIKE)
def net(request: pytest.FixtureRequest) -> Network:
    return load(request.param)


def assert_same(ours: Any, theirs: Any) -> None:
    assert list(ours) == list(theirs)
    for name, mine in ours.items():
        assert mine.shape == theirs[name].shape, name
        limit = WITHIN * (float(np.abs(theirs[name]).max()) + 1e-9)
        np.testing.assert_allclose(mine, theirs[name], rtol=0, atol=limit, err_msg=name)


def test_numpy_equals_tensorflow_at_every_layer_and_weight(net: Network) -> None:
    index, pictures = 3, net.data_set.samples()
    # of a class that it is not: where a network is sure, p - y is all rounding
    image, target = pictures.images[index], Target((int(pictures.labels[index]) + 1) % 10)
    ours, theirs = backward(net.name, net.weights, image, target), net.gradients(image, target)
    assert ours.value == pytest.approx(theirs.value, rel=1e-4, abs=1e-6)
    predicted = -np.log(net.predict(image[np.newaxis])[0, target.index])
    assert theirs.value == pytest.approx(predicted, rel=1e-4, abs=1e-6)
    assert list(theirs.weights) == trained_weights(net.graph)
    assert_same(ours.outputs, theirs.outputs)
    assert_same(ours.weights, theirs.weights)
    assert_same({"image": ours.image}, {"image": theirs.image})
    p = theirs.activations[net.graph.output.name]
    np.testing.assert_allclose(
        theirs.outputs[logits(net.graph).name], p - np.eye(10)[target.index], atol=1e-6
    )


def test_other_scalars_and_batches() -> None:
    net, image = load("tensorflow_lecture"), samples().images[5]
    first = next(info.name for info in net.layers)
    of_class = Target(2, logits(net.graph).name)
    ours, theirs = (
        backward(net.name, net.weights, image, of_class),
        net.gradients(image, of_class, weights=False),
    )
    assert ours.value == pytest.approx(theirs.activations[of_class.of][2], rel=1e-4)
    assert theirs.weights == {}
    assert_same(ours.outputs, theirs.outputs)
    x = net.data_set.preprocess(samples().images[5:7])
    for target in (of_class, Target(2), Target(1, first)):
        ours = backward(net.name, net.weights, image, target)
        values, found = net.image_gradients(x, [target.index, 0], target.of)
        assert values[0] == pytest.approx(ours.value, rel=1e-4)
        assert_same({"image": ours.image}, {"image": found[0]})


@pytest.mark.parametrize("text", ["c4-r-c4same-add2-m2-f-d10-x", "c3n-cat1-b-sw-row-w4-th-f-d10-x"])
def test_gradients_add_where_a_skip_connection_branches(text: str) -> None:
    """Against differences of the loss, in float64, for every layer's weights at random indices."""
    graph = Graph((6, 6, 2), builder.nodes(builder.parse(text)))
    weights = {name: w.astype(float) for name, w in builder.random_weights(graph, 4).items()}
    rng = np.random.default_rng(0)
    x = rng.random((6, 6, 2))
    found = backpropagate(graph, weights, x, Target(7))
    assert list(found.weights) == trained_weights(graph)
    for name, gradient in found.weights.items():
        index = tuple(int(rng.integers(n)) for n in gradient.shape)
        losses = []
        for step in (1e-5, -1e-5):
            moved = {**weights, name: weights[name].copy()}
            moved[name][index] += step
            losses.append(backpropagate(graph, moved, x, Target(7)).value)
        expected = (losses[0] - losses[1]) / 2e-5
        assert gradient[index] == pytest.approx(expected, rel=1e-4, abs=1e-8), name


def test_gradients_at_weights_that_nobody_wants_are_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is as many multiply-accumulates as the layer's forward pass: a third of them all."""
    graph = Graph((6, 6, 2), builder.nodes(builder.parse("c4-r-c4same-b-f-d10-x")))
    weights, x = builder.random_weights(graph, 4), np.ones((6, 6, 2), np.float32)
    both = backpropagate(graph, weights, x, Target(7))
    asked: list[str] = []
    for of, name in ((ConvGradients, "kernel"), (ConvGradients, "bias"), (LayerGradients, "weights")):
        watched = functools.cached_property(functools.partial(_ask, asked, name, vars(of)[name].func))
        watched.__set_name__(of, name)
        monkeypatch.setattr(of, name, watched)
    alone = backpropagate(graph, weights, x, Target(7), of_weights=False)
    assert asked == []
    assert alone.weights == {}
    np.testing.assert_array_equal(alone.image, both.image)
    assert_same(alone.outputs, both.outputs)
    method = cast(GradientMethod, registry.get("saliency"))
    sanity.cascade(method, graph, weights, x, 7)
    assert asked == []
    backpropagate(graph, weights, x, Target(7))
    assert asked.count("kernel") == asked.count("bias") == 2  # as often as there are convolutions


def _ask(asked: list[str], name: str, compute: Callable[[Any], Any], gradients: Any) -> Any:
    asked.append(name)
    return compute(gradients)


def test_a_target_must_exist() -> None:
    net, image = load("mlp"), samples().images[0]
    for target, message in (
        (Target(10), r"`index` must be in 0\.\.9"),
        (Target(0, "nowhere"), "`layer` must be one of"),
    ):
        with pytest.raises(CnnvizError, match=message):
            net.gradients(image, target)
    with pytest.raises(CnnvizError, match=r"`image` must be \[32, 32, 3\]"):
        net.gradients(image[np.newaxis], Target(0))


def test_a_network_without_probabilities_has_no_loss() -> None:
    graph = Graph((4, 4, 1), builder.nodes(builder.parse("f-d3")))
    weights = builder.random_weights(graph, 1)
    with pytest.raises(CnnvizError, match="must end in probabilities") as raised:
        backpropagate(graph, weights, np.ones((4, 4, 1), np.float32), Target(0))
    assert raised.value.reason == "no_probabilities"
    assert backpropagate(graph, weights, np.ones((4, 4, 1), np.float32), Target(0, graph.output.name)).value
