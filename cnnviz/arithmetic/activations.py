"""Activation functions: elementwise ones, and softmax over a vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.errors import as_finite, invalid


def relu(x: Any) -> np.ndarray:
    """Return `max(x, 0)`, elementwise.

    Args:
        x: any shape, finite.

    Raises:
        CnnvizError: if a number is not finite.

    Example:
        >>> relu([-2.0, 0.0, 3.0]).tolist()
        [0.0, 0.0, 3.0]
    """
    return np.maximum(as_finite("x", x), 0)


def leaky_relu(x: Any, slope: float) -> np.ndarray:
    """Return `x` where it is above 0 and `slope * x` elsewhere, elementwise.

    Args:
        x: any shape.
        slope: >= 0. Keras' default is 0.3, PyTorch's 0.01.

    Raises:
        CnnvizError: if the slope is below 0 or a number is not finite.

    Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013

    Example:
        >>> leaky_relu([-2.0, 0.0, 3.0], 0.25).tolist()
        [-0.5, 0.0, 3.0]
    """
    x, number = as_finite("x", x), as_finite("slope", slope)
    if number.ndim or number < 0:
        raise invalid("slope", "must be a number >= 0", slope)
    return np.where(x > 0, x, x * x.dtype.type(number))


def relu6(x: Any) -> np.ndarray:
    """Return `min(max(x, 0), 6)`, elementwise.

    Args:
        x: any shape, finite.

    Raises:
        CnnvizError: if a number is not finite.

    Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010

    Example:
        >>> relu6([-2.0, 3.0, 8.0]).tolist()
        [0.0, 3.0, 6.0]
    """
    return np.clip(as_finite("x", x), 0, 6)


def sigmoid(x: Any) -> np.ndarray:
    """Return `1 / (1 + exp(-x))`, in (0, 1), elementwise.

    `exp` only gets numbers <= 0 and so cannot overflow: for x < 0 this computes `exp(x) / (1 + exp(x))`.

    Args:
        x: any shape, finite.

    Raises:
        CnnvizError: if a number is not finite.

    Example:
        >>> sigmoid([-1000.0, 0.0, np.log(3.0)]).round(6).tolist()
        [0.0, 0.5, 0.75]
    """
    x = as_finite("x", x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def tanh(x: Any) -> np.ndarray:
    """Return `(exp(x) - exp(-x)) / (exp(x) + exp(-x))`, in (-1, 1), elementwise.

    Args:
        x: any shape, finite.

    Raises:
        CnnvizError: if a number is not finite.

    Example:
        >>> tanh([-1000.0, 0.0, np.log(3.0)]).round(6).tolist()
        [-1.0, 0.0, 0.8]
    """
    return np.tanh(as_finite("x", x))


def swish(x: Any) -> np.ndarray:
    """Return `x * sigmoid(x)`, elementwise; also called SiLU.

    Args:
        x: any shape, finite.

    Raises:
        CnnvizError: if a number is not finite.

    Source: Ramachandran, Zoph and Le, "Searching for Activation Functions", 2017,
        https://arxiv.org/abs/1710.05941

    Example:
        >>> swish([-1000.0, 0.0, 2.0]).round(4).tolist()
        [-0.0, 0.0, 1.7616]
    """
    x = as_finite("x", x)
    return x * sigmoid(x)


@dataclass(frozen=True, eq=False)
class SoftmaxStep:
    """The intermediate values of a softmax; all arrays [n].

    Attributes:
        scaled: `logits / temperature`.
        shift: the number subtracted from `scaled` before `exp`.
        exponentials: `exp(scaled - shift)`.
        total: their sum.
        probabilities: `exponentials / total`.
    """

    scaled: np.ndarray
    shift: float
    exponentials: np.ndarray
    total: float
    probabilities: np.ndarray


def softmax(logits: Any, temperature: float = 1.0) -> np.ndarray:
    """Return `exp(logits / T) / sum(exp(logits / T))` over the last axis, T = `temperature` > 0.

    The maximum is subtracted first, which changes nothing but keeps `exp` in range.

    Args:
        logits: [..., n], finite.
        temperature: > 0.

    Raises:
        CnnvizError: if a logit is not finite, or the temperature is not above 0 or so small that a quotient
            is not finite.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    scaled = _scaled(logits, temperature)
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_step(logits: Any, temperature: float = 1.0, *, shift: bool = True) -> SoftmaxStep:
    """Compute `softmax(logits, temperature)` and keep every intermediate value.

    Args:
        logits: [n]. temperature: > 0.
        shift: whether the largest scaled logit is subtracted before `exp`, as libraries do. The
            probabilities are the same either way: exp(a - m) = exp(a) / exp(m), and exp(m) cancels.

    Raises:
        CnnvizError: as `softmax`, and if an exponential overflows float64 without the shift.

    Example:
        >>> step = softmax_step([0.0, np.log(3.0)], shift=False)
        >>> step.exponentials.round(6).tolist(), step.probabilities.round(6).tolist()
        ([1.0, 3.0], [0.25, 0.75])
    """
    scaled = _scaled(as_finite("logits", logits, ndim=1).astype(np.float64), temperature)
    largest = float(scaled.max())
    if not shift and largest > np.log(np.finfo(np.float64).max) - np.log(scaled.size):
        raise invalid("shift", f"must be True where exp({largest:.0f}) is too large", shift)
    subtracted = largest if shift else 0.0
    exponentials = np.exp(scaled - subtracted)
    total = float(exponentials.sum())
    return SoftmaxStep(scaled, subtracted, exponentials, total, exponentials / total)


def _scaled(logits: Any, temperature: Any) -> np.ndarray:
    logits = as_finite("logits", logits)
    number = as_finite("temperature", temperature)
    if number.ndim or number <= 0:
        raise invalid("temperature", "must be a number > 0", temperature)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        scaled = logits / logits.dtype.type(number)
    if not np.isfinite(scaled).all():
        raise invalid("temperature", f"must leave logits / temperature finite in {logits.dtype}", temperature)
    return scaled
