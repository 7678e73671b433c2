"""Formatting of numbers in calculations; rounding.py formats statistics.

components/frontend/shared/numbers.js implements the same rule, and a test compares the two.

An integral number has no decimals; any other has a fixed number of decimals, rounded half up. The minus sign
is U+2212. A nonzero number is never written as zero: it gets more decimals, or "≈0" if they do not fit.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MAX_DECIMALS = 6
"""Most decimals in a sentence."""


def number(value: float, digits: int = 2, *, most: int = MAX_DECIMALS) -> str:
    """Format a number for a sentence or a label.

    Args:
        value: any number.
        digits: decimals, if it is not integral.
        most: limit of the decimals, if `digits` of them would all be zeros.

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
        decimals = max(digits, -int(f"{value:.0e}".partition("e")[2]))  # of the first nonzero digit
        text = _rounded(exact, decimals) if decimals <= most else "≈-0" if value < 0 else "≈0"
    return text.replace("-", "−")


def cell_number(value: float, digits: int = 2) -> str:
    """Format a number for a cell, with at most `digits` decimals.

    >>> cell_number(0.25), cell_number(0.001), cell_number(-0.001)
    ('0.25', '≈0', '≈−0')
    """
    return number(value, digits, most=digits)


def significant(value: float, digits: int = 3) -> str:
    """Format a measured number, such as a gradient, with significant digits; a small one with a power of ten.

    >>> significant(-0.0123456), significant(12.0), significant(1.2345e-6), significant(0.0)
    ('−0.0123', '12.0', '1.23×10⁻⁶', '0')
    """
    value = float(value)
    if not math.isfinite(value) or value == 0:
        return "0" if value == 0 else str(value).replace("-", "−")
    exact = Decimal(value)
    exponent = exact.adjusted()
    mantissa = exact.scaleb(-exponent).quantize(Decimal(1).scaleb(1 - digits), ROUND_HALF_UP)
    if abs(mantissa) >= 10:  # 9.996 is rounded to 10.0
        exponent += 1
        mantissa = mantissa.scaleb(-1).quantize(Decimal(1).scaleb(1 - digits))
    if -4 < exponent < 5:
        text = _rounded(mantissa.scaleb(exponent), max(0, digits - 1 - exponent))
    else:
        text = f"{mantissa}×10{str(exponent).translate(SUPERSCRIPTS)}"
    return text.replace("-", "−")


def constant(value: float) -> str:
    """Format a constant of a formula, with at most four significant digits and no power of ten.

    >>> constant(-0.123456), constant(2e-05), constant(12345.6), constant(-0.0)
    ('−0.1235', '0.00002', '12350', '0')
    """
    near = Context(prec=4, rounding=ROUND_HALF_UP).plus(Decimal(float(value)))
    return f"{near.normalize():f}".replace("-", "−") if near else "0"


def term(value: float, digits: int = 2) -> str:
    """Format a term of a sum that is not the first: `number` with its sign.

    >>> term(0.125), term(-2.0)
    ('+ 0.13', '− 2')
    """
    return f"{'−' if value < 0 else '+'} {number(abs(value), digits)}"


def read_number(text: str) -> Decimal:
    """Parse a text written by `number`.

    >>> read_number("−0.13"), read_number("≈0")
    (Decimal('-0.13'), Decimal('0'))
    """
    return Decimal(text.replace("−", "-").removeprefix("≈"))


def as_written(values: np.ndarray, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the values that `number` writes, vectorised, and their decimals.

    Args:
        values: any shape; NaN stays NaN.
        digits: as for `number`.

    Returns:
        The written values in millionths, integral float64, of the shape of `values`; and the number of
        significant decimals: those written, 3 for an integral number, -1 for "≈0".

    >>> millionths, decimals = as_written(np.array([0.125, -2.0, 0.0004, 1e-9]), 2)
    >>> millionths.astype(int).tolist(), decimals.tolist()
    ([130000, -2000000, 400, 0], [2, 3, 4, -1])
    """
    values = np.asarray(values, np.float64)
    size, whole = np.abs(values), values == np.rint(values)
    decimals = np.full(values.shape, digits)
    small = (size < 0.5 * 10.0**-digits) & (size > 0)
    if small.any():
        decimals[small] = np.maximum(digits, -_exponent(np.maximum(size[small], 1e-30)))
    none = decimals > MAX_DECIMALS
    scaled = size * 10.0 ** np.where(none, 0, decimals)
    rounded = np.floor(scaled + 0.5)
    # within rounding errors of a tie: use the exact decimal value
    near = (np.abs(scaled + 0.5 - np.rint(scaled + 0.5)) < 1e-9 * np.maximum(scaled, 1)) & ~whole & ~none
    for value in np.unique(values[near]):
        at = near & (values == value)
        rounded[at] = float(abs(read_number(number(value, digits))).scaleb(int(decimals[at][0])))
    micro = np.copysign(rounded * 10.0 ** (MAX_DECIMALS - np.where(none, 0, decimals)), values)
    micro = np.where(none, 0.0, np.where(whole, values * 10.0**MAX_DECIMALS, micro))
    return micro, np.where(none, -1, np.where(whole, 3, decimals))


def _exponent(values: np.ndarray) -> np.ndarray:
    """Return the power of ten of the first digit of values > 0 after rounding to it: -1 for 0.096."""
    found = np.floor(np.log10(values))
    first = values * 10.0**-found
    found += first >= 9.5
    for value in np.unique(values[np.abs(first - 9.5) < 1e-9]):  # ties: use the exact decimal value
        found[values == value] = int(f"{value:.0e}".partition("e")[2])
    return found


def _rounded(value: Decimal, decimals: int) -> str:
    return str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
