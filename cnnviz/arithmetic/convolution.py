"""2-D convolution, ordinary and grouped.

Kernels are [kh, kw, C_in, C_out]. As in every deep-learning library, "convolution" is
cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_bias, as_index
from cnnviz.arithmetic.patches import extract_patch, extract_patches
from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite, as_integer


@dataclass(frozen=True)
class ConvStep:
    """The computation of one output value of a convolution.

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
        groups: >= 1, divides C_in and C_out. The channels are split into this many groups, in order;
            the filters of a group see the input channels of that group only.

    Returns:
        [OH, OW, C_out].

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> conv2d(np.arange(9.0).reshape(3, 3, 1), np.ones((2, 2, 1, 1)))[..., 0].tolist()
        [[8.0, 12.0], [20.0, 24.0]]
    """
    x, kernel, bias, window = _validated(x, kernel, bias, stride, padding, dilation, groups)
    windows = extract_patches(x, window, fill=0)  # [OH, OW, C_in, kh, kw]
    filters = kernel.shape[3] // groups  # per group
    maps = [
        np.tensordot(
            windows[:, :, _group_channels(f, kernel, groups)],
            kernel[..., f : f + filters],
            axes=([3, 4, 2], [0, 1, 2]),
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
    """Compute `conv2d` with explicit loops: the readable reference.

    Same arguments, result and errors as `conv2d`.
    """
    x, kernel, bias, window = _validated(x, kernel, bias, stride, padding, dilation, groups)
    height, width = x.shape[:2]
    out_height, out_width = window.output_size((height, width))
    channels, filters = kernel.shape[2:]
    out = np.empty((out_height, out_width, filters), np.result_type(x, kernel, bias))
    for i in range(out_height):
        for j in range(out_width):
            rows, cols = window.cells(i, j, (height, width))
            for f in range(filters):
                first = _group_channels(f, kernel, groups).start  # first input channel of its group
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
    """Compute `conv2d(x, kernel, bias, ...)[i, j, f]` and keep every intermediate value.

    Raises:
        CnnvizError: as `conv2d`, and if the output has no cell (i, j) or no filter f.
    """
    x, kernel, bias, window = _validated(x, kernel, bias, stride, padding, dilation, groups)
    f = as_index("f", f, kernel.shape[3])
    rows, cols = window.cells(i, j, x.shape[:2])
    patch = extract_patch(x[..., _group_channels(f, kernel, groups)], rows, cols, fill=0)
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
    """Convolve each input channel of filter `f` with its slice of the filter: [OH, OW, C_in / groups].

    Summed over the last axis, plus the bias, this is feature map `f` of `conv2d`.
    """
    x, kernel, _, window = _validated(x, kernel, None, stride, padding, dilation, groups)
    f = as_index("f", f, kernel.shape[3])
    windows = extract_patches(x[..., _group_channels(f, kernel, groups)], window, fill=0)
    return np.einsum("ijcab,abc->ijc", windows, kernel[..., f], optimize=True)


def _validated(
    x: Any, kernel: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Window]:
    """Check the arguments of a convolution."""
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
    return (
        x,
        kernel,
        as_bias(bias, kernel.shape[-1], kernel.dtype),
        Window(kernel.shape[:2], stride, padding, dilation),
    )


def _group_channels(f: int, kernel: np.ndarray, groups: int) -> slice:
    """Return the input channels that filter `f` sees: those of its group."""
    channels, filters = kernel.shape[2], kernel.shape[3] // groups
    first = f // filters * channels
    return slice(first, first + channels)
