"""The arithmetic of a CNN in NumPy, twice: whole images fast, and one output cell to look at.

Arrays are channels-last: image [H, W, C], kernel [kh, kw, C_in, C_out]. As in every
deep-learning library, "convolution" is cross-correlation: the kernel is not flipped.
float32 stays float32; every other number type is computed with in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite, as_integer, invalid


@dataclass(frozen=True)
class ConvStep:
    """Everything that makes one output value of a convolution.

    Attributes:
        rows, cols: int [kh], [kw]. Input indices under the window; outside the image = padding.
        patch: [kh, kw, C_in / groups]. Input values under the window, of the channels that the filter
            sees, 0 in the padding.
        products: [kh, kw, C_in / groups]. `patch * kernel`.
        channel_sums: [C_in / groups]. The products summed within each input channel.
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


@dataclass(frozen=True, eq=False)
class DenseStep:
    """Everything that makes one output value of a fully connected layer; float64 throughout.

    Attributes:
        weights: [n]. The unit's column of the kernel.
        contributions: [n]. `x * weights`.
        positive: int [<= top]. Inputs with the largest contributions above 0, the largest first.
        negative: int [<= top]. Inputs with the contributions furthest below 0, the furthest first.
        rest: the sum of all other contributions.
        rest_count: how many others there are.
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
        """Round to `digits` decimals so that what is shown still adds up.

        Each number is rounded by itself but the rest, which takes up what rounding leaves over.
        """
        whole = [round(c * 10**digits) for c in self.contributions[[*self.positive, *self.negative]].tolist()]
        bias = None if self.bias is None else round(self.bias * 10**digits)
        value = round(self.value * 10**digits)
        return DenseSum(digits, tuple(whole), value - sum(whole) - (bias or 0), bias, value)


@dataclass(frozen=True)
class DenseSum:
    """A `DenseStep` in whole units of 10**-digits: `sum(largest) + rest + (bias or 0) == value`, exactly.

    Attributes:
        digits: decimals.
        largest: the contributions of `positive`, then of `negative`.
        rest, bias, value: as in `DenseStep`; bias None if there is none.
    """

    digits: int
    largest: tuple[int, ...]
    rest: int
    bias: int | None
    value: int


@dataclass(frozen=True, eq=False)
class SoftmaxStep:
    """Softmax, one step after the other; all arrays [n].

    Attributes:
        scaled: `logits / temperature`.
        shift: what was subtracted before `exp`.
        exponentials: `exp(scaled - shift)`.
        total: their sum.
        probabilities: `exponentials / total`.
    """

    scaled: np.ndarray
    shift: float
    exponentials: np.ndarray
    total: float
    probabilities: np.ndarray


def conv2d(
    x: Any,
    kernel: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: Any = 1,
) -> np.ndarray:
    """Convolve an image with a bank of kernels.

    Args:
        x: [H, W, C_in], finite.
        kernel: [kh, kw, C_in / groups, C_out], finite.
        bias: [C_out] or None.
        stride, padding, dilation: as for `Window`.
        groups: >= 1, divides C_in and C_out. Into so many parts the channels are split, in their
            order; the filters of a part see the input channels of that part only.

    Returns:
        [OH, OW, C_out].

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> conv2d(np.arange(9.0).reshape(3, 3, 1), np.ones((2, 2, 1, 1)))[..., 0].tolist()
        [[8.0, 12.0], [20.0, 24.0]]
    """
    x, kernel, bias, window = _convolution(x, kernel, bias, stride, padding, dilation, groups)
    windows = _windows(x, window, fill=0)  # [OH, OW, C_in, kh, kw]
    filters = kernel.shape[3] // groups  # of each group
    maps = [
        np.tensordot(
            windows[:, :, _seen(f, kernel, groups)], kernel[..., f : f + filters], axes=([3, 4, 2], [0, 1, 2])
        )
        for f in range(0, kernel.shape[3], filters)
    ]
    return np.concatenate(maps, axis=2) + bias


def conv2d_loops(
    x: Any,
    kernel: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: Any = 1,
) -> np.ndarray:
    """The convolution that teaches: `conv2d` as plain loops that can be read aloud.

    Same arguments, result and errors as `conv2d`.
    """
    x, kernel, bias, window = _convolution(x, kernel, bias, stride, padding, dilation, groups)
    height, width = x.shape[:2]
    out_height, out_width = window.output_size((height, width))
    channels, filters = kernel.shape[2:]
    out = np.empty((out_height, out_width, filters), np.result_type(x, kernel, bias))
    for i in range(out_height):
        for j in range(out_width):
            rows, cols = window.cells(i, j, (height, width))
            for f in range(filters):
                first = _seen(f, kernel, groups).start  # of the input channels of its group
                total = bias[f]
                for a, row in enumerate(rows):
                    for b, col in enumerate(cols):
                        if 0 <= row < height and 0 <= col < width:  # padding is 0: it adds nothing
                            for c in range(channels):
                                total += x[row, col, first + c] * kernel[a, b, c, f]
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
    groups: Any = 1,
) -> ConvStep:
    """Show how `conv2d(x, kernel, bias, ...)[i, j, f]` comes about.

    Raises:
        CnnvizError: as `conv2d`, and if the output has no cell (i, j) or no filter f.
    """
    x, kernel, bias, window = _convolution(x, kernel, bias, stride, padding, dilation, groups)
    f = _index("f", f, kernel.shape[3])
    rows, cols = window.cells(i, j, x.shape[:2])
    patch = _patch(x[..., _seen(f, kernel, groups)], rows, cols, fill=0)
    products = patch * kernel[..., f]
    channel_sums = products.sum(axis=(0, 1))
    value = float(channel_sums.sum() + bias[f])
    return ConvStep(rows, cols, patch, products, channel_sums, float(bias[f]), value)


def channel_sums(
    x: Any,
    kernel: Any,
    f: int,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: Any = 1,
) -> np.ndarray:
    """Convolve each channel that filter `f` sees with its own slice of it: [OH, OW, C_in / groups].

    Summed over the last axis, plus the bias, this is feature map `f` of `conv2d`.
    """
    x, kernel, _, window = _convolution(x, kernel, None, stride, padding, dilation, groups)
    f = _index("f", f, kernel.shape[3])
    windows = _windows(x[..., _seen(f, kernel, groups)], window, fill=0)
    return np.einsum("ijcab,abc->ijc", windows, kernel[..., f], optimize=True)


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


def global_average_pool(x: Any) -> np.ndarray:
    """Take the mean of each channel over the whole image: [H, W, C] -> [C].

    Raises:
        CnnvizError: if `x` has another rank or a value is not finite.

    Source: Lin, Chen and Yan, "Network In Network", 2013, section 3.2, https://arxiv.org/abs/1312.4400

    Example:
        >>> global_average_pool([[[1.0, 10.0], [3.0, 30.0]]]).tolist()
        [2.0, 20.0]
    """
    return as_finite("x", x, ndim=3).mean(axis=(0, 1))


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


def leaky_relu(x: Any, slope: float) -> np.ndarray:
    """Return `x` where it is above 0 and `slope * x` elsewhere, value by value.

    Args:
        x: any shape.
        slope: >= 0. Keras' layer takes 0.3 if it is told nothing, PyTorch's 0.01.

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
    """Return `min(max(x, 0), 6)`, value by value.

    Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010

    >>> relu6([-2.0, 3.0, 8.0]).tolist()
    [0.0, 3.0, 6.0]
    """
    return np.clip(as_finite("x", x), 0, 6)


