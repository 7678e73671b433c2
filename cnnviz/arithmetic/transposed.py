"""Transposed convolution, the adjoint of convolution.

Kernels are [kh, kw, C_out, C_in], as in Keras. Two formulations give the same result. Either each input
cell adds the kernel, times its value, to a patch of the output (here called its stamp); stamps are
`stride` apart and may overlap. Or zeros are inserted between the input cells, and an ordinary convolution
with the kernel rotated by 180 degrees slides over the result.

Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", chapter 4,
    https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_bias, as_index
from cnnviz.arithmetic.convolution import conv2d_step
from cnnviz.arithmetic.patches import extract_patch
from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite


@dataclass(frozen=True)
class ConvTransposeStep:
    """The computation of one output value of a transposed convolution.

    Attributes:
        rows, cols: int [kh], [kw]. Indices under the window into the input with inserted zeros
            (`insert_zeros`); out of bounds = padding.
        input_rows, input_cols: int [kh], [kw]. The same as indices into the input, -1 for an inserted
            zero and for padding.
        patch: [kh, kw, C_in]. Values under the window, 0 where there is no input cell.
        kernel: [kh, kw, C_in]. The filter, rotated by 180 degrees.
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
    """Apply a transposed convolution, which upsamples an image by `stride`.

    Args:
        x: [H, W, C_in], finite.
        kernel: [kh, kw, C_out, C_in], finite.
        bias: [C_out] or None.
        stride: int or (rows, cols), >= 1.
        padding: "valid"; "same"; or p, (p_rows, p_cols), ((top, bottom), (left, right)): the number of
            rows and columns cropped from the "valid" result, as in PyTorch and ONNX.

    Returns:
        [OH, OW, C_out]; OH is (H - 1) * stride + kh for "valid" and H * stride for "same", cropped or
        extended as in Keras. "valid" equals Keras' up to a stride of kh; beyond it Keras appends
        stride - kh rows of bias, unless `output_padding=0`.

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> conv2d_transpose([[[1.0], [10.0]]], [[[[1]], [[2]], [[3]]]], stride=2)[..., 0].tolist()
        [[1.0, 2.0, 13.0, 20.0, 30.0]]
    """
    x, kernel, bias, window = _validated(x, kernel, bias, stride, padding)
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
    """Compute `conv2d_transpose` with explicit loops, one stamp after the other: the readable reference.

    Same arguments, result and errors as `conv2d_transpose`.
    """
    x, kernel, bias, window = _validated(x, kernel, bias, stride, padding)
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
    """Compute `conv2d_transpose(x, kernel, bias, ...)[i, j, f]` and keep every intermediate value.

    `Window.stamp` answers the opposite question: where one input cell's stamp lands.

    Raises:
        CnnvizError: as `conv2d_transpose`, and if the output has no cell (i, j) or no filter f.
    """
    x, kernel, bias, window = _validated(x, kernel, bias, stride, padding)
    out_height, out_width = window.transposed_size(x.shape[:2])
    i, j = as_index("i", i, out_height), as_index("j", j, out_width)
    (row, col), (kh, kw) = _window_origin(x, window), window.size
    rows, cols = row + i + np.arange(kh), col + j + np.arange(kw)
    # an ordinary convolution whose image is exactly the patch
    patch, rotated = extract_patch(insert_zeros(x, window.stride), rows, cols, fill=0), _rotate_180(kernel)
    step = conv2d_step(patch, rotated, bias, 0, 0, f)
    return ConvTransposeStep(
        rows,
        cols,
        _input_cells(rows, window.stride[0], x.shape[0]),
        _input_cells(cols, window.stride[1], x.shape[1]),
        step.patch,
        rotated[..., f],
        step.products,
        step.channel_sums,
        step.bias,
        step.value,
    )


def transposed_as_convolution(
    x: Any, kernel: Any, *, stride: Any = 1, padding: Any = "valid"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the image and the kernel of the equivalent ordinary convolution.

    `conv2d(*transposed_as_convolution(x, kernel, ...), bias) == conv2d_transpose(x, kernel, bias, ...)`

    Returns:
        The input with zeros between and around its cells [OH + kh - 1, OW + kw - 1, C_in], and the
        kernel rotated by 180 degrees [kh, kw, C_in, C_out].

    Raises:
        CnnvizError: as `conv2d_transpose`.
    """
    x, kernel, _, window = _validated(x, kernel, None, stride, padding)
    (row, col), (kh, kw) = _window_origin(x, window), window.size
    out_height, out_width = window.transposed_size(x.shape[:2])
    rows, cols = row + np.arange(out_height + kh - 1), col + np.arange(out_width + kw - 1)
    return extract_patch(insert_zeros(x, window.stride), rows, cols, fill=0), _rotate_180(kernel)


def insert_zeros(x: Any, stride: Any) -> np.ndarray:
    """Insert stride - 1 zeros between neighbouring cells: [H, W, C] -> [(H - 1) * stride + 1, ..., C].

    Args:
        x: [H, W, C], finite.
        stride: int or (rows, cols), >= 1.

    Example:
        >>> insert_zeros([[[1.0], [2.0], [3.0]]], 2)[..., 0].tolist()
        [[1.0, 0.0, 2.0, 0.0, 3.0]]
    """
    x, (by_row, by_col) = as_finite("x", x, ndim=3), Window(1, stride).stride
    height, width, channels = x.shape
    out = np.zeros(((height - 1) * by_row + 1, (width - 1) * by_col + 1, channels), x.dtype)
    out[::by_row, ::by_col] = x
    return out


def _validated(
    x: Any, kernel: Any, bias: Any, stride: Any, padding: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Window]:
    """Check the arguments of a transposed convolution."""
    x, kernel = as_finite("x", x, ndim=3), as_finite("kernel", kernel, ndim=4)
    if kernel.shape[3] != x.shape[2]:
        raise CnnvizError(
            "`kernel` must be [kh, kw, C_out, C_in] with as many input channels as `x`. "
            f"Received: x.shape={x.shape}, kernel.shape={kernel.shape}."
        )
    bias = as_bias(bias, kernel.shape[2], kernel.dtype)
    return x, kernel, bias, Window(kernel.shape[:2], stride, padding)


def _rotate_180(kernel: np.ndarray) -> np.ndarray:
    """Rotate [kh, kw, C_out, C_in] by 180 degrees and return it as [kh, kw, C_in, C_out]."""
    return kernel[::-1, ::-1].swapaxes(2, 3)


def _window_origin(x: np.ndarray, window: Window) -> tuple[int, int]:
    """Return the (row, column) of the zero-inserted input under the first window cell of output (0, 0)."""
    (top, _), (left, _) = window.pads(window.transposed_size(x.shape[:2]))
    return top - (window.size[0] - 1), left - (window.size[1] - 1)


def _input_cells(indices: np.ndarray, stride: int, end: int) -> np.ndarray:
    """Map indices into the zero-inserted input to indices into the input, -1 where there is none."""
    cells, remainder = np.divmod(indices, stride)
    return np.where((remainder == 0) & (cells >= 0) & (cells < end), cells, -1)
