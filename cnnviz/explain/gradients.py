"""Backpropagation with NumPy alone: the gradients that `Network.gradients` gets from TensorFlow."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic.gradients import cross_entropy, cross_entropy_gradient
from cnnviz.networks import zoo
from cnnviz.networks.gradients import LOSS, Gradients, Target, logits, of_probabilities
from cnnviz.networks.graph import IMAGE, Graph
from cnnviz.networks.network import run
from cnnviz.networks.weights import Weights


def backward(name: str, weights: Weights, image: np.ndarray, target: Target) -> Gradients:
    """Compute `Network.gradients` with NumPy alone.

    Args:
        name: the architecture. weights: as returned by `read_weights`.
        image: uint8 [H, W, C], of the size of the network's data set.
        target: the scalar.
    """
    architecture = zoo.get(name)
    return backpropagate(architecture.graph, weights, architecture.data_set.preprocess(image), target)


def backpropagate(
    graph: Graph, weights: Weights, x: np.ndarray, target: Target, *, of_weights: bool = True
) -> Gradients:
    """Compute the gradients of a scalar at every layer, weight and the image, last layer first.

    A layer's upstream gradient is the sum of those from the layers that read it: where a skip connection
    branches, gradients add.

    Args:
        graph: the network. weights: {"layer.weight": array}.
        x: [H, W, C], preprocessed, finite. target: the scalar.
        of_weights: whether the gradients at the weights are wanted, half of the work.

    Raises:
        CnnvizError: if the network has no such target, an activation is not finite, or a layer's gradient is
            not known.
    """
    target.check(graph)
    activations = run(graph, weights, x)
    arrays = {IMAGE: x, **activations}
    # gradients so far, by the layer whose output they are at: a layer is done when all its readers are
    at = {name: np.zeros(array.shape, array.dtype) for name, array in arrays.items()}
    if target.of == LOSS:
        start, probabilities = logits(graph).name, activations[graph.output.name]
        value = cross_entropy(activations[start], target.index)
        at[start] += cross_entropy_gradient(probabilities, target.index)
    else:
        start, numbers = target.of, activations[target.of]
        value = float(numbers[..., target.index].mean())
        at[start][..., target.index] = 1 / numbers[..., target.index].size
    at_weights: dict[str, np.ndarray] = {}
    for info in reversed(graph.layers):
        own = {weight: weights[f"{info.name}.{weight}"] for weight in info.weight_shapes}
        found = info.layer.backward(at[info.name], *(arrays[source] for source in info.inputs), **own)
        for source, gradient in zip(info.inputs, found.inputs, strict=True):
            at[source] += gradient
        if of_weights:
            at_weights |= {f"{info.name}.{weight}": gradient for weight, gradient in found.weights.items()}
    if target.of == LOSS:
        at[graph.output.name] = of_probabilities(probabilities, target.index)
    at_image = at.pop(IMAGE)
    ordered = {name: at_weights[name] for name in weights if name in at_weights}
    return Gradients(value, activations, at, ordered, at_image)
