"""Reading the official files of CIFAR-10 and CIFAR-100.

Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import numpy as np

SIDE = 32
"""Rows and columns of an image."""
IMAGE_BYTES = SIDE * SIDE * 3
"""Bytes of one image: all red values, then all green, then all blue."""
MAX_BATCH_BYTES = 256 * 1024 * 1024
"""Limit of the size of one file; all 60,000 images in one take 176 MB."""


def channels_last(rows: np.ndarray) -> np.ndarray:
    """Return the images of rows of bytes, uint8 [N, 3072], as [N, 32, 32, 3].

    >>> rows = np.arange(IMAGE_BYTES)[np.newaxis]
    >>> channels_last(rows)[0, 0, 1].tolist()
    [1, 1025, 2049]
    """
    return rows.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
