"""Transposed convolution: the convolution's sums run backwards, from each cell to a patch of the output.

Kernels are [kh, kw, C_out, C_in], the order of Keras. There are two ways to the same numbers. Each
input cell stamps the kernel, times its value, on the output, `stride` apart, and where stamps overlap
they add up. Or: zeros are put between the input cells, and an ordinary convolution with the kernel
turned by 180 degrees slides over that.

Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", chapter 4,
    https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_bias, as_index
from cnnviz.arithmetic.convolution import conv2d_step
from cnnviz.arithmetic.patches import one_patch
from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite


@dataclass(frozen=True)
class ConvTransposeStep:
    """Everything that makes one output value of a transposed convolution: where input and kernel meet.

    Attributes:
        rows, cols: int [kh], [kw]. Rows and columns under the window of the input with zeros between
            its cells (`zero_stuffed`); outside of it = padding.
        input_rows, input_cols: int [kh], [kw]. Which input row or column that is, -1 where there is
            none: in a zero between, or in the padding.
        patch: [kh, kw, C_in]. Values under the window, 0 where there is no input cell.
        kernel: [kh, kw, C_in]. The filter, turned by 180 degrees.
        products: [kh, kw, C_in]. `patch * kernel`.
        channel_sums: [C_in]. The products summed within each input channel.
        bias: the filter's bias, 0.0 if there is none.
        value: `channel_sums.sum() + bias`.
    """

    rows: np.ndarray
    cols: np.ndarray
    input_rows: np.ndarray
    input_cols: np.ndarray
    patch: np.ndarray
    kernel: np.ndarray
    products: np.ndarray
    channel_sums: np.ndarray
    bias: float
    value: float


def conv2d_transpose(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid"
) -> np.ndarray:
    """Stamp the kernels on a larger image, `stride` apart, each times the value of an input cell.

    Args:
        x: [H, W, C_in], finite.
        kernel: [kh, kw, C_out, C_in], finite.
        bias: [C_out] or None.
        stride: int or (rows, cols), >= 1.
        padding: "valid"; "same"; or p, (p_rows, p_cols), ((top, bottom), (left, right)): so many rows
            and columns of the "valid" result are cut off, as PyTorch and ONNX do.

    Returns:
        [OH, OW, C_out]; OH is (H - 1) * stride + kh for "valid" and H * stride for "same", where what is
        cut off or added is Keras' choice. Keras' "valid" is the same up to a stride of kh; beyond it Keras
        appends stride - kh rows of bias, unless it is told `output_padding=0`.

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> conv2d_transpose([[[1.0], [10.0]]], [[[[1]], [[2]], [[3]]]], stride=2)[..., 0].tolist()
        [[1.0, 2.0, 13.0, 20.0, 30.0]]
    """
    x, kernel, bias, window = _transposed(x, kernel, bias, stride, padding)
    (height, width, _), (kh, kw), (by_row, by_col) = x.shape, window.size, window.stride
    out_height, out_width = window.transposed_size((height, width))
    (top, bottom), (left, right) = window.pads((out_height, out_width))
    stamped = np.zeros(
        (top + out_height + bottom, left + out_width + right, kernel.shape[2]), np.result_type(x, kernel)
    )
    for a in range(kh):
        for b in range(kw):  # cell (a, b) of every stamp at once
            rows, cols = slice(a, a + height * by_row, by_row), slice(b, b + width * by_col, by_col)
            stamped[rows, cols] += x @ kernel[a, b].T
    return stamped[top : top + out_height, left : left + out_width] + bias


def conv2d_transpose_loops(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid"
) -> np.ndarray:
    """`conv2d_transpose` as plain loops that can be read aloud: one stamp after the other.

    Same arguments, result and errors as `conv2d_transpose`.
    """
    x, kernel, bias, window = _transposed(x, kernel, bias, stride, padding)
    height, width, channels = x.shape
    filters = kernel.shape[2]
    out_height, out_width = window.transposed_size((height, width))
    out = np.empty((out_height, out_width, filters), np.result_type(x, kernel, bias))
    out[:] = bias
    for i in range(height):
        for j in range(width):
            rows, cols = window.stamp(i, j, (height, width))
            for a, row in enumerate(rows):
                for b, col in enumerate(cols):
                    if 0 <= row < out_height and 0 <= col < out_width:  # the rest is cut off
                        for f in range(filters):
                            for c in range(channels):
                                out[row, col, f] += x[i, j, c] * kernel[a, b, f, c]
    return out


def conv2d_transpose_step(
    x: Any,
    kernel: Any,
    bias: Any,
    i: int,
    j: int,
    f: int,
    *,
    stride: Any = 1,
    padding: Any = "valid",
) -> ConvTransposeStep:
    """Show how `conv2d_transpose(x, kernel, bias, ...)[i, j, f]` comes about.

    `Window.stamp` answers the opposite question: where one input cell's stamp lands.

    Raises:
        CnnvizError: as `conv2d_transpose`, and if the output has no cell (i, j) or no filter f.
    """
    x, kernel, bias, window = _transposed(x, kernel, bias, stride, padding)
    out_height, out_width = window.transposed_size(x.shape[:2])
    i, j = as_index("i", i, out_height), as_index("j", j, out_width)
    (row, col), (kh, kw) = _start(x, window), window.size
    rows, cols = row + i + np.arange(kh), col + j + np.arange(kw)
    # an ordinary convolution whose image is just what is under the window
    under, turned = one_patch(zero_stuffed(x, window.stride), rows, cols, fill=0), _turned(kernel)
    step = conv2d_step(under, turned, bias, 0, 0, f)
    return ConvTransposeStep(
        rows,
        cols,
        _input_cells(rows, window.stride[0], x.shape[0]),
        _input_cells(cols, window.stride[1], x.shape[1]),
        step.patch,
        turned[..., f],
        step.products,
        step.channel_sums,
        step.bias,
        step.value,
    )


def transposed_as_convolution(
    x: Any, kernel: Any, *, stride: Any = 1, padding: Any = "valid"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the image and the kernel of the ordinary convolution that computes the same.

    `conv2d(*transposed_as_convolution(x, kernel, ...), bias) == conv2d_transpose(x, kernel, bias, ...)`

    Returns:
        The input with zeros between its cells and around them [OH + kh - 1, OW + kw - 1, C_in], and the
        kernel turned by 180 degrees [kh, kw, C_in, C_out].

    Raises:
        CnnvizError: as `conv2d_transpose`.
    """
    x, kernel, _, window = _transposed(x, kernel, None, stride, padding)
    (row, col), (kh, kw) = _start(x, window), window.size
    out_height, out_width = window.transposed_size(x.shape[:2])
    rows, cols = row + np.arange(out_height + kh - 1), col + np.arange(out_width + kw - 1)
    return one_patch(zero_stuffed(x, window.stride), rows, cols, fill=0), _turned(kernel)


