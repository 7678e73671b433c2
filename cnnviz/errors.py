"""The package's exception, and the argument checks that all modules share."""

from __future__ import annotations

from typing import Any

import numpy as np


class CnnvizError(ValueError):
    """Invalid input. The message names the argument, the rule and the value received.

    Attributes:
        reason: key of the visitor's message in text/error.toml; "input" for errors that a visitor cannot
            cause.
        values: the values of the placeholders in that message.
    """

    def __init__(self, message: str, *, reason: str = "input", **values: object) -> None:
        super().__init__(message)
        self.reason = reason
        self.values = values


def invalid(argument: str, rule: str, received: Any) -> CnnvizError:
    """Return an error with the message format of this package.

    >>> str(invalid("stride", "must be >= 1", 0))
    '`stride` must be >= 1. Received: stride=0.'
    """
    return CnnvizError(f"`{argument}` {rule}. Received: {argument}={received!r}.")


def as_integer(argument: str, value: Any, *, minimum: int) -> int:
    """Return `value` as an int, or raise `CnnvizError` unless it is an integer >= `minimum`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < minimum:
        raise invalid(argument, f"must be a whole number >= {minimum}", value)
    return int(value)


def as_finite(argument: str, value: Any, *, ndim: int | None = None) -> np.ndarray:
    """Return `value` as a floating-point array.

    float32 stays float32; every other real dtype becomes float64.

    Args:
        argument: the argument's name in error messages. value: an array or nested sequence.
        ndim: the required number of axes, or None for any.

    Raises:
        CnnvizError: if it is not an array of finite real numbers, is empty or has another rank.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise CnnvizError(
            f"`{argument}` must be an array of numbers. Received: rows of unequal length."
        ) from None
    if array.dtype.kind not in "biuf":  # booleans, integers, floats
        raise CnnvizError(
            f"`{argument}` must be an array of numbers. Received: {argument}.dtype={array.dtype}."
        )
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    if ndim is not None and array.ndim != ndim:
        raise CnnvizError(f"`{argument}` must have {ndim} axes. Received: {argument}.shape={array.shape}.")
    if array.size == 0:
        raise CnnvizError(f"`{argument}` must not be empty. Received: {argument}.shape={array.shape}.")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise CnnvizError(f"`{argument}` must be finite. Received: {argument}{list(where)}={array[where]}.")
    return array
