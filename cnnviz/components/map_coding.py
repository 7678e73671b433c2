"""Lossy compression of feature maps to intervals within which values have the same text and colour.

The grid writes a value with decimals according to its size (`precise` in words.js). All values between
two edges are written alike, and the browser takes one of them for all, so that visitors read the same text
as from the float32. Whole numbers, which are written without decimals, are listed. Where that would leave a
map with few colours, intervals are divided into parts. coding.js decodes them; a test holds the
two together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window

LARGEST = 1e4
"""Maps with larger absolute values are sent uncompressed."""


COLOURS = 128
"""Least number of steps of a map on either side of zero, about: more than an eye can distinguish."""
_TINY = np.array([0, 9.5e-7, *(np.arange(1, 10) + 0.5) / 1e6, *(np.arange(1, 5) + 0.5) / 1e5])
"""Lower edges of intervals 1, 2, ... below `_SMALL`, where a value is written with one figure, or as "≈0"."""
_SMALL = 5e-5


class Coded(NamedTuple):
    """Maps [C, H, W] as bit-packed integers.

    Attributes:
        bits: uint8 [n]. Map after map, each beginning with a byte: its H * W numbers, `widths` bits each,
            the highest bit first.
        lows: int32 [C]. What the numbers of a map count from.
        widths: uint8 [C]. Bits of each number of a map, 0..32.
        parts: uint8 [C]. A number is that of a value's interval, times this, and that of its part in it.
        wholes: int32 [n]. Which values, of all maps in a row, are whole numbers other than zero.
    """

    bits: np.ndarray
    lows: np.ndarray
    widths: np.ndarray
    parts: np.ndarray
    wholes: np.ndarray


def numbers(values: np.ndarray, parts: np.ndarray | int = 1) -> np.ndarray:
    """Return the signed interval number of each value, int32; 0 for zero.

    Args:
        values: float32 of any shape.
        parts: number of parts of an interval; a power of 2, or an array of them that fits `values`.
    """
    size = np.abs(values).astype(np.float64)  # of float32, so that these products are exact
    interval = 1e4 * size + 15.5  # written with four decimals
    for least, scale, offset in ((0.1, 1e2, 1006), (10, 10, 1907)):
        larger = size >= least
        interval[larger] = scale * size[larger] + offset + 0.5
    tiny = size < _SMALL
    interval[tiny] = np.where(size[tiny] == 0, 0, np.searchsorted(_TINY, size[tiny], side="right"))
    return np.copysign(np.floor(parts * interval), values).astype(np.int32)


def encode(maps: np.ndarray) -> Coded:
    """Compress maps, float32 [C, H, W] with absolute values up to `LARGEST`."""
    values = np.ascontiguousarray(maps).reshape(len(maps), -1)
    largest = np.abs(values).max(axis=1)
    colours = largest * np.select(
        [largest < 0.1, largest < 10], [1e4, 1e2], 10
    )  # steps up to the largest value
    parts = 2 ** np.ceil(np.log2(np.clip(COLOURS / np.maximum(colours, 1), 1, COLOURS))).astype(np.int32)
    codes = numbers(values, parts[:, None])
    lows = codes.min(axis=1)
    codes = codes - lows[:, None]
    widths = np.array([int(most).bit_length() for most in codes.max(axis=1)], np.uint8)
    size = 2 if widths.max() <= 16 else 4  # bytes that hold a number
    bits = np.unpackbits(codes.astype(f">u{size}").view(np.uint8).reshape(*codes.shape, size), axis=2)
    packed = [np.packbits(of_map[:, 8 * size - width :]) for of_map, width in zip(bits, widths, strict=True)]
    wholes = np.flatnonzero((values == np.rint(values)) & (values != 0)).astype(np.int32)
    return Coded(np.concatenate(packed), lows, widths, parts.astype(np.uint8), wholes)


def derived(values: np.ndarray, source: np.ndarray, window: Window | None) -> str | None:
    """Return the operation by which the browser can compute maps from others exactly, or None.

    Args:
        values: float32 [H, W, C]. source: the maps before them.
        window: that slides over `source`, if one does.
    """
    if window is None:
        same = values.shape == source.shape and np.array_equal(values, np.maximum(source, 0))
        return "relu" if same else None
    if values.shape[-1] != source.shape[-1] or window.dilation != (1, 1) or window.size == (1, 1):
        return None
    height, width, _ = source.shape
    if window.output_size((height, width)) != values.shape[:2]:
        return None
    pooled = ops.max_pool(source, window.size, stride=window.stride, padding=window.padding)
    return "max_pool" if np.array_equal(values, pooled) else None
