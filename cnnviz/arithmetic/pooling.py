"""Max, average and global average pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnviz.arithmetic.checks import as_index
from cnnviz.arithmetic.patches import extract_patch, extract_patches
from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite, invalid


@dataclass(frozen=True)
class PoolStep:
    """The computation of one output value of a pooling layer.

    Attributes:
        rows, cols: int [kh], [kw]. Input indices under the window; outside the image = padding.
        patch: [kh, kw]. Input values under the window, NaN in the padding, which is ignored.
        winner: (row, column) of the maximum within the window, the first one of equal values.
        count: number of cells that are not padding.
        value: the pooled value.
    """

    rows: np.ndarray
    cols: np.ndarray
    patch: np.ndarray
    winner: tuple[int, int]
    count: int
    value: float


def max_pool(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Return the maximum under each window, per channel.

    Args:
        x: [H, W, C], finite.
        size, stride, padding: as for `Window`; stride None = size. Padding is ignored.

    Returns:
        [OH, OW, C].

    Raises:
        CnnvizError: as `conv2d`, and if a window would cover padding only.

    Example:
        >>> max_pool(np.arange(16.0).reshape(4, 4, 1))[..., 0].tolist()
        [[5.0, 7.0], [13.0, 15.0]]
    """
    x, window = _validated(x, size, stride, padding)
    return extract_patches(x, window, fill=-np.inf).max(axis=(3, 4))


def average_pool(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Return the mean under each window, per channel; padding is not counted, as in Keras.

    Same arguments and result shape as `max_pool`.

    Raises:
        CnnvizError: as `max_pool`.

    Example:
        >>> average_pool(np.arange(16.0).reshape(4, 4, 1))[..., 0].tolist()
        [[2.5, 4.5], [10.5, 12.5]]
    """
    x, window = _validated(x, size, stride, padding)
    total = extract_patches(x, window, fill=0).sum(axis=(3, 4))
    count = extract_patches(np.ones_like(x[..., :1]), window, fill=0).sum(axis=(3, 4))
    return total / count


def global_average_pool(x: Any) -> np.ndarray:
    """Return the mean of each channel over the whole image: [H, W, C] -> [C].

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
    """Compute cell [i, j, c] of `max_pool(x, ...)` or `average_pool(x, ...)` with its intermediate values.

    Raises:
        CnnvizError: as `max_pool`, and if the output has no cell (i, j) or channel c.
    """
    if operation not in ("max", "average"):
        raise invalid("operation", 'must be "max" or "average"', operation)
    x, window = _validated(x, size, stride, padding)
    c = as_index("c", c, x.shape[2])
    rows, cols = window.cells(i, j, x.shape[:2])
    patch = extract_patch(x[..., c : c + 1], rows, cols, fill=np.nan)[..., 0]
    winner = np.unravel_index(np.nanargmax(patch), patch.shape)
    value = np.nanmax(patch) if operation == "max" else np.nanmean(patch)
    count = int(np.isfinite(patch).sum())
    return PoolStep(rows, cols, patch, (int(winner[0]), int(winner[1])), count, float(value))


def pool_winners(x: Any, size: Any = 2, *, stride: Any = None, padding: Any = "valid") -> np.ndarray:
    """Return int [OH, OW, C]: the row-major index of the maximum within each window."""
    x, window = _validated(x, size, stride, padding)
    windows = extract_patches(x, window, fill=-np.inf)
    return windows.reshape(*windows.shape[:3], -1).argmax(axis=3)


def _validated(x: Any, size: Any, stride: Any, padding: Any) -> tuple[np.ndarray, Window]:
    """Check the arguments of a pooling operation."""
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
