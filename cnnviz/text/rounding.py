"""Numbers as a visitor reads them: rounded, but never to none or all of something that is not."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite, nextafter


def rounded(value: float, decimals: int = 0, *, exact: Collection[int] = (0,)) -> str:
    r"""Write a number with so many decimals, thousands grouped; what is not finite as a dash.

    Args:
        exact: numbers that only they themselves may be written as. What would be rounded to one of
            them is compared with the next number that has so many decimals.

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


def percent(share: float, decimals: int = 1, *, softmax: bool = False) -> str:
    r"""Write a share as a percentage; only none reads "0%" and only all of it "100%".

    components/frontend/shared/numbers.js writes those that are known in the browser only, with the same rule.

    Args:
        share: 0..1 of something; NaN, of nothing, is a dash.
        softmax: whether it is a probability from softmax, which is never quite 0 or 1 even where
            float32 has no number between.

    >>> percent(0.998), percent(0.99998), percent(1.0), percent(0.0002), percent(1.0, softmax=True)
    ('99.8%', '>\xa099.9%', '100%', '<\xa00.1%', '>\xa099.9%')
    """
    if softmax and isfinite(share):
        share = min(max(float(share), nextafter(0, 1)), nextafter(1, 0))
    written = rounded(100 * float(share), decimals, exact=(0, 100))
    return written if written == "–" else f"{written}%"
