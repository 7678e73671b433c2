"""Lines of NumPy code that the snippets of several layer kinds share."""

from __future__ import annotations

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Shape


def pad(window: Window, shape: Shape, fill: str = "") -> tuple[str, list[str]]:
    """Return the variable that the window slides over, "x" or "padded", and the lines that define it.

    Args:
        window: the sliding window. shape: [H, W, C] of `x`. fill: the padding value as code, "" = 0.
    """
    pads = window.pads((shape[0], shape[1]))
    if pads == ((0, 0), (0, 0)):
        return "x", []
    value = f", constant_values={fill}" if fill else ""
    padded = (shape[0] + sum(pads[0]), shape[1] + sum(pads[1]), shape[2])
    return "padded", [f"padded = np.pad(x, {(*pads, (0, 0))}{value})  # {padded}"]


def patch(window: Window) -> str:
    """Return the index expression of the patch under the window at output cell (i, j).

    >>> patch(Window((3, 2), stride=(1, 2)))
    'i : i + 3, 2 * j : 2 * j + 2'
    """
    return f"{_slice('i', 0, window)}, {_slice('j', 1, window)}"


def _slice(index: str, axis: int, window: Window) -> str:
    """Return "2 * i : 2 * i + 5 : 2": the window's cells along one axis."""
    stride, extent, dilation = window.stride[axis], window.extent[axis], window.dilation[axis]
    start = index if stride == 1 else f"{stride} * {index}"
    return f"{start} : {start} + {extent}" + (f" : {dilation}" if dilation > 1 else "")
