"""Operations that merge several arrays: addition and concatenation."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError, as_finite


def add(*xs: Any) -> np.ndarray:
    """Add arrays of equal shape elementwise, as at the end of a skip connection.

    Raises:
        CnnvizError: if there is no array, or if the shapes differ.

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
    """Concatenate arrays along their channels: [H, W, C1], [H, W, C2] -> [H, W, C1 + C2].

    Raises:
        CnnvizError: if there is no array, or if the shapes differ in more than the last axis.

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


def _arrays(xs: tuple[Any, ...]) -> list[np.ndarray]:
    if not xs:
        raise CnnvizError("`xs` must hold at least one array. Received: none.")
    return [as_finite(f"xs[{k}]", x) for k, x in enumerate(xs)]


def _shapes(arrays: list[np.ndarray]) -> str:
    return ", ".join(str(array.shape) for array in arrays)
