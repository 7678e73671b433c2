"""Finding the stroke in the corner of a cell below zero, as someone without colours does."""

from __future__ import annotations

import numpy as np


def has_minus(cell: np.ndarray) -> bool:
    """Return whether a cell, grey [rows, cols] in 0..255, has a stroke in its upper left corner.

    What is written into the middle of a cell does not reach so far up.
    """
    height, width = cell.shape
    band = cell[2 : max(6, round(0.24 * height))].astype(int)
    paper = np.median(band[:, -width // 3 : -3])
    return int((np.abs(band[:, 3 : width // 2] - paper) > 30).any(axis=0).sum()) >= 4
