"""The arithmetic of a CNN in NumPy, twice: whole images fast, and one output cell to look at.

Arrays are channels-last: image [H, W, C], kernel [kh, kw, C_in, C_out]. As in every
deep-learning library, "convolution" is cross-correlation: the kernel is not flipped.
float32 stays float32; every other number type is computed with in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnviz.errors import CnnvizError, as_finite, invalid
from cnnviz.window import Window


@dataclass(frozen=True)
class ConvStep:
    """Everything that makes one output value of a convolution.

    Attributes:
        rows, cols: int [kh], [kw]. Input indices under the window; outside the image = padding.
        patch: [kh, kw, C_in]. Input values under the window, 0 in the padding.
        products: [kh, kw, C_in]. `patch * kernel`.
        channel_sums: [C_in]. The products summed within each input channel.
        bias: the filter's bias, 0.0 if there is none.
        value: `channel_sums.sum() + bias`.
    """

    rows: np.ndarray
    cols: np.ndarray
    patch: np.ndarray
    products: np.ndarray
    channel_sums: np.ndarray
    bias: float
    value: float


@dataclass(frozen=True)
class PoolStep:
    """Everything that makes one output value of a pooling.

    Attributes:
        rows, cols: int [kh], [kw]. Input indices under the window; outside the image = padding.
        patch: [kh, kw]. Input values under the window, NaN in the padding, which never counts.
        winner: (row, column) within the window of the largest value, the first of equals.
        count: cells that count, that is, all but the padding.
        value: the pooled value.
    """

    rows: np.ndarray
    cols: np.ndarray
    patch: np.ndarray
    winner: tuple[int, int]
    count: int
    value: float


def conv2d(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Convolve an image with a bank of kernels.

    Args:
        x: [H, W, C_in], finite.
        kernel: [kh, kw, C_in, C_out], finite.
        bias: [C_out] or None.
        stride, padding, dilation: as for `Window`.

    Returns:
        [OH, OW, C_out].

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> conv2d(np.arange(9.0).reshape(3, 3, 1), np.ones((2, 2, 1, 1)))[..., 0].tolist()
        [[8.0, 12.0], [20.0, 24.0]]
    """
    x, kernel, bias, window = _convolution(x, kernel, bias, stride, padding, dilation)
    windows = _windows(x, window, fill=0)  # [OH, OW, C_in, kh, kw]
    return np.tensordot(windows, kernel, axes=([3, 4, 2], [0, 1, 2])) + bias


