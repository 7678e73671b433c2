"""Gradients of the operations: how the loss changes with each input and each weight.

The chain rule, one operation at a time. `upstream` is the gradient of the loss at the operation's output, an
array of the output's shape; multiplied by how the output changes with an input or a weight, and summed over
every output that it took part in, it is the gradient at that input or weight. Backpropagation is this,
repeated from the last layer to the first.

Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986;
    for convolution, Dumoulin and Visin, chapter 4, https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnnviz.arithmetic.activations import sigmoid
from cnnviz.arithmetic.pooling import pool_winners
from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite, as_integer


@dataclass(frozen=True, eq=False)
class ConvGradients:
    """The gradients of a convolution; each is computed when it is first read.

    Attributes:
        at_x, at_kernel, at_bias: compute them.
    """

    at_x: Callable[[], np.ndarray]
    at_kernel: Callable[[], np.ndarray]
    at_bias: Callable[[], np.ndarray]

    @cached_property
    def x(self) -> np.ndarray:
        """The gradient at the input, of its shape."""
        return self.at_x()

    @cached_property
    def kernel(self) -> np.ndarray:
        """The gradient at the kernel, of its shape."""
        return self.at_kernel()

    @cached_property
    def bias(self) -> np.ndarray:
        """The gradient at the bias, one value per output map."""
        return self.at_bias()


def conv2d_gradients(
    x: Any,
    kernel: Any,
    upstream: Any,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: Any = 1,
) -> ConvGradients:
    """Return the gradients of `conv2d(x, kernel, bias, ...)`.

    A weight meets one input at every position of the window; its gradient is the sum, over all positions,
    of that input times the gradient at that position: a convolution of the input with the upstream gradient.
    An input gets back, from every position whose window covers it, the gradient there times the weight that
    met it.

    Args:
        x: [H, W, C_in]. kernel: [kh, kw, C_in / groups, C_out]. upstream: [OH, OW, C_out].
        stride, padding, dilation, groups: as for `conv2d`.

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> found = conv2d_gradients([[[1.0], [2.0], [3.0]]], [[[[10.0]], [[20.0]]]], [[[1.0], [-1.0]]])
        >>> found.kernel.ravel().tolist(), found.x.ravel().tolist(), found.bias.tolist()
        ([-1.0, -1.0], [10.0, 10.0, -20.0], [0.0])
    """
    x, kernel, upstream = (
        as_finite("x", x, ndim=3),
        as_finite("kernel", kernel, ndim=4),
        as_finite("upstream", upstream, ndim=3),
    )
    window, groups = (
        Window(kernel.shape[:2], stride, padding, dilation),
        as_integer("groups", groups, minimum=1),
    )
    (height, width, channels), (kh, kw, seen, filters) = x.shape, kernel.shape
    if channels != seen * groups or filters % groups:
        raise CnnvizError(
            "`kernel` must fit the channels of `x`. "
            f"Received: x.shape={x.shape}, kernel.shape={kernel.shape}, groups={groups}."
        )
    rows, cols = window.output_size((height, width))
    _check_upstream(upstream, (rows, cols, filters))
    (top, bottom), (left, right) = window.pads((height, width))
    padded = np.pad(x, ((top, bottom), (left, right), (0, 0)))
    made = filters // groups
    dtype = np.result_type(x, kernel, upstream)
    back = upstream.reshape(-1, groups, made).transpose(1, 0, 2)  # [groups, positions, filters of a group]

    def met(array: np.ndarray, a: int, b: int) -> np.ndarray:
        """Return the inputs that weight (a, b) meets, at all positions at once, [OH, OW, C_in], as a view."""
        return array[a * window.dilation[0] :: window.stride[0], b * window.dilation[1] :: window.stride[1]][
            :rows, :cols
        ]

    def at_x() -> np.ndarray:
        found = np.zeros(padded.shape, dtype)
        for a, b in np.ndindex(kh, kw):
            weights = kernel[a, b].reshape(seen, groups, made).transpose(1, 2, 0)
            met(found, a, b)[...] += (back @ weights).transpose(1, 0, 2).reshape(rows, cols, channels)
        return found[top : top + height, left : left + width]

    def at_kernel() -> np.ndarray:
        found = np.empty(kernel.shape, dtype)
        for a, b in np.ndindex(kh, kw):
            inputs = met(padded, a, b).reshape(-1, groups, seen).transpose(1, 2, 0)
            found[a, b] = (inputs @ back).transpose(1, 0, 2).reshape(seen, filters)
        return found

    return ConvGradients(at_x, at_kernel, lambda: upstream.sum(axis=(0, 1)))


def conv2d_gradients_loops(
    x: Any, kernel: Any, upstream: Any, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> ConvGradients:
    """Compute `conv2d_gradients` of one group with explicit loops: the readable reference.

    The loops are those of `conv2d_loops`; where that adds input x weight to an output, this hands the
    output's gradient back to both.
    """
    x, kernel, upstream = np.asarray(x, float), np.asarray(kernel, float), np.asarray(upstream, float)
    window = Window(kernel.shape[:2], stride, padding, dilation)
    height, width, channels = x.shape
    at_input, at_kernel = np.zeros(x.shape), np.zeros(kernel.shape)
    for i, j, f in np.ndindex(upstream.shape):
        rows, cols = window.cells(i, j, (height, width))
        for a, row in enumerate(rows):
            for b, col in enumerate(cols):
                if 0 <= row < height and 0 <= col < width:
                    for c in range(channels):
                        at_kernel[a, b, c, f] += x[row, col, c] * upstream[i, j, f]
                        at_input[row, col, c] += kernel[a, b, c, f] * upstream[i, j, f]
    return ConvGradients(lambda: at_input, lambda: at_kernel, lambda: upstream.sum(axis=(0, 1)))


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """The computation of the gradient of one weight of a convolution.

    Attributes:
        inputs: [OH, OW]. The input that the weight met at each position of the window, 0 in the padding.
        upstream: [OH, OW]. The gradient at each position of the filter's map.
        products: [OH, OW]. `inputs * upstream`.
        value: their sum, the weight's gradient.
    """

    inputs: np.ndarray
    upstream: np.ndarray
    products: np.ndarray
    value: float


def weight_gradient(
    x: Any,
    upstream: Any,
    a: int,
    b: int,
    *,
    size: Any,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> WeightGradient:
    """Compute the gradient of the weight at (a, b) of one channel's slice of a filter, keeping every product.

    Args:
        x: [H, W], the input channel. upstream: [OH, OW], the gradient at the filter's map.
        a, b: row and column of the weight. size, stride, padding, dilation: as for `Window`.

    Raises:
        CnnvizError: if shapes do not fit, or the window has no cell (a, b).

    Example:
        >>> weight_gradient([[1.0, 2.0, 3.0]], [[1.0, -1.0]], 0, 1, size=(1, 2)).products.tolist()
        [[2.0, -3.0]]
    """
    x, upstream = as_finite("x", x, ndim=2), as_finite("upstream", upstream, ndim=2)
    window = Window(size, stride, padding, dilation)
    if not (0 <= a < window.size[0] and 0 <= b < window.size[1]):
        raise CnnvizError(
            f"`a`, `b` must be a cell of the window. Received: a={a}, b={b}, size={window.size}."
        )
    height, width = x.shape
    rows, cols = window.output_size((height, width))
    _check_upstream(upstream, (rows, cols))
    padded = np.pad(x, window.pads((height, width)))
    inputs = padded[a * window.dilation[0] :: window.stride[0], b * window.dilation[1] :: window.stride[1]][
        :rows, :cols
    ]
    products = inputs * upstream
    return WeightGradient(inputs, upstream, products, float(products.sum()))


def conv2d_transpose_gradients(
    x: Any, kernel: Any, upstream: Any, *, stride: Any = 1, padding: Any = "valid"
) -> ConvGradients:
    """Return the gradients of `conv2d_transpose(x, kernel, bias, ...)`.

    A transposed convolution is a convolution run backwards; so its gradient at the input is that convolution.

    Args:
        x: [H, W, C_in]. kernel: [kh, kw, C_out, C_in]. upstream: [OH, OW, C_out].
        stride, padding: as for `conv2d_transpose`.

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.
    """
    x, kernel, upstream = (
        as_finite("x", x, ndim=3),
        as_finite("kernel", kernel, ndim=4),
        as_finite("upstream", upstream, ndim=3),
    )
    window = Window(kernel.shape[:2], stride, padding)
    height, width, _ = x.shape
    rows, cols = window.transposed_size((height, width))
    _check_upstream(upstream, (rows, cols, kernel.shape[2]))
    (top, bottom), (left, right) = window.pads((rows, cols))
    (kh, kw), (by_row, by_col) = window.size, window.stride
    # rows that no stamp reaches (a stride above the kernel) or that are cut off contribute nothing
    padded = np.zeros(
        (
            max(top + rows + bottom, height * by_row + kh),
            max(left + cols + right, width * by_col + kw),
            *upstream.shape[2:],
        ),
        upstream.dtype,
    )
    padded[top : top + rows, left : left + cols] = upstream
    dtype = np.result_type(x, kernel, upstream)

    def stamped(a: int, b: int) -> np.ndarray:
        """Return cell (a, b) of every stamp at once, [H, W, C_out]."""
        return padded[a : a + height * by_row : by_row, b : b + width * by_col : by_col]

    def at_x() -> np.ndarray:
        found = np.zeros(x.shape, dtype)
        for a, b in np.ndindex(kh, kw):
            found += stamped(a, b) @ kernel[a, b]
        return found

    def at_kernel() -> np.ndarray:
        found = np.empty(kernel.shape, dtype)
        for a, b in np.ndindex(kh, kw):
            found[a, b] = np.tensordot(stamped(a, b), x, axes=([0, 1], [0, 1]))
        return found

    return ConvGradients(at_x, at_kernel, lambda: upstream.sum(axis=(0, 1)))


def max_pool_gradient(
    x: Any, upstream: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid"
) -> np.ndarray:
    """Return the gradient at the input of `max_pool(x, ...)`: each window's goes to its maximum alone.

    Of equal maxima, to the first, as in TensorFlow.

    Args:
        x: [H, W, C]. upstream: [OH, OW, C]. size, stride, padding: as for `max_pool`.

    Example:
        >>> max_pool_gradient([[[1.0], [3.0]], [[2.0], [0.0]]], [[[5.0]]])[..., 0].tolist()
        [[0.0, 5.0], [0.0, 0.0]]
    """
    x, upstream = as_finite("x", x, ndim=3), as_finite("upstream", upstream, ndim=3)
    winners = pool_winners(x, size, stride=stride, padding=padding)
    _check_upstream(upstream, winners.shape)
    window = Window(size, size if stride is None else stride, padding)
    (top, _), (left, _) = window.pads(x.shape[:2])
    i, j, c = np.ix_(*map(range, winners.shape))
    a, b = np.divmod(winners, window.size[1])
    at_input = np.zeros(x.shape, upstream.dtype)
    where = i * window.stride[0] - top + a, j * window.stride[1] - left + b, np.broadcast_to(c, winners.shape)
    np.add.at(at_input, where, upstream)  # windows may overlap
    return at_input


def average_pool_gradient(
    x: Any, upstream: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid"
) -> np.ndarray:
    """Return the gradient at the input of `average_pool(x, ...)`: each window's in equal shares.

    Same arguments as `max_pool_gradient`.

    Example:
        >>> average_pool_gradient([[[1.0], [3.0]], [[2.0], [0.0]]], [[[8.0]]])[..., 0].tolist()
        [[2.0, 2.0], [2.0, 2.0]]
    """
    x, upstream = as_finite("x", x, ndim=3), as_finite("upstream", upstream, ndim=3)
    window = Window(size, size if stride is None else stride, padding)
    _check_upstream(upstream, (*window.output_size(x.shape[:2]), x.shape[2]))
    at_input = np.zeros(x.shape, upstream.dtype)
    for i, j in np.ndindex(*upstream.shape[:2]):
        rows, cols = window.cells(i, j, x.shape[:2])
        inside = (
            slice(max(rows[0], 0), rows[-1] + 1),  # padding is not counted
            slice(max(cols[0], 0), cols[-1] + 1),
        )
        at_input[inside] += upstream[i, j] / (at_input[inside].shape[0] * at_input[inside].shape[1])
    return at_input


def softmax_gradient(probabilities: Any, upstream: Any) -> np.ndarray:
    """Return the gradient at the logits: `p * (upstream - sum(upstream * p))`, [n].

    >>> softmax_gradient([0.25, 0.75], [-4.0, 0.0]).tolist()   # of -ln p[0]: p - y
    [-0.75, 0.75]
    """
    p, upstream = as_finite("probabilities", probabilities, ndim=1), as_finite("upstream", upstream, ndim=1)
    _check_upstream(upstream, p.shape)
    return p * (upstream - (upstream * p).sum())


def cross_entropy(logits: Any, label: int) -> float:
    """Return the loss `-ln softmax(logits)[label]`, computed so that no exponential overflows.

    Args:
        logits: [n]. label: index of the right class.

    >>> round(cross_entropy(np.log([1.0, 3.0]), 0), 4)   # ln 4
    1.3863
    """
    logits = as_finite("logits", logits, ndim=1).astype(np.float64)
    _check_label(label, logits.shape[0])
    largest = logits.max()
    return float(largest + np.log(np.exp(logits - largest).sum()) - logits[label])


def cross_entropy_gradient(probabilities: Any, label: int) -> np.ndarray:
    """Return the gradient of the cross-entropy at the logits: `p - y`, where y is 1 at the label, else 0.

    >>> cross_entropy_gradient([0.25, 0.75], 1).tolist()
    [0.25, -0.25]
    """
    p = as_finite("probabilities", probabilities, ndim=1)
    _check_label(label, p.shape[0])
    gradient = p.copy()
    gradient[label] -= 1
    return gradient


def swish_derivative(x: Any) -> np.ndarray:
    """Return the derivative of `swish`: `s * (1 + x * (1 - s))` with `s = sigmoid(x)`, elementwise.

    >>> swish_derivative([0.0]).tolist()
    [0.5]
    """
    x = as_finite("x", x)
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


def _check_upstream(upstream: np.ndarray, shape: tuple[int, ...]) -> None:
    if upstream.shape != shape:
        raise CnnvizError(
            f"`upstream` must have the output's shape {shape}. Received: upstream.shape={upstream.shape}."
        )


def _check_label(label: int, classes: int) -> None:
    if as_integer("label", label, minimum=0) >= classes:
        raise CnnvizError(f"`label` must be in 0..{classes - 1}. Received: label={label}.")
