"""Feature maps in few bytes: each value as the number of the interval in which it reads the same.

The grid writes a value with so many decimals as its size deserves (`precise` in words.js). All values between
two edges are written alike, and the browser takes one of them for all: what a visitor reads is what the
float32 would read (11, if it is exactly that, reads "11.0"). coding.js has the same edges; a test holds the
two together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window

LARGEST = 1e4
"""Maps with larger absolute values are sent as they are."""


_TINY = np.array([0, 9.5e-7, *(np.arange(1, 10) + 0.5) / 1e6, *(np.arange(1, 5) + 0.5) / 1e5])
"""Where intervals 1, 2, ... begin below `_SMALL`: there a value is written with one figure, or as "≈0"."""
_SMALL = 5e-5


class Coded(NamedTuple):
    """Maps [C, H, W] as whole numbers of few bits.

    Attributes:
        bits: uint8 [n]. Map after map, each beginning with a byte: its H * W numbers, `widths` bits each,
            the highest bit first.
        lows: int32 [C]. What the numbers of a map count from.
        widths: uint8 [C]. Bits of each number of a map, 0..32.
    """

    bits: np.ndarray
    lows: np.ndarray
    widths: np.ndarray


def intervals(values: np.ndarray) -> np.ndarray:
    """Return the interval of each value, int32: 0 for zero, else from 1, with the value's sign."""
    size = np.abs(values).astype(np.float64)  # of float32, so that these products are exact
    found = np.floor(1e4 * size + 0.5) + 15  # written with four decimals
    for least, scale, offset in ((0.1, 1e2, 1006), (10, 10, 1907)):
        larger = size >= least
        found[larger] = np.floor(scale * size[larger] + 0.5) + offset
    tiny = size < _SMALL
    found[tiny] = np.where(size[tiny] == 0, 0, np.searchsorted(_TINY, size[tiny], side="right"))
    return np.copysign(found, values).astype(np.int32)


def encode(maps: np.ndarray) -> Coded:
    """Return maps, float32 [C, H, W] with absolute values up to `LARGEST`, in few bytes."""
    numbers = intervals(np.ascontiguousarray(maps)).reshape(len(maps), -1)
    lows = numbers.min(axis=1)
    numbers = numbers - lows[:, None]
    widths = np.array([int(most).bit_length() for most in numbers.max(axis=1)], np.uint8)
    size = 2 if widths.max() <= 16 else 4  # bytes that hold a number
    numbers = numbers.astype(f">u{size}").view(np.uint8).reshape(*numbers.shape, size)
    bits = np.unpackbits(numbers, axis=2)  # [C, H * W, 8 * size]
    parts = [np.packbits(of_map[:, 8 * size - width :]) for of_map, width in zip(bits, widths, strict=True)]
    return Coded(np.concatenate(parts), lows, widths)


def derived(values: np.ndarray, source: np.ndarray, window: Window | None) -> str | None:
    """Return how the browser can make maps of others itself, exactly: "relu", "max_pool", or None.

    Args:
        values: float32 [H, W, C]. source: the maps before them.
        window: that slides over `source`, if one does.
    """
    if window is None:
        same = values.shape == source.shape and np.array_equal(values, np.maximum(source, 0))
        return "relu" if same else None
    if values.shape[-1] != source.shape[-1] or window.dilation != (1, 1):
        return None
    height, width, _ = source.shape
    if window.output_size((height, width)) != values.shape[:2]:
        return None
    pooled = ops.max_pool(source, window.size, stride=window.stride, padding=window.padding)
    return "max_pool" if np.array_equal(values, pooled) else None
