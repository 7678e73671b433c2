"""Reading what `coding.encode` wrote, as the browser does."""

from __future__ import annotations

import numpy as np

from cnnviz.components.feature_grid.coding import LARGEST, Coded


def _halves(digits: int, first: int, last: int) -> np.ndarray:
    return (np.arange(first, last + 1) + 0.5) / 10**digits


EDGES = np.concatenate(
    [
        *([9.5e-7], _halves(6, 1, 9), _halves(5, 1, 4), [5e-5], _halves(4, 1, 999)),
        *([0.1], _halves(2, 10, 999), [10.0], _halves(1, 100, round(10 * LARGEST))),
    ]
)
"""Absolute values, ascending, at which a value begins to be written otherwise."""


def decode(coded: Coded, height: int, width: int) -> np.ndarray:
    """Return maps, float32 [C, H, W]: for each value the middle of its interval."""
    middles = np.concatenate([[0, EDGES[0] / 2], (EDGES[:-1] + EDGES[1:]) / 2])
    maps, start = [], 0
    for low, bits in zip(coded.lows.tolist(), coded.widths.tolist(), strict=True):
        size = height * width * bits
        taken = np.unpackbits(coded.bits[start : start - (-size // 8)])[:size].reshape(height * width, bits)
        start += -(-size // 8)
        numbers = low + taken @ (1 << np.arange(bits)[::-1])
        maps.append(np.sign(numbers) * middles[np.abs(numbers)])
    assert start == len(coded.bits)
    return np.array(maps, np.float32).reshape(-1, height, width)
