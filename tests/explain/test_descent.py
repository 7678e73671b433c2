"""Gradient descent on one picture: what a weight's gradient is made of, and what a step does."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, samples
from cnnviz.arithmetic.gradients import weight_gradient
from cnnviz.explain.descent import (
    OneKernel,
    kernel_gradient,
    kernel_layers,
    outlook,
    squared_norm,
    step,
    strongest,
)
from cnnviz.explain.gradients import backpropagate
from cnnviz.networks import zoo
from cnnviz.networks.gradients import Target
from cnnviz.networks.network import read_weights, trained_names

LABEL = 5  # of no picture in particular: the loss is far from 0
WITH_KERNELS = [name for name in trained_names() if kernel_layers(zoo.get(name).graph)]


@pytest.mark.parametrize("model", WITH_KERNELS)
def test_every_weight_is_the_sum_over_all_positions(model: str) -> None:
    architecture, (weights, _) = zoo.get(model), read_weights(model)
    x = architecture.data_set.preprocess(architecture.data_set.samples().images[2])
    found = backpropagate(architecture.graph, weights, x, Target(LABEL))
    for info in (kernel_layers(architecture.graph)[0], kernel_layers(architecture.graph)[-1]):
        filter, *_ = strongest(found.weights[f"{info.name}.kernel"])  # others may be off for this picture
        channel, *_ = strongest(found.weights[f"{info.name}.kernel"][..., filter])
        kernel = OneKernel(info.name, filter)
        shown = kernel_gradient(architecture.graph, weights, x, found, kernel, channel)
        assert np.abs(shown.gradient).max() > 0
        for a, b in np.ndindex(shown.kernel.shape):
            window = shown.window
            one = weight_gradient(
                shown.x.astype(float),
                shown.upstream.astype(float),
                a,
                b,
                size=window.size,
                stride=window.stride,
                padding=window.padding,
                dilation=window.dilation,
            )
            limit = 1e-4 * np.abs(one.products).sum()
            assert one.value == pytest.approx(shown.gradient[a, b], abs=limit)


@pytest.mark.parametrize("only", [None, OneKernel("conv2", 7)])
def test_a_small_step_changes_the_loss_as_the_gradient_says(only: OneKernel | None) -> None:
    """To first order the loss falls by rate * |gradient|^2."""
    architecture, (weights, _) = zoo.get("tensorflow_lecture"), read_weights("tensorflow_lecture")
    x = architecture.data_set.preprocess(samples().images[2])
    found = backpropagate(architecture.graph, weights, x, Target(LABEL))
    rate = 0.02 / squared_norm(found.weights, only)
    moved = step(weights, found.weights, rate, only)
    if only is not None:
        same = [name for name in weights if moved[name] is weights[name]]
        assert set(weights) - set(same) == {"conv2.kernel"}
        still = np.delete(moved["conv2.kernel"] - weights["conv2.kernel"], only.filter, axis=-1)
        assert not still.any()
    then = outlook(architecture.graph, moved, x, LABEL)
    assert found.value - then.loss == pytest.approx(0.02, rel=0.15)
    assert then.probabilities[LABEL] == pytest.approx(np.exp(-then.loss), rel=1e-4)


def test_weights_that_are_not_trained_stay() -> None:
    weights = {"norm1.gamma": np.ones(2), "norm1.moving_mean": np.ones(2)}
    moved = step(weights, {"norm1.gamma": np.ones(2)}, 0.5)
    assert moved["norm1.gamma"].tolist() == [0.5, 0.5]
    assert moved["norm1.moving_mean"] is weights["norm1.moving_mean"]


def test_strongest_are_sorted_by_norm() -> None:
    gradient = np.zeros((2, 2, 3))
    gradient[0, 0], gradient[1, 1] = [1, 0, 2], [1, 3, 0]
    assert strongest(gradient) == [1, 2, 0]
    assert strongest(gradient, 1) == [1]


def test_weights_without_bounds_are_refused() -> None:
    architecture, (weights, _) = zoo.get("mlp"), read_weights("mlp")
    x = architecture.data_set.preprocess(samples().images[0])
    huge = {name: weight * np.float32(1e30) for name, weight in weights.items()}
    with pytest.raises(CnnvizError, match="must be finite"):
        outlook(architecture.graph, huge, x, LABEL)