def conv2d_loops(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """The convolution that teaches: `conv2d` as plain loops that can be read aloud.

    Same arguments, result and errors as `conv2d`.
    """
    x, kernel, bias, window = _convolution(x, kernel, bias, stride, padding, dilation)
    height, width, channels = x.shape
    out_height, out_width = window.output_size((height, width))
    filters = kernel.shape[3]
    out = np.empty((out_height, out_width, filters), np.result_type(x, kernel, bias))
    for i in range(out_height):
        for j in range(out_width):
            rows, cols = window.cells(i, j, (height, width))
            for f in range(filters):
                total = bias[f]
                for a, row in enumerate(rows):
                    for b, col in enumerate(cols):
                        if 0 <= row < height and 0 <= col < width:  # padding is 0: it adds nothing
                            for c in range(channels):
                                total += x[row, col, c] * kernel[a, b, c, f]
                out[i, j, f] = total
    return out


def conv2d_step(
    x: Any,
    kernel: Any,
    bias: Any,
    i: int,
    j: int,
    f: int,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> ConvStep:
    """Show how `conv2d(x, kernel, bias, ...)[i, j, f]` comes about.

    Raises:
        CnnvizError: as `conv2d`, and if the output has no cell (i, j) or no filter f.
    """
    x, kernel, bias, window = _convolution(x, kernel, bias, stride, padding, dilation)
    f = _index("f", f, kernel.shape[3])
    rows, cols = window.cells(i, j, x.shape[:2])
    patch = _patch(x, rows, cols, fill=0)
    products = patch * kernel[..., f]
    channel_sums = products.sum(axis=(0, 1))
    value = float(channel_sums.sum() + bias[f])
    return ConvStep(rows, cols, patch, products, channel_sums, float(bias[f]), value)


def channel_sums(
    x: Any, kernel: Any, f: int, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Convolve each input channel with its own slice of filter `f`: [OH, OW, C_in].

    Summed over the last axis, plus the bias, this is feature map `f` of `conv2d`.
    """
    x, kernel, _, window = _convolution(x, kernel, None, stride, padding, dilation)
    f = _index("f", f, kernel.shape[3])
    return np.einsum("ijcab,abc->ijc", _windows(x, window, fill=0), kernel[..., f], optimize=True)


def max_pool(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Take the largest value under each window, channel by channel.

    Args:
        x: [H, W, C], finite.
        size, stride, padding: as for `Window`; stride None = size. Padding never wins.

    Returns:
        [OH, OW, C].

    Raises:
        CnnvizError: as `conv2d`, and if a window would cover nothing but padding.

    Example:
        >>> max_pool(np.arange(16.0).reshape(4, 4, 1))[..., 0].tolist()
        [[5.0, 7.0], [13.0, 15.0]]
    """
    x, window = _pooling(x, size, stride, padding)
    return _windows(x, window, fill=-np.inf).max(axis=(3, 4))


def average_pool(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Take the mean under each window, channel by channel; padding does not count, as in Keras.

    Same arguments, result and errors as `max_pool`.

    Example:
        >>> average_pool(np.arange(16.0).reshape(4, 4, 1))[..., 0].tolist()
        [[2.5, 4.5], [10.5, 12.5]]
    """
    x, window = _pooling(x, size, stride, padding)
    total = _windows(x, window, fill=0).sum(axis=(3, 4))
    count = _windows(np.ones_like(x[..., :1]), window, fill=0).sum(axis=(3, 4))
    return total / count


def pool_step(
    x: Any,
    i: int,
    j: int,
    c: int,
    *,
    operation: Literal["max", "average"] = "max",
    size: Any = 2,
    stride: Any = None,
    padding: Any = "valid",
) -> PoolStep:
    """Show how `max_pool(x, ...)[i, j, c]`, or `average_pool`'s, comes about.

    Raises:
        CnnvizError: as `max_pool`, and if the output has no cell (i, j) or channel c.
    """
    if operation not in ("max", "average"):
        raise invalid("operation", 'must be "max" or "average"', operation)
    x, window = _pooling(x, size, stride, padding)
    c = _index("c", c, x.shape[2])
    rows, cols = window.cells(i, j, x.shape[:2])
    patch = _patch(x[..., c : c + 1], rows, cols, fill=np.nan)[..., 0]
    winner = np.unravel_index(np.nanargmax(patch), patch.shape)
    value = np.nanmax(patch) if operation == "max" else np.nanmean(patch)
    count = int(np.isfinite(patch).sum())
    return PoolStep(rows, cols, patch, (int(winner[0]), int(winner[1])), count, float(value))


def pool_winners(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Return int [OH, OW, C]: which window cell holds the maximum, counted row by row from 0."""
    x, window = _pooling(x, size, stride, padding)
    windows = _windows(x, window, fill=-np.inf)
    return windows.reshape(*windows.shape[:3], -1).argmax(axis=3)


def relu(x: Any) -> np.ndarray:
    """Return `max(x, 0)`, value by value.

    >>> relu([-2.0, 0.0, 3.0]).tolist()
    [0.0, 0.0, 3.0]
    """
    return np.maximum(as_finite("x", x), 0)


def batch_norm(
    x: Any, gamma: Any, beta: Any, moving_mean: Any, moving_variance: Any, *, epsilon: float = 1e-3
) -> np.ndarray:
    """Normalise each channel as a trained network does: with the statistics measured while training.

    `(x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta`

    Args:
        x: [..., C]. gamma, beta, moving_mean, moving_variance: [C]; the variance is >= 0.
        epsilon: > 0, keeps the root away from 0.

    Returns:
        The shape of `x`.

    Raises:
        CnnvizError: if an array does not have one value for each channel.

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167

    Example:
        >>> batch_norm([1.0, 5.0], [1, 1], [0, 2], [1, 1], [4, 4], epsilon=0).tolist()
        [0.0, 4.0]
    """
    x = as_finite("x", x)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    arrays = []
    for name, value in zip(names, (gamma, beta, moving_mean, moving_variance), strict=True):
        array = as_finite(name, value, ndim=1)
        if array.shape != x.shape[-1:]:
            raise CnnvizError(
                f"`{name}` must have one value for each channel. Received: {name}.shape={array.shape}, "
                f"x.shape={x.shape}."
            )
        arrays.append(array)
    scale, shift, mean, variance = arrays
    if (variance < 0).any():
        raise invalid("moving_variance", "must be >= 0", float(variance.min()))
    return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon)) * scale + shift


def dense(x: Any, kernel: Any, bias: Any = None) -> np.ndarray:
    """Return `x @ kernel + bias`: vector [n], kernel [n, units], bias [units] or None -> [units].

    >>> dense([1.0, 2.0], [[1.0, 0.0], [0.0, 3.0]], [0.5, 0.5]).tolist()
    [1.5, 6.5]
    """
    x, kernel = as_finite("x", x, ndim=1), as_finite("kernel", kernel, ndim=2)
    if x.shape[0] != kernel.shape[0]:
        raise CnnvizError(
            f"`kernel` must have a row for each input. Received: x.shape={x.shape}, "
            f"kernel.shape={kernel.shape}."
        )
    return x @ kernel + _bias(bias, kernel)


def softmax(logits: Any) -> np.ndarray:
    """Return `exp(logits) / sum(exp(logits))` over the last axis.

    The maximum is subtracted first, which changes nothing but keeps `exp` in range.

    >>> softmax([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    logits = as_finite("logits", logits)
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _convolution(
    x: Any, kernel: Any, bias: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Window]:
    """Check the arguments of a convolution once, for all of its forms."""
    x, kernel = as_finite("x", x, ndim=3), as_finite("kernel", kernel, ndim=4)
    if kernel.shape[2] != x.shape[2]:
        raise CnnvizError(
            f"`kernel` must have as many input channels as `x`. Received: x.shape={x.shape}, "
            f"kernel.shape={kernel.shape}."
        )
    return x, kernel, _bias(bias, kernel), Window(kernel.shape[:2], stride, padding, dilation)


def _pooling(x: Any, size: Any, stride: Any, padding: Any) -> tuple[np.ndarray, Window]:
    """Check the arguments of a pooling once, for all of its forms."""
    x = as_finite("x", x, ndim=3)
    window = Window(size, size if stride is None else stride, padding)
    out = window.output_size(x.shape[:2])
    for axis, ((before, _), end) in enumerate(zip(window.pads(x.shape[:2]), out, strict=True)):
        last_window = (end - 1) * window.stride[axis] - before
        if before >= window.size[axis] or last_window >= x.shape[axis]:
            raise CnnvizError(
                "`padding` must leave an input cell in every window. Received: "
                f"padding={padding!r}, size={window.size}, stride={window.stride}.",
                reason="window_of_padding",
            )
    return x, window


def _bias(bias: Any, kernel: np.ndarray) -> np.ndarray:
    if bias is None:
        return np.zeros(kernel.shape[-1], kernel.dtype)
    bias = as_finite("bias", bias, ndim=1)
    if bias.shape[0] != kernel.shape[-1]:
        raise CnnvizError(
            f"`bias` must have one value for each output. Received: bias.shape={bias.shape}, "
            f"kernel.shape={kernel.shape}."
        )
    return bias


def _windows(x: np.ndarray, window: Window, *, fill: float) -> np.ndarray:
    """Return a view [OH, OW, C, kh, kw] on the padded image [H, W, C]: each window's cells."""
    out_height, out_width = window.output_size(x.shape[:2])
    padded = np.pad(x, (*window.pads(x.shape[:2]), (0, 0)), constant_values=fill)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window.extent, axis=(0, 1))
    windows = windows[
        :: window.stride[0], :: window.stride[1], :, :: window.dilation[0], :: window.dilation[1]
    ]
    return windows[:out_height, :out_width]


def _patch(x: np.ndarray, rows: np.ndarray, cols: np.ndarray, *, fill: float) -> np.ndarray:
    """Return x[rows, cols] [kh, kw, C], with `fill` where an index lies outside."""
    inside_rows = (rows >= 0) & (rows < x.shape[0])
    inside_cols = (cols >= 0) & (cols < x.shape[1])
    patch = np.full((len(rows), len(cols), x.shape[2]), fill, x.dtype)
    patch[np.ix_(inside_rows, inside_cols)] = x[np.ix_(rows[inside_rows], cols[inside_cols])]
    return patch


def _index(name: str, value: int, end: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < end:
        raise CnnvizError(f"`{name}` must be a whole number in 0..{end - 1}. Received: {name}={value!r}.")
    return int(value)
