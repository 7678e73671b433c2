"""Image edits that the pages offer: crop, mirror, greyscale, occlusion and shift.

Images are uint8 [H, W, C], C = 3 or 1; each function returns a new array of that type. A shift fills the
border that it uncovers by repeating the edge pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.arithmetic.kernels import LUMA_WEIGHTS
from cnnviz.errors import CnnvizError, as_integer, invalid

MAX_SHIFT = 6
"""Largest shift in each direction, in pixels."""
BORDER_MODE = "edge"
"""The `np.pad` mode that fills the uncovered border."""
OCCLUSION_VALUE = 128
"""The value of an occluded pixel in every channel: mid-grey."""


@dataclass(frozen=True)
class Edit:
    """Edits of an image, applied in the order of the attributes.

    Attributes:
        cut: pixels cropped from each of the four sides; the rest is scaled up to the full size.
        mirror: whether left and right are swapped.
        grey: whether the image is converted to greyscale.
        cover: side of the occluded square in pixels, 0 for none.
        row, col: upper left pixel of the square, from 0; it is clipped at the image's edge.
    """

    cut: int = 0
    mirror: bool = False
    grey: bool = False
    cover: int = 0
    row: int = 0
    col: int = 0


def edit(image: np.ndarray, changes: Edit) -> np.ndarray:
    """Return an image, uint8 [H, W, C], with all of `changes` applied; shape and dtype stay the same."""
    image = crop(image, changes.cut)
    if changes.mirror:
        image = mirror(image)
    if changes.grey:
        image = grey(image)
    return occlude(image, changes.row, changes.col, changes.cover)


def crop(image: np.ndarray, cut: int) -> np.ndarray:
    """Crop `cut` pixels from each side of an image, uint8 [H, W, C], and scale the rest to the full size.

    Interpolation is bilinear. Pixel centres are aligned as in Pillow and TensorFlow (half-pixel centres, edge
    pixels repeated).

    Raises:
        CnnvizError: if nothing would be left.
    """
    image = _as_image(image)
    height, width = image.shape[:2]
    cut = as_integer("cut", cut, minimum=0)
    if 2 * cut >= min(height, width):
        raise invalid("cut", f"must leave a part of {height}x{width} pixels", cut)
    if cut == 0:
        return image.copy()
    part = image[cut : height - cut, cut : width - cut].astype(np.float64)
    for axis, size in enumerate((height, width)):
        part = _resize_axis(part, axis, size)
    return np.rint(part).astype(np.uint8)


def mirror(image: np.ndarray) -> np.ndarray:
    """Flip an image, uint8 [H, W, C], horizontally."""
    return _as_image(image)[:, ::-1].copy()


def grey(image: np.ndarray) -> np.ndarray:
    """Set all channels of an image, uint8 [H, W, 1 or 3], to its brightness; the shape stays the same."""
    if _as_image(image).shape[2] == 1:
        return image.copy()
    brightness = np.rint(image @ LUMA_WEIGHTS).astype(np.uint8)
    return np.repeat(brightness[..., np.newaxis], 3, axis=2)


def occlude(image: np.ndarray, row: int, col: int, size: int) -> np.ndarray:
    """Fill a square of `size` x `size` pixels of an image, uint8 [H, W, C], with mid-grey.

    Its top left pixel is (`row`, `col`); rows and columns outside of the image are ignored.
    """
    row, col, size = (
        as_integer(name, value, minimum=0) for name, value in (("row", row), ("col", col), ("size", size))
    )
    covered = _as_image(image).copy()
    covered[row : row + size, col : col + size] = OCCLUSION_VALUE
    return covered


def pad_edges(image: np.ndarray, by: int = MAX_SHIFT) -> np.ndarray:
    """Pad an image by repeating its edge pixels: [H + 2 by, W + 2 by, C].

    The image shifted by up to `by` pixels is a crop of the result.
    """
    by = as_integer("by", by, minimum=0)
    return np.pad(_as_image(image), ((by, by), (by, by), (0, 0)), mode=BORDER_MODE)  # type: ignore[call-overload]


def shift(image: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Shift an image by `dx` pixels to the right and `dy` down; negative values shift it left and up.

    >>> shift(np.arange(3, dtype=np.uint8).reshape(1, 3, 1).repeat(3, axis=2), dx=1, dy=0)[0, :, 0]
    array([0, 0, 1], dtype=uint8)
    """
    by = max(abs(dx), abs(dy))
    height, width = image.shape[:2]
    return pad_edges(image, by)[by - dy : by - dy + height, by - dx : by - dx + width].copy()


def all_shifts(image: np.ndarray, max_shift: int = MAX_SHIFT) -> np.ndarray:
    """Return every shift of an image: uint8 [2 max_shift + 1, 2 max_shift + 1, H, W, C].

    Entry [max_shift + dy, max_shift + dx] is `shift(image, dx, dy)`. The result is a read-only view of the
    padded image: 6 KB instead of 519 for 32x32 pixels.
    """
    height, width = image.shape[:2]
    windows = sliding_window_view(pad_edges(image, max_shift), (height, width), axis=(0, 1))
    # the window at the top left is the image shifted farthest to the bottom right
    return np.moveaxis(windows[::-1, ::-1], 2, -1)


def _resize_axis(part: np.ndarray, axis: int, size: int) -> np.ndarray:
    """Resize one axis to `size` entries by linear interpolation."""
    length = part.shape[axis]
    position = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, length - 1)
    weight = np.expand_dims(position - low, tuple(k for k in range(part.ndim) if k != axis))
    return part.take(low, axis) * (1 - weight) + part.take(high, axis) * weight


def _as_image(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise CnnvizError(
            f"`image` must be uint8 [H, W, 1 or 3]. Received: dtype={image.dtype}, shape={image.shape}."
        )
    return image
