"""The sanity check: what is made random, whose maps they are, and the similarity by counting."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.errors import CnnvizError
from cnnviz.explain.attribution import registry, sanity
from cnnviz.explain.attribution.base import GradientMethod
from cnnviz.networks.network import Network

IMAGE = samples().images[0]


def cascade(network: Network, method: str, target: int = 3, layer: str | None = None) -> list[sanity.Stage]:
    x = network.data_set.preprocess(IMAGE)
    chosen = cast(GradientMethod, registry.get(method))
    return list(sanity.cascade(chosen, network.graph, network.weights, x, target, layer=layer))


@pytest.mark.parametrize("name", ["keras_lecture", "resnet"])
def test_one_more_layer_is_random_each_time(name: str) -> None:
    network = load(name)
    kernels = [key.partition(".")[0] for key in network.weights if key.endswith("kernel")]
    made = sanity.randomised(network.graph, network.weights)
    assert sorted(layer for layer, _ in made) == sorted(kernels)
    order = [info.name for info in network.graph]
    for layer, weights in made:
        assert list(weights) == list(network.weights)
        for key, trained in network.weights.items():
            behind = order.index(key.partition(".")[0]) >= order.index(layer)
            assert weights[key].shape == trained.shape
            assert np.array_equal(weights[key], trained) != behind, (layer, key)


def test_the_first_map_is_the_true_one_and_the_last_is_that_of_an_untrained_network() -> None:
    network = load("keras_lecture")
    drawn = sanity.randomised(network.graph, network.weights)[-1][1]
    untrained = Network(network.architecture, drawn, network.card)  # Keras' own pass, of a model of its own
    for name in ("grad_cam", "saliency"):
        stages = cascade(network, name)
        assert [stage.layer for stage in stages] == [None, "dense2", "dense1", "conv2", "conv1"]
        for stage, whose in ((stages[0], network), (stages[-1], untrained)):
            expected = registry.get(name).compute(whose, IMAGE, 3).values
            np.testing.assert_allclose(stage.values, expected, rtol=0, atol=1e-4 * expected.max())
        assert stages[0].similarity == pytest.approx(1)
        assert all(abs(stage.similarity) < 0.5 for stage in stages[1:])  # it falls apart


def test_the_layer_and_the_class_are_those_asked_for() -> None:
    network = load("keras_lecture")
    first = cascade(network, "grad_cam", 8, "conv1_relu")[0]
    expected = registry.get("grad_cam").compute(network, IMAGE, 8, layer="conv1_relu").values
    np.testing.assert_allclose(first.values, expected, rtol=0, atol=1e-4 * expected.max())
    with pytest.raises(CnnvizError, match="`layer` must have maps"):
        cascade(network, "grad_cam", 3, "dense1")
    with pytest.raises(CnnvizError, match=r"`index` must be in 0\.\.9"):
        cascade(network, "saliency", 10)


def test_the_similarity_by_counting_pairs() -> None:
    rng = np.random.default_rng(1)
    for shape in [(4, 4), (7, 3), (9, 9)]:
        a, b = rng.integers(0, 6, (2, *shape)).astype(float)  # with ties, as a ReLU leaves them
        # a rank is half a rank more for each equal value, a whole one for each smaller
        ranks = [[sum((u < v) + (u == v) / 2 for u in each.ravel()) for v in each.ravel()] for each in (a, b)]
        assert sanity.rank_correlation(a, b) == pytest.approx(np.corrcoef(ranks)[0, 1], abs=1e-12)
    assert sanity.rank_correlation(a, np.exp(a)) == pytest.approx(1)
    assert sanity.rank_correlation(a, -a) == pytest.approx(-1)
    assert np.isnan(sanity.rank_correlation(a, np.zeros_like(a)))
