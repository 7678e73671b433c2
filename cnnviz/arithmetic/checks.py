"""Argument checks that several operations share."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError, as_finite


def as_index(name: str, value: int, end: int) -> int:
    """Return `value` as an int, or raise `CnnvizError` unless it is an integer in 0..end - 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < end:
        raise CnnvizError(f"`{name}` must be a whole number in 0..{end - 1}. Received: {name}={value!r}.")
    return int(value)


def as_bias(bias: Any, outputs: int, dtype: Any) -> np.ndarray:
    """Return `bias` as an array [outputs]; None becomes zeros of `dtype`.

    Raises:
        CnnvizError: if it does not have one value per output.
    """
    if bias is None:
        return np.zeros(outputs, dtype)
    bias = as_finite("bias", bias, ndim=1)
    if bias.shape[0] != outputs:
        raise CnnvizError(
            f"`bias` must have one value for each output. Received: bias.shape={bias.shape}, "
            f"outputs={outputs}."
        )
    return bias
