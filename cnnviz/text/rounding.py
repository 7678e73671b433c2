"""Rounding of statistics: a number is written as 0, or a share as 0% or 100%, only if it is exactly that."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite, nextafter


def rounded(value: float, decimals: int = 0, *, exact: Collection[int] = (0,)) -> str:
    r"""Format a number with `decimals` decimals and thousands separators; a non-finite one as a dash.

    Args:
        value: the number. decimals: number of decimals.
        exact: numbers that other numbers must not be rounded to; these are written as "<" or ">" the next
            number with `decimals` decimals.

    >>> rounded(1234.56, 1), rounded(0.04, 1), rounded(0.0, 1), rounded(-0.04, 1)
    ('1,234.6', '<\xa00.1', '0', '>\xa0−0.1')
    """
    if not isfinite(value):
        return "–"
    near = round(float(value), decimals)
    sign = ""
    if near in exact:
        if value == near:
            return f"{near:,.0f}".replace("-0", "0")
        sign, step = (">", -(10**-decimals)) if value < near else ("<", 10**-decimals)
        near, sign = near + step, f"{sign}\N{NO-BREAK SPACE}"
    return f"{sign}{near:,.{decimals}f}".replace("-", "−")


def guessing(classes: int) -> str:
    """Write how often guessing among a number of classes is right.

    >>> guessing(10), guessing(3)
    ('10%', '33.3%')
    """
    return f"{100 / classes:.3g}%"


def percent(share: float, decimals: int = 1, *, softmax: bool = False) -> str:
    r"""Format a share as a percentage; only exactly 0 is "0%" and only exactly 1 is "100%".

    components/frontend/shared/numbers.js implements the same rule for numbers computed in the browser.

    Args:
        share: 0..1; NaN is a dash. decimals: of the percentage.
        softmax: whether it is a softmax probability, which is never exactly 0 or 1 even if float32 says so.

    >>> percent(0.998), percent(0.99998), percent(1.0), percent(0.0002), percent(1.0, softmax=True)
    ('99.8%', '>\xa099.9%', '100%', '<\xa00.1%', '>\xa099.9%')
    """
    if softmax and isfinite(share):
        share = min(max(float(share), nextafter(0, 1)), nextafter(1, 0))
    written = rounded(100 * float(share), decimals, exact=(0, 100))
    return written if written == "–" else f"{written}%"
