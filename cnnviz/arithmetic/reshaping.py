"""Zero padding, and the index arithmetic of flattening."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_index
from cnnviz.arithmetic.window import Window
from cnnviz.errors import as_finite, invalid


def zero_pad(x: Any, padding: Any) -> np.ndarray:
    """Pad an image with zeros.

    Args:
        x: [H, W, C], finite.
        padding: p, (p_rows, p_cols) or ((top, bottom), (left, right)), all >= 0.

    Returns:
        [top + H + bottom, left + W + right, C].

    Raises:
        CnnvizError: if `x` has another rank, a value is not finite or the padding is not such numbers.

    Example:
        >>> zero_pad([[[7.0]]], ((0, 1), (2, 0)))[..., 0].tolist()
        [[0.0, 0.0, 7.0], [0.0, 0.0, 0.0]]
    """
    if isinstance(padding, str):
        raise invalid("padding", "must be p, (p_rows, p_cols) or ((top, bottom), (left, right))", padding)
    x = as_finite("x", x, ndim=3)
    return np.pad(x, (*Window(1, padding=padding).pads(x.shape[:2]), (0, 0)))


def flat_index(row: int, col: int, channel: int, shape: tuple[int, int, int]) -> int:
    """Return the index of cell (row, col, channel) of an array [H, W, C] after flattening.

    It is `(row * W + col) * C + channel`, the row-major order of NumPy and Keras.

    Raises:
        CnnvizError: if an index is out of range.

    Example:
        >>> flat_index(3, 5, 7, (16, 16, 32))
        1703
    """
    _, width, channels = shape
    row, col = as_index("row", row, shape[0]), as_index("col", col, width)
    return (row * width + col) * channels + as_index("channel", channel, channels)


def unflatten_index(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the (row, col, channel) of an index into a flattened array: the inverse of `flat_index`.

    Raises:
        CnnvizError: if the index is out of range.

    Example:
        >>> unflatten_index(1703, (16, 16, 32))
        (3, 5, 7)
    """
    height, width, channels = shape
    cell, channel = divmod(as_index("index", index, height * width * channels), channels)
    return (*divmod(cell, width), channel)
