"""The classic kernels of image processing, and the parser of kernels and number grids that visitors type."""

from __future__ import annotations

import re
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from cnnviz.errors import CnnvizError

LARGEST_NUMBER = 1000
LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in the brightness of a pixel. Source: ITU-R BT.601, luma."""


def _kernel(rows: list[list[float]], divisor: int = 1) -> np.ndarray:
    kernel = np.array(rows, np.float64) / divisor
    kernel.flags.writeable = False
    return kernel


CLASSIC = MappingProxyType(
    {
        "sobel_x": _kernel([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        "sobel_y": _kernel([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        "laplacian": _kernel([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "sharpen": _kernel([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "blur": _kernel([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9),
        "gaussian": _kernel(
            [[1, 4, 6, 4, 1], [4, 16, 24, 16, 4], [6, 24, 36, 24, 6], [4, 16, 24, 16, 4], [1, 4, 6, 4, 1]],
            256,
        ),
        "emboss": _kernel([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
        "identity": _kernel([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    }
)
"""Classic kernels [k, k] by name, float64.

Source: the Sobel operator is Sobel and Feldman's (1968); the others are standard image-processing
kernels, see https://en.wikipedia.org/wiki/Kernel_(image_processing).
"""


def parse_grid(text: str, *, smallest: int, largest: int, square: bool = False) -> np.ndarray:
    """Parse rows of numbers, separated by line breaks or `;`, into float64 [rows, cols].

    Numbers are integers, decimals or fractions such as 1/9, separated by spaces or commas.

    Args:
        text: the text. smallest, largest: allowed number of rows and of columns.
        square: whether the grid must be square with an odd number of rows.

    Raises:
        CnnvizError: with the reason "grid_number", "grid_rows" or "grid_size".

    Example:
        >>> parse_grid("1 0 -1; 2 0 -2; 1 0 -1", smallest=1, largest=7).tolist()[1]
        [2.0, 0.0, -2.0]
    """
    lines = [line for line in re.split(r"[;\n]", text.replace("−", "-")) if line.strip()]
    rows = [
        [_number(word) for word in re.split(r"[\s,]+", line.strip(" ,\t\r"))] for line in lines[: largest + 1]
    ]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise CnnvizError(
            f"`text` must hold rows of equal length. Received: rows of {[len(row) for row in rows]} numbers.",
            reason="grid_rows",
        )
    height, width = len(rows), len(rows[0])
    fits = smallest <= height <= largest and smallest <= width <= largest
    if not fits or (square and (height != width or height % 2 == 0)):
        shape = "square with an odd number of rows, " if square else ""
        raise CnnvizError(
            f"`text` must be {shape}{smallest} to {largest} a side. Received: {height}x{width}.",
            reason="grid_size",
        )
    return np.array(rows)


def _number(word: str) -> float:
    """Parse a number; `Fraction` accepts "1/9" and evaluates nothing."""
    try:
        # Fraction would expand "1e999999999" into a huge integer
        value = float(Fraction(word)) if len(word) <= 12 and "e" not in word.lower() else None
    except (ValueError, ZeroDivisionError):
        value = None
    if value is None or abs(value) > LARGEST_NUMBER:
        raise CnnvizError(
            f"`text` must hold numbers up to {LARGEST_NUMBER} in size. Received: {word[:12]!r}.",
            reason="grid_number",
        )
    return value
