"""Data-dependent and identity initialisation of convolution kernels, as alternatives to random ones.

Both preserve the image through many layers from the first step on, which shortens training.
"""

from __future__ import annotations

import numpy as np

IMAGES, PATCHES = 5_000, 300_000
"""Number of training images and patches that whitening uses."""
SMALLEST_VARIANCE = 5e-4
"""Added to every variance, so that components of noise are not amplified."""


def identity(kernel: np.ndarray) -> np.ndarray:
    """Return a kernel whose first filters copy one channel each; the other filters stay.

    Args:
        kernel: float [height, width, channels, filters], of odd height and width.

    Source: Zagoruyko and Komodakis, "DiracNets", 2017; half of a wide layer, as Jordan has it in "94% on
        CIFAR-10 in 3.29 Seconds on a Single GPU", 2024.

    >>> identity(np.ones((3, 3, 1, 2)))[:, :, 0, 0]
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    height, width, channels, filters = kernel.shape
    copied = np.arange(min(channels, filters))
    result = kernel.copy()
    result[..., : len(copied)] = 0
    result[height // 2, width // 2, copied, copied] = 1
    return result


def whitening(images: np.ndarray, kernel: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return a kernel whose filters whiten patches of the images.

    Filter k is the k-th principal component of the patches divided by its standard deviation, so that
    outputs are decorrelated and have equal variance. The second half of the filters is the negated first
    half, because ReLU keeps one sign only. Surplus filters, beyond two per number of a patch, stay.

    Args:
        images: uint8 [N, H, W, channels], of the training set.
        kernel: float [height, width, channels, filters]: the shape, and the values of surplus filters.
        generator: draws the patches.

    Source: Page, "How to Train Your ResNet", part 8, 2018; with both signs by Jordan, 2024 (see `identity`).
    """
    height, width, channels, filters = kernel.shape
    values = images[:IMAGES]
    windows = np.lib.stride_tricks.sliding_window_view(values, (height, width), axis=(1, 2))
    indices = (generator.integers(0, size, PATCHES) for size in windows.shape[:3])
    patches = windows[tuple(indices)].transpose(0, 2, 3, 1).reshape(PATCHES, -1) / 255
    variances, components = np.linalg.eigh(np.cov(patches, rowvar=False))  # in rising order
    strongest = np.argsort(variances)[::-1][: filters // 2]
    scaled = components[:, strongest] / np.sqrt(variances[strongest] + SMALLEST_VARIANCE)
    largest = np.abs(scaled).argmax(axis=0)[np.newaxis]
    scaled *= np.sign(np.take_along_axis(scaled, largest, axis=0))  # the sign from eigh is arbitrary
    both = np.concatenate([scaled, -scaled], axis=1).reshape(height, width, channels, -1)
    result = kernel.copy()
    result[..., : both.shape[-1]] = both
    return result
