"""What can be done to a picture before a network sees it: zoom, mirror, grey, cover, shift.

Pictures are uint8 [H, W, C], C = 3 or 1, and stay so; each function returns a new array. A shift uncovers a
border, and one rule fills it everywhere: the pixels at the picture's edge are repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.arithmetic.kernels import GREY
from cnnviz.errors import CnnvizError, as_integer, invalid

REACH = 6
"""How far pictures are shifted, in pixels each way."""
BORDER = "edge"
"""How the uncovered border is filled: NumPy's name for repeating the pixels at the edge."""
COVER = 128
"""The value of a covered pixel in all three channels: mid-grey."""


@dataclass(frozen=True)
class Edit:
    """Changes of a picture, made in the order of the attributes.

    Attributes:
        cut: pixels cut off on each of the four sides; the rest is scaled up to the full size.
        mirror: swap left and right.
        grey: take the colour away.
        cover: side of a covered square in pixels, 0 for none.
        row, col: its upper left pixel, from 0; the part beyond the picture is left out.
    """

    cut: int = 0
    mirror: bool = False
    grey: bool = False
    cover: int = 0
    row: int = 0
    col: int = 0


def edit(image: np.ndarray, changes: Edit) -> np.ndarray:
    """Return a picture with all of `changes` made."""
    image = crop(image, changes.cut)
    if changes.mirror:
        image = mirror(image)
    if changes.grey:
        image = grey(image)
    return occlude(image, changes.row, changes.col, changes.cover)


def crop(image: np.ndarray, cut: int) -> np.ndarray:
    """Cut `cut` pixels off each side and scale the rest to the full size, bilinearly.

    Output pixel centres lie evenly over the part kept, and beyond the outermost centres the outermost
    pixels count, as in Pillow and TensorFlow.

    Raises:
        CnnvizError: if nothing would be left.
    """
    image = _picture(image)
    height, width = image.shape[:2]
    cut = as_integer("cut", cut, minimum=0)
    if 2 * cut >= min(height, width):
        raise invalid("cut", f"must leave a part of {height}x{width} pixels", cut)
    if cut == 0:
        return image.copy()
    part = image[cut : height - cut, cut : width - cut].astype(np.float64)
    for axis, size in enumerate((height, width)):
        part = _stretch(part, axis, size)
    return np.rint(part).astype(np.uint8)


def mirror(image: np.ndarray) -> np.ndarray:
    """Swap left and right."""
    return _picture(image)[:, ::-1].copy()


def grey(image: np.ndarray) -> np.ndarray:
    """Give all three channels the picture's brightness, so that a network for colour can look at it."""
    if _picture(image).shape[2] == 1:
        return image.copy()
    brightness = np.rint(image @ GREY).astype(np.uint8)
    return np.repeat(brightness[..., np.newaxis], 3, axis=2)


def occlude(image: np.ndarray, row: int, col: int, size: int) -> np.ndarray:
    """Cover the square of `size` pixels whose upper left one is (`row`, `col`) with mid-grey."""
    row, col, size = (
        as_integer(name, value, minimum=0) for name, value in (("row", row), ("col", col), ("size", size))
    )
    covered = _picture(image).copy()
    covered[row : row + size, col : col + size] = COVER
    return covered


def pad_edges(image: np.ndarray, by: int = REACH) -> np.ndarray:
    """Put a border of `by` pixels around a picture that repeats its edge: [H + 2 by, W + 2 by, C].

    Every picture shifted by up to `by` pixels is a window of it.
    """
    by = as_integer("by", by, minimum=0)
    return np.pad(_picture(image), ((by, by), (by, by), (0, 0)), mode=BORDER)  # type: ignore[call-overload]


def shift(image: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Move a picture `dx` pixels to the right and `dy` down; negative values move it left and up.

    >>> shift(np.arange(3, dtype=np.uint8).reshape(1, 3, 1).repeat(3, axis=2), dx=1, dy=0)[0, :, 0]
    array([0, 0, 1], dtype=uint8)
    """
    by = max(abs(dx), abs(dy))
    height, width = image.shape[:2]
    return pad_edges(image, by)[by - dy : by - dy + height, by - dx : by - dx + width].copy()


def all_shifts(image: np.ndarray, reach: int = REACH) -> np.ndarray:
    """Return a picture in every shift: uint8 [2 reach + 1, 2 reach + 1, H, W, C].

    Entry [reach + dy, reach + dx] is `shift(image, dx, dy)`. All are views of one picture with its edge
    repeated, read-only: 6 KB instead of 519.
    """
    height, width = image.shape[:2]
    windows = sliding_window_view(pad_edges(image, reach), (height, width), axis=(0, 1))
    # the window at the top left shows the picture moved farthest to the bottom right
    return np.moveaxis(windows[::-1, ::-1], 2, -1)


def _stretch(part: np.ndarray, axis: int, size: int) -> np.ndarray:
    """Interpolate linearly along one axis, to `size` entries."""
    length = part.shape[axis]
    place = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, length - 1)
    weight = np.expand_dims(place - low, tuple(k for k in range(part.ndim) if k != axis))
    return part.take(low, axis) * (1 - weight) + part.take(high, axis) * weight


def _picture(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise CnnvizError(
            f"`image` must be uint8 [H, W, 1 or 3]. Received: dtype={image.dtype}, shape={image.shape}."
        )
    return image
