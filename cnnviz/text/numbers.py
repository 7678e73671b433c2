"""Numbers of a calculation, as a student reads them; rounding.py writes figures that nobody computes with.

components/shared/numbers.js has the same rule, and a test holds the two together.

A whole number stands bare, any other with so many decimals, rounded half up, with a true minus sign. What is
not zero is never written as zero: it gets the decimals that it needs, or "≈0" where they do not fit.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

MOST_DECIMALS = 6
"""In a sentence; what is smaller says a student no more than that it is almost zero."""


def number(value: float, digits: int = 2, *, most: int = MOST_DECIMALS) -> str:
    """Write a number for a sentence or a label.

    Args:
        value: any number.
        digits: decimals of what is not whole.
        most: decimals that are written at most where `digits` would leave only zeros.

    >>> number(3.0), number(-0.125), number(-0.001), number(-1e-9), number(-0.0)
    ('3', '−0.13', '−0.001', '≈−0', '0')
    """
    value = float(value)
    if not math.isfinite(value):
        return str(value).replace("-", "−")
    if value.is_integer():
        return str(int(value)).replace("-", "−")
    exact = Decimal(value)
    text = _rounded(exact, digits)
    if float(text) == 0:
        places = max(digits, -int(f"{value:.0e}".partition("e")[2]))  # its first digit that is not 0
        text = _rounded(exact, places) if places <= most else "≈-0" if value < 0 else "≈0"
    return text.replace("-", "−")


def cell_number(value: float, digits: int = 2) -> str:
    """Write a number for a cell, whose width allows no more than `digits` decimals.

    >>> cell_number(0.25), cell_number(0.001), cell_number(-0.001)
    ('0.25', '≈0', '≈−0')
    """
    return number(value, digits, most=digits)


def read_number(text: str) -> Decimal:
    """Return the number that a text of `number` says.

    >>> read_number("−0.13"), read_number("≈0")
    (Decimal('-0.13'), Decimal('0'))
    """
    return Decimal(text.replace("−", "-").removeprefix("≈"))


def equation(left: str, shown: Decimal | float, result: str) -> str:
    """Return "left = result", or "left ≈ result" where the numbers as they are shown do not give it.

    Args:
        left: what is computed. shown: its value, computed with the numbers as they are shown.
        result: as `number` writes it.

    >>> equation("0.12 × 3.4", Decimal("0.408"), "0.41"), equation("0 + 0", 0, "0.0004")
    ('0.12 × 3.4 = 0.41', '0 + 0 ≈ 0.0004')
    >>> equation("a", 0, "≈−0")
    'a ≈ −0'
    """
    bare = result.removeprefix("≈")
    decimals = len(bare.partition(".")[2]) or 3  # a whole number is exact
    same = bare == result and abs(Decimal(shown) - read_number(result)) < Decimal("0.5").scaleb(-decimals)
    return f"{left} {'=' if same else '≈'} {bare}"


def _rounded(value: Decimal, places: int) -> str:
    return str(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
