"""The shipped loss surface: it belongs to the shipped weights, and some of its points are computed again."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.arithmetic.gradients import cross_entropy
from cnnviz.networks import network, zoo
from cnnviz.training import loss_surface
from cnnviz.training.loss_surface import SIDE, directions, moved

SURFACE = loss_surface.read()
WEIGHTS, _ = network.read_weights(SURFACE.network)


def test_it_belongs_to_the_weights_that_are_shipped() -> None:
    assert SURFACE.sha256 == network.reference(SURFACE.network).sha256
    assert np.shape(SURFACE.losses) == (SIDE, SIDE)


@pytest.mark.parametrize(("row", "col"), [(20, 20), (0, 40), (33, 7)])
def test_its_losses_are_those_of_numpy(row: int, col: int) -> None:
    along = directions(WEIGHTS, SURFACE.seed)
    weights = moved(WEIGHTS, along, SURFACE.coordinates(row, col))
    graph = zoo.get(SURFACE.network).graph
    scores = graph.shown_inputs(graph.output.name)[0]
    given = samples()
    losses = [
        cross_entropy(network.forward(SURFACE.network, weights, image)[scores], int(label))
        for image, label in zip(given.images, given.labels, strict=True)
    ]
    assert SURFACE.losses[row][col] == pytest.approx(np.mean(losses), rel=2e-3, abs=1e-3)


def test_places_go_from_corner_to_corner_through_the_trained_weights() -> None:
    assert SURFACE.coordinates(0, 0) == pytest.approx((-SURFACE.reach, -SURFACE.reach))
    assert SURFACE.coordinates(SIDE // 2, SIDE // 2) == pytest.approx((0, 0))
    assert SURFACE.coordinates(SIDE - 1, 0) == pytest.approx((-SURFACE.reach, SURFACE.reach))


def test_directions_are_as_long_as_each_filter_and_leave_biases_alone() -> None:
    weights = {"conv.kernel": np.random.default_rng(0).normal(size=(3, 3, 2, 5)), "conv.bias": np.ones(5)}
    first, second = directions({name: each.astype(np.float32) for name, each in weights.items()}, 4)
    for direction in (first, second):
        lengths = np.sqrt((direction["conv.kernel"] ** 2).sum((0, 1, 2)))
        np.testing.assert_allclose(lengths, np.sqrt((weights["conv.kernel"] ** 2).sum((0, 1, 2))), rtol=1e-5)
        assert not direction["conv.bias"].any()
    assert not np.allclose(first["conv.kernel"], second["conv.kernel"])
