"""The same values in another shape: flattened, or with a border of zeros around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_index
from cnnviz.arithmetic.window import Window
from cnnviz.errors import as_finite, invalid


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
    row, col = as_index("row", row, shape[0]), as_index("col", col, width)
    return (row * width + col) * channels + as_index("channel", channel, channels)


def flat_place(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return (row, col, channel) of a flattened array's entry: the inverse of `flat_index`.

    Raises:
        CnnvizError: if there is no such entry.

    Example:
        >>> flat_place(1703, (16, 16, 32))
        (3, 5, 7)
    """
    height, width, channels = shape
    cell, channel = divmod(as_index("index", index, height * width * channels), channels)
    return (*divmod(cell, width), channel)
