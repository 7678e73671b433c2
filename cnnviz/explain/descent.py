"""Gradient descent on one picture: the terms of one weight's gradient, and steps that move the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.gradients import cross_entropy
from cnnviz.arithmetic.window import Window
from cnnviz.networks.gradients import Gradients, Target, logits
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo
from cnnviz.networks.network import run
from cnnviz.networks.weights import Weights

KERNEL = "kernel"


@dataclass(frozen=True)
class OneKernel:
    """The kernel that a step moves alone: filter number `filter` of a layer."""

    layer: str
    filter: int


@dataclass(frozen=True, eq=False)
class KernelGradient:
    """The gradient of one channel's slice of a kernel, and its factors.

    Attributes:
        x: [H, W]. The input channel. upstream: [OH, OW]. The gradient at the filter's map.
        kernel, gradient: [kh, kw]. The weights of the slice and their gradients: that of weight (a, b) is the
            sum over all positions of the input under it times `upstream`.
        window: that slides over `x`.
    """

    x: np.ndarray
    upstream: np.ndarray
    kernel: np.ndarray
    gradient: np.ndarray
    window: Window


def kernel_layers(graph: Graph) -> list[LayerInfo]:
    """Return the layers whose kernels are filters [kh, kw, C, F] over maps."""
    return [info for info in graph if info.layer.filters]


def kernel_gradient(
    graph: Graph, weights: Weights, x: np.ndarray, found: Gradients, kernel: OneKernel, channel: int
) -> KernelGradient:
    """Return the gradient of one slice of a kernel, and its factors.

    Args:
        graph: the network. weights: {"layer.weight": array}.
        x: [H, W, C], the preprocessed image. found: its gradients.
        kernel: a filter. channel: of those that the filter sees.
    """
    info = graph[kernel.layer]
    inputs = [x if source == IMAGE else found.activations[source] for source in info.inputs]
    own = {weight: weights[f"{info.name}.{weight}"] for weight in info.weight_shapes}
    op = info.layer.sliding_op(inputs, own, kernel.filter)
    assert op is not None  # of filters
    assert op.kernel is not None
    return KernelGradient(
        op.x[..., channel],
        found.outputs[info.name][..., kernel.filter],
        op.kernel[..., channel],
        found.weights[f"{info.name}.{KERNEL}"][:, :, channel, kernel.filter],
        op.window,
    )


def strongest(gradient: np.ndarray, count: int | None = None) -> list[int]:
    """Return the indices along the last axis by falling norm, at most `count`.

    >>> strongest(np.array([[1.0, -3.0, 2.0]]))
    [1, 2, 0]
    """
    norms = np.linalg.norm(gradient.reshape(-1, gradient.shape[-1]), axis=0)
    return [int(k) for k in np.argsort(-norms, kind="stable")[:count]]


def step(
    weights: Weights, gradients: Mapping[str, np.ndarray], rate: float, only: OneKernel | None = None
) -> dict[str, np.ndarray]:
    """Return the weights after one step of gradient descent, `w - rate * gradient`.

    Args:
        weights, gradients: {"layer.weight": array}; weights without a gradient stay as they are.
        rate: the learning rate, > 0. only: the kernel that moves, without its bias; None = all weights.

    Example:
        >>> step({"dense1.bias": np.ones(2)}, {"dense1.bias": np.array([10.0, -10.0])}, 0.05)["dense1.bias"]
        array([0.5, 1.5])
    """
    if only is None:
        return {
            name: w - w.dtype.type(rate) * gradients[name] if name in gradients else w
            for name, w in weights.items()
        }
    name = f"{only.layer}.{KERNEL}"
    moved = np.array(weights[name])
    moved[..., only.filter] -= moved.dtype.type(rate) * gradients[name][..., only.filter]
    return {**weights, name: moved}


def squared_norm(gradients: Mapping[str, np.ndarray], only: OneKernel | None = None) -> float:
    """Return the sum of the squared gradients of what moves: how fast the loss falls with the rate, at first.

    >>> squared_norm({"dense1.kernel": np.array([[3.0, 0.0]]), "dense1.bias": np.array([4.0])})
    25.0
    """
    moving = gradients.values() if only is None else [gradients[f"{only.layer}.{KERNEL}"][..., only.filter]]
    return float(sum((gradient.astype(np.float64) ** 2).sum() for gradient in moving))


@dataclass(frozen=True)
class Outlook:
    """The loss of a network on a picture, and its class probabilities, float32 [classes]."""

    loss: float
    probabilities: np.ndarray


def outlook(graph: Graph, weights: Weights, x: np.ndarray, label: int) -> Outlook:
    """Compute loss and probabilities of a network on a preprocessed image.

    Args:
        graph: the network. weights: {"layer.weight": array}. x: float32 [H, W, C]. label: the true class.

    Raises:
        CnnvizError: with the reason "not_finite", if an activation is not finite.
    """
    activations = run(graph, weights, x)
    Target(label).check(graph)
    return Outlook(cross_entropy(activations[logits(graph).name], label), activations[graph.output.name])
