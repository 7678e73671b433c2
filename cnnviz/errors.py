"""The one error of this package, and the checks of numbers that every module shares."""

from __future__ import annotations

from typing import Any

import numpy as np


class CnnvizError(ValueError):
    """An input that cannot work. The message names the argument, the rule and what was received.

    Attributes:
        reason: a word for what went wrong that a visitor can cause; the pages say it in the
            visitor's language. "input" for all the rest.
        values: what that text names, by the names that stand in it.
    """

    def __init__(self, message: str, *, reason: str = "input", **values: object) -> None:
        super().__init__(message)
        self.reason = reason
        self.values = values


def invalid(argument: str, rule: str, received: Any) -> CnnvizError:
    """Word an error the one way this package words them.

    >>> str(invalid("stride", "must be >= 1", 0))
    '`stride` must be >= 1. Received: stride=0.'
    """
    return CnnvizError(f"`{argument}` {rule}. Received: {argument}={received!r}.")


def as_integer(argument: str, value: Any, *, minimum: int) -> int:
    """Return `value` as an int, or raise `CnnvizError` if it is no whole number >= `minimum`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < minimum:
        raise invalid(argument, f"must be a whole number >= {minimum}", value)
    return int(value)


def as_finite(argument: str, value: Any, *, ndim: int | None = None) -> np.ndarray:
    """Return `value` as a floating-point array with `ndim` axes, or any number of them if None.

    float32 stays float32; every other type of real number is computed with in float64.

    Raises:
        CnnvizError: if it holds something other than finite real numbers or has another rank.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise CnnvizError(
            f"`{argument}` must be an array of numbers. Received: rows of unequal length."
        ) from None
    if array.dtype.kind not in "biuf":  # truth values, integers, floats
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