def zero_stuffed(x: Any, stride: Any) -> np.ndarray:
    """Put stride - 1 zeros between the cells: [H, W, C] -> [(H - 1) * stride + 1, ..., C].

    Args:
        x: [H, W, C], finite.
        stride: int or (rows, cols), >= 1.

    Example:
        >>> zero_stuffed([[[1.0], [2.0], [3.0]]], 2)[..., 0].tolist()
        [[1.0, 0.0, 2.0, 0.0, 3.0]]
    """
    x, (by_row, by_col) = as_finite("x", x, ndim=3), Window(1, stride).stride
    height, width, channels = x.shape
    out = np.zeros(((height - 1) * by_row + 1, (width - 1) * by_col + 1, channels), x.dtype)
    out[::by_row, ::by_col] = x
    return out


def _transposed(
    x: Any, kernel: Any, bias: Any, stride: Any, padding: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Window]:
    """Check the arguments of a transposed convolution once, for all of its forms."""
    x, kernel = as_finite("x", x, ndim=3), as_finite("kernel", kernel, ndim=4)
    if kernel.shape[3] != x.shape[2]:
        raise CnnvizError(
            "`kernel` must be [kh, kw, C_out, C_in] with as many input channels as `x`. "
            f"Received: x.shape={x.shape}, kernel.shape={kernel.shape}."
        )
    bias = as_bias(bias, kernel.shape[2], kernel.dtype)
    return x, kernel, bias, Window(kernel.shape[:2], stride, padding)


def _turned(kernel: np.ndarray) -> np.ndarray:
    """Turn [kh, kw, C_out, C_in] by 180 degrees, in the order of a convolution: [kh, kw, C_in, C_out]."""
    return kernel[::-1, ::-1].swapaxes(2, 3)


def _start(x: np.ndarray, window: Window) -> tuple[int, int]:
    """Return the zero-stuffed input's (row, column) under the window's first cell, for output (0, 0)."""
    (top, _), (left, _) = window.pads(window.transposed_size(x.shape[:2]))
    return top - (window.size[0] - 1), left - (window.size[1] - 1)


def _input_cells(stuffed: np.ndarray, stride: int, end: int) -> np.ndarray:
    """Return the input's index of each index of the zero-stuffed input, -1 where no input cell lies."""
    cells, between = np.divmod(stuffed, stride)
    return np.where((between == 0) & (cells >= 0) & (cells < end), cells, -1)
