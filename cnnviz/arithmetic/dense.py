"""Fully connected layers: the product, and the contributions to one output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_bias, as_index
from cnnviz.errors import CnnvizError, as_finite, as_integer


@dataclass(frozen=True, eq=False)
class DenseStep:
    """The computation of one output value of a fully connected layer; float64 throughout.

    Attributes:
        weights: [n]. The unit's column of the kernel.
        contributions: [n]. `x * weights`.
        positive: int [<= top]. Indices of the largest positive contributions, the largest first.
        negative: int [<= top]. Indices of the most negative contributions, the most negative first.
        rest: the sum of all other contributions.
        rest_count: the number of other contributions.
        bias: the unit's bias, or None if the layer has none.
        value: `contributions.sum() + bias`, before any activation.
    """

    weights: np.ndarray
    contributions: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    rest: float
    rest_count: int
    bias: float | None
    value: float

    def rounded(self, digits: int) -> DenseSum:
        """Round to `digits` decimals such that the rounded numbers still add up to the rounded value.

        Every number is rounded on its own, except `rest`, which absorbs the rounding errors.
        """
        largest = [
            round(c * 10**digits) for c in self.contributions[[*self.positive, *self.negative]].tolist()
        ]
        bias = None if self.bias is None else round(self.bias * 10**digits)
        value = round(self.value * 10**digits)
        return DenseSum(digits, tuple(largest), value - sum(largest) - (bias or 0), bias, value)


@dataclass(frozen=True)
class DenseSum:
    """A `DenseStep` in integer multiples of 10**-digits: `sum(largest) + rest + (bias or 0) == value`.

    Attributes:
        digits: number of decimals.
        largest: the contributions of `positive`, then of `negative`.
        rest, bias, value: as in `DenseStep`; bias None if there is none.
    """

    digits: int
    largest: tuple[int, ...]
    rest: int
    bias: int | None
    value: int


def dense(x: Any, kernel: Any, bias: Any = None) -> np.ndarray:
    """Return `x @ kernel + bias`.

    Args:
        x: [n], finite. kernel: [n, units], finite. bias: [units] or None.

    Returns:
        [units].

    Raises:
        CnnvizError: if shapes do not fit or a value is not finite.

    Example:
        >>> dense([1.0, 2.0], [[1.0, 0.0], [0.0, 3.0]], [0.5, 0.5]).tolist()
        [1.5, 6.5]
    """
    x, kernel = as_finite("x", x, ndim=1), as_finite("kernel", kernel, ndim=2)
    if x.shape[0] != kernel.shape[0]:
        raise CnnvizError(
            f"`kernel` must have a row for each input. Received: x.shape={x.shape}, "
            f"kernel.shape={kernel.shape}."
        )
    return x @ kernel + as_bias(bias, kernel.shape[-1], kernel.dtype)


def dense_step(x: Any, kernel: Any, bias: Any, unit: int, top: int = 5) -> DenseStep:
    """Compute `dense(x, kernel, bias)[unit]` and keep every intermediate value.

    Args:
        x: [n]. kernel: [n, units]. bias: [units] or None.
        unit: index of the output, in 0..units - 1.
        top: number of largest positive and of most negative contributions to list, >= 0.

    Raises:
        CnnvizError: as `dense`, and if `unit` or `top` is out of range.

    Example:
        >>> step = dense_step([1.0, 2.0, 3.0], [[2.0], [-1.0], [0.5]], [0.25], 0, top=1)
        >>> step.contributions.tolist(), step.positive.tolist(), step.negative.tolist()
        ([2.0, -2.0, 1.5], [0], [1])
        >>> step.rest, step.rest_count, step.value
        (1.5, 1, 1.75)
    """
    x, kernel = as_finite("x", x, ndim=1), np.asarray(kernel)
    if kernel.ndim != 2 or x.shape[0] != kernel.shape[0]:
        raise CnnvizError(
            f"`kernel` must have a row for each input. Received: x.shape={x.shape}, "
            f"kernel.shape={kernel.shape}."
        )
    unit, top = as_index("unit", unit, kernel.shape[1]), as_integer("top", top, minimum=0)
    own_bias = None if bias is None else float(as_bias(bias, kernel.shape[-1], kernel.dtype)[unit])
    weights = as_finite("kernel", kernel[:, unit]).astype(np.float64)  # only its own column is needed
    contributions = x * weights
    order = np.argsort(contributions, kind="stable")
    falling, rising = order[:top], order[::-1][:top]
    positive, negative = rising[contributions[rising] > 0], falling[contributions[falling] < 0]
    others = np.delete(contributions, [*positive, *negative])
    value = float(contributions.sum()) + (own_bias or 0.0)
    return DenseStep(
        weights,
        contributions,
        positive,
        negative,
        float(others.sum()),
        len(others),
        own_bias,
        value,
    )
