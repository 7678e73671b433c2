"""Kernels of a first layer as RGB images."""

from __future__ import annotations

import numpy as np

GAP = 1 / 8
"""Distance between two tiles, as a share of a tile."""


def strongest(kernels: np.ndarray) -> np.ndarray:
    """Return the indices of the units of kernels [..., units], sorted by descending norm."""
    norms = np.linalg.norm(kernels.reshape(-1, kernels.shape[-1]), axis=0)
    return np.argsort(-norms, kind="stable")


def weight_mosaic(kernels: np.ndarray, *, across: int, tile: int = 64) -> np.ndarray:
    """Draw kernels [h, w, 3, n] as n tiles, `across` per row; weight 0 is mid-grey in its channel.

    Each tile is scaled by its own largest absolute weight, so that it uses the whole range from
    0 (the most negative) to 255 (the most positive); channels keep their common scale.

    Args:
        kernels: float [h, w, 3, n]. across: tiles in a row. tile: pixels a side of each.

    Returns:
        uint8 [H, W, 4], transparent between the tiles.
    """
    height, width, _, count = kernels.shape
    largest = np.abs(kernels).max(axis=(0, 1, 2), keepdims=True)
    scaled = kernels / np.where(largest == 0, 1, largest)
    pictures = np.rint(127.5 + 127.5 * scaled).astype(np.uint8)
    step = tile + round(tile * GAP)
    rows = -(-count // across)
    mosaic = np.zeros((rows * step - (step - tile), across * step - (step - tile), 4), np.uint8)
    at_row, at_col = np.arange(tile) * height // tile, np.arange(tile) * width // tile  # no smoothing
    for k in range(count):
        top, left = (k // across) * step, (k % across) * step
        picture = pictures[..., k][at_row][:, at_col]
        mosaic[top : top + tile, left : left + tile, :3] = picture
        mosaic[top : top + tile, left : left + tile, 3] = 255
    return mosaic
