"""Reading what `map_coding.encode` wrote, as the browser does."""

from __future__ import annotations

import numpy as np

from cnnviz.components.map_coding import LARGEST, Coded


def _halves(digits: int, first: int, last: int) -> np.ndarray:
    return (np.arange(first, last + 1) + 0.5) / 10**digits


EDGES = np.concatenate(
    [
        *([9.5e-7], _halves(6, 1, 9), _halves(5, 1, 4), [5e-5], _halves(4, 1, 999)),
        *([0.1], _halves(2, 10, 999), [10.0], _halves(1, 100, round(10 * LARGEST))),
    ]
)
"""Absolute values, ascending, at which a value begins to be written otherwise."""


def intervals(values: np.ndarray) -> np.ndarray:
    """Return the number of the interval of each value, with its sign; 0 for zero."""
    found = np.searchsorted(EDGES, np.abs(values).astype(np.float64), side="right") + 1
    return np.sign(values).astype(int) * found


def decode(coded: Coded, height: int, width: int) -> np.ndarray:
    """Return maps, float64 [C, H, W]: for each value the middle of its interval, or of its part of one."""
    edges = np.concatenate([[0, 0], EDGES])
    maps, start = [], 0
    for low, bits, parts in zip(
        coded.lows.tolist(), coded.widths.tolist(), coded.parts.tolist(), strict=True
    ):
        size = height * width * bits
        taken = np.unpackbits(coded.bits[start : start - (-size // 8)])[:size].reshape(height * width, bits)
        start += -(-size // 8)
        numbers = low + taken @ (1 << np.arange(bits)[::-1])
        k, part = np.divmod(np.abs(numbers), parts)
        # where an interval is cut short by the next range, its parts are those of the whole one
        lower, upper = edges[k], edges[k + 1]
        lower = np.where(np.isclose(lower, 0.1), 0.095, np.where(np.isclose(lower, 10), 9.95, lower))
        upper = np.where(np.isclose(upper, 0.1), 0.10005, np.where(np.isclose(upper, 10), 10.005, upper))
        inside = np.where(
            k < 16, (edges[k] + edges[k + 1]) / 2, lower + (upper - lower) * (part + 0.49) / parts
        )
        maps.append(np.sign(numbers) * np.clip(inside, edges[k], edges[k + 1]))
    assert start == len(coded.bits)
    values = np.array(maps).reshape(-1)
    values[coded.wholes] = np.rint(values[coded.wholes])
    return values.reshape(-1, height, width)