def sigmoid(x: Any) -> np.ndarray:
    """Return `1 / (1 + exp(-x))`, in (0, 1), value by value.

    Only numbers <= 0 are given to `exp`, so that nothing overflows: below 0 the fraction is
    expanded by `exp(x)`.

    >>> sigmoid([-1000.0, 0.0, np.log(3.0)]).round(6).tolist()
    [0.0, 0.5, 0.75]
    """
    x = as_finite("x", x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def tanh(x: Any) -> np.ndarray:
    """Return `(exp(x) - exp(-x)) / (exp(x) + exp(-x))`, in (-1, 1), value by value.

    >>> tanh([-1000.0, 0.0, np.log(3.0)]).round(6).tolist()
    [-1.0, 0.0, 0.8]
    """
    return np.tanh(as_finite("x", x))


def swish(x: Any) -> np.ndarray:
    """Return `x * sigmoid(x)`, value by value; also called SiLU.

    Source: Ramachandran, Zoph and Le, "Searching for Activation Functions", 2017,
        https://arxiv.org/abs/1710.05941

    >>> swish([-1000.0, 0.0, 2.0]).round(4).tolist()
    [-0.0, 0.0, 1.7616]
    """
    x = as_finite("x", x)
    return x * sigmoid(x)


def add(*xs: Any) -> np.ndarray:
    """Add arrays of one shape, value by value, as a skip connection does.

    Raises:
        CnnvizError: if there is no array, or if their shapes differ.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2015,
        https://arxiv.org/abs/1512.03385

    Example:
        >>> add([[[1.0, 2.0]]], [[[10.0, 20.0]]]).tolist()
        [[[11.0, 22.0]]]
    """
    first, *others = arrays = _arrays(xs)
    if any(x.shape != first.shape for x in others):
        raise CnnvizError(f"`xs` must have one shape. Received: shapes={_shapes(arrays)}.")
    return sum(others, start=first.copy())


def concatenate(*xs: Any) -> np.ndarray:
    """Put the channels of several arrays behind one another: [H, W, C1], [H, W, C2] -> [H, W, C1 + C2].

    Raises:
        CnnvizError: if there is no array, or if their shapes differ in more than the last axis.

    Source: Huang et al., "Densely Connected Convolutional Networks", 2016, https://arxiv.org/abs/1608.06993

    Example:
        >>> concatenate([[[1.0, 2.0]]], [[[3.0]]]).tolist()
        [[[1.0, 2.0, 3.0]]]
    """
    arrays = _arrays(xs)
    if any(x.ndim == 0 or x.shape[:-1] != arrays[0].shape[:-1] for x in arrays):
        raise CnnvizError(
            f"`xs` must have one shape but for their channels. Received: shapes={_shapes(arrays)}."
        )
    return np.concatenate(arrays, axis=-1)


def zero_pad(x: Any, padding: Any) -> np.ndarray:
    """Put a border of zeros around an image.

    Args:
        x: [H, W, C], finite.
        padding: p, (p_rows, p_cols) or ((top, bottom), (left, right)), all >= 0.

    Returns:
        [top + H + bottom, left + W + right, C].

    Example:
        >>> zero_pad([[[7.0]]], ((0, 1), (2, 0)))[..., 0].tolist()
        [[0.0, 0.0, 7.0], [0.0, 0.0, 0.0]]
    """
    if isinstance(padding, str):
        raise invalid("padding", "must be p, (p_rows, p_cols) or ((top, bottom), (left, right))", padding)
    x = as_finite("x", x, ndim=3)
    return np.pad(x, (*Window(1, padding=padding).pads(x.shape[:2]), (0, 0)))


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


def flat_index(row: int, col: int, channel: int, shape: tuple[int, int, int]) -> int:
    """Return where cell (row, col, channel) of an array [H, W, C] lands when it is flattened.

    `(row * W + col) * C + channel`: rows, then columns, then channels, the order of Keras.

    Raises:
        CnnvizError: if the array has no such cell.

    Example:
        >>> flat_index(3, 5, 7, (16, 16, 32))
        1703
    """
    _, width, channels = shape
    row, col = _index("row", row, shape[0]), _index("col", col, width)
    return (row * width + col) * channels + _index("channel", channel, channels)


def flat_place(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return (row, col, channel) of a flattened array's entry: the inverse of `flat_index`.

    Raises:
        CnnvizError: if there is no such entry.

    Example:
        >>> flat_place(1703, (16, 16, 32))
        (3, 5, 7)
    """
    height, width, channels = shape
    cell, channel = divmod(_index("index", index, height * width * channels), channels)
    return (*divmod(cell, width), channel)


def dense_step(x: Any, kernel: Any, bias: Any, unit: int, top: int = 5) -> DenseStep:
    """Show how `dense(x, kernel, bias)[unit]` comes about.

    Args:
        x: [n]. kernel: [n, units]. bias: [units] or None.
        unit: which output.
        top: how many contributions to single out on either side of 0, >= 0.

    Raises:
        CnnvizError: as `dense`, and if there is no such unit or `top` is out of range.

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
    unit, top = _index("unit", unit, kernel.shape[1]), as_integer("top", top, minimum=0)
    own_bias = None if bias is None else float(_bias(bias, kernel)[unit])
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


def softmax(logits: Any, temperature: float = 1.0) -> np.ndarray:
    """Return `exp(logits / T) / sum(exp(logits / T))` over the last axis, T = `temperature` > 0.

    The maximum is subtracted first, which changes nothing but keeps `exp` in range.

    Raises:
        CnnvizError: if a logit is not finite or the temperature is not above 0.

    Example:
        >>> softmax([0.0, 0.0]).tolist()
        [0.5, 0.5]
    """
    scaled = _scaled(logits, temperature)
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_step(logits: Any, temperature: float = 1.0, *, shift: bool = True) -> SoftmaxStep:
    """Show how `softmax(logits, temperature)` comes about.

    Args:
        logits: [n]. temperature: > 0.
        shift: subtract the largest scaled logit before `exp`, as programs do. The probabilities
            are the same either way: exp(a - m) = exp(a) / exp(m), and exp(m) cancels.

    Raises:
        CnnvizError: as `softmax`, and if without the shift an exponential is too large for float64.

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


def _arrays(xs: tuple[Any, ...]) -> list[np.ndarray]:
    if not xs:
        raise CnnvizError("`xs` must hold at least one array. Received: none.")
    return [as_finite(f"xs[{k}]", x) for k, x in enumerate(xs)]


def _shapes(arrays: list[np.ndarray]) -> str:
    return ", ".join(str(array.shape) for array in arrays)


def _scaled(logits: Any, temperature: Any) -> np.ndarray:
    logits = as_finite("logits", logits)
    number = as_finite("temperature", temperature)
    if number.ndim or number <= 0:
        raise invalid("temperature", "must be a number > 0", temperature)
    return logits / logits.dtype.type(number)


def _convolution(
    x: Any, kernel: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Window]:
    """Check the arguments of a convolution once, for all of its forms."""
    x, kernel = as_finite("x", x, ndim=3), as_finite("kernel", kernel, ndim=4)
    received = f"Received: x.shape={x.shape}, kernel.shape={kernel.shape}"
    if as_integer("groups", groups, minimum=1) == 1:
        if kernel.shape[2] != x.shape[2]:
            raise CnnvizError(f"`kernel` must have as many input channels as `x`. {received}.")
    elif x.shape[2] % groups or kernel.shape[3] % groups:
        raise CnnvizError(
            f"`groups` must divide the channels of `x` and of the output. {received}, groups={groups}."
        )
    elif kernel.shape[2] != x.shape[2] // groups:
        raise CnnvizError(
            f"`kernel` must have as many input channels as a group of `x`. {received}, groups={groups}."
        )
    return x, kernel, _bias(bias, kernel), Window(kernel.shape[:2], stride, padding, dilation)


def _seen(f: int, kernel: np.ndarray, groups: int) -> slice:
    """Return which input channels filter `f` sees: those of its own group."""
    channels, filters = kernel.shape[2], kernel.shape[3] // groups
    first = f // filters * channels
    return slice(first, first + channels)


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
