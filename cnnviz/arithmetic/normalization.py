"""Batch normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError, as_finite, invalid


def batch_norm(
    x: Any, gamma: Any, beta: Any, moving_mean: Any, moving_variance: Any, *, epsilon: float = 1e-3
) -> np.ndarray:
    """Normalise each channel with the moving statistics collected in training.

    `(x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta`

    Args:
        x: [..., C]. gamma, beta, moving_mean, moving_variance: [C]; the variance is >= 0.
        epsilon: > 0, avoids a division by zero.

    Returns:
        An array of the shape of `x`.

    Raises:
        CnnvizError: if an array does not have one value per channel.

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167

    Example:
        >>> batch_norm([1.0, 5.0], [1, 1], [0, 2], [1, 1], [4, 4], epsilon=0).tolist()
        [0.0, 4.0]
    """
    x = as_finite("x", x)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    arrays = []
    for name, value in zip(names, (gamma, beta, moving_mean, moving_variance), strict=True):
        array = as_finite(name, value, ndim=1)
        if array.shape != x.shape[-1:]:
            raise CnnvizError(
                f"`{name}` must have one value for each channel. Received: {name}.shape={array.shape}, "
                f"x.shape={x.shape}."
            )
        arrays.append(array)
    scale, shift, mean, variance = arrays
    if (variance < 0).any():
        raise invalid("moving_variance", "must be >= 0", float(variance.min()))
    return (x - mean) / np.sqrt(variance + x.dtype.type(epsilon)) * scale + shift
