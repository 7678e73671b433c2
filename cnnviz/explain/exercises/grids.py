"""Small grids of whole numbers that exercises compute on, and how the convolution page shows them."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import transform
from cnnviz.arithmetic.window import Window
from cnnviz.explain.exercises.base import Destination, bracketed

BRIGHTEST = 9
"""White, in the grids; black is 0."""

MOST_OF_WINDOW = 8
"""Largest stride, padding and dilation that the convolution page takes."""


def brightness(image: np.ndarray) -> np.ndarray:
    """Return the brightness of a picture in whole numbers from 0 (black) to 9 (white), float64 [H, W].

    >>> brightness(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)).tolist()
    [[0.0, 9.0]]
    """
    return np.rint(transform.grey(image)[..., 0] / 255.0 * BRIGHTEST)


def crop(grid: np.ndarray, rows: int, cols: int, generator: np.random.Generator) -> np.ndarray | None:
    """Return a random part [rows, cols] of a grid [H, W], or None if the grid is smaller."""
    if grid.shape[0] < rows or grid.shape[1] < cols:
        return None
    row = int(generator.integers(grid.shape[0] - rows + 1))
    col = int(generator.integers(grid.shape[1] - cols + 1))
    return grid[row : row + rows, col : col + cols]


def typed(grid: np.ndarray) -> str:
    """Return a grid as the convolution page's fields take it.

    >>> typed(np.array([[1.0, -2.0], [0.0, 0.5]]))
    '1 -2; 0 0.5'
    """
    return "; ".join(" ".join(f"{value:g}" for value in row) for row in grid)


def convolution_destination(
    grid: np.ndarray, kernel: np.ndarray, window: Window, cell: tuple[int, int] | None = None
) -> Destination:
    """Return the link to a kernel on a grid on the convolution page.

    Args:
        grid: [H, W], up to 12 a side. kernel: [k, k], k odd and at most 7.
        window: its padding the same at both ends. cell: of the output, or None.
    """
    pads = window.pads((grid.shape[0], grid.shape[1]))
    link = {
        "kernel": "typed",
        "weights": typed(kernel),
        "input": "grid",
        "numbers": typed(grid),
        "stride_rows": str(window.stride[0]),
        "stride_cols": str(window.stride[1]),
        "dilation": str(window.dilation[0]),
    }
    if pads == ((0, 0), (0, 0)):
        link["padding"] = "valid"
    else:
        link |= {"padding": "custom", "pad_rows": str(pads[0][0]), "pad_cols": str(pads[1][0])}
    if cell is not None:
        link["cell"] = f"{cell[0]},{cell[1]}"
    return Destination("convolution", link)


def convolution_choices(window: Window) -> dict[str, str] | None:
    """Return the choices of the convolution page for a layer's window, or None if it has none for it.

    >>> convolution_choices(Window(7, stride=2, padding=3))["pad_rows"]
    '3'
    """
    (down, right), (apart, across) = window.stride, window.dilation
    if max(down, right, apart) > MOST_OF_WINDOW or apart != across:
        return None
    choices = {"stride_rows": str(down), "stride_cols": str(right), "dilation": str(apart)}
    if isinstance(window.padding, str):
        return choices | {"padding": window.padding}
    (top, bottom), (left, end) = window.padding
    if (top, left) != (bottom, end) or max(top, left) > MOST_OF_WINDOW:
        return None
    return choices | {"padding": "custom", "pad_rows": str(top), "pad_cols": str(left)}


def products(patch: np.ndarray, kernel: np.ndarray) -> str:
    """Return a sum of products in writing, without those of weight 0.

    >>> products(np.array([[3.0, 5.0]]), np.array([[-1.0, 2.0]]))
    '3·(−1) + 5·2'
    """
    terms = [
        f"{bracketed(x)}·{bracketed(weight)}"
        for x, weight in zip(patch.ravel(), kernel.ravel(), strict=True)
        if weight
    ]
    return " + ".join(terms) or "0"
