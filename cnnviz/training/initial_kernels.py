"""What a network's kernels are before the first step of training, where a recipe wants more than chance.

Both beginnings carry a picture through many layers from the first step on, so that training can start
with what the picture shows instead of first having to undo what random kernels made of it.
"""

from __future__ import annotations

import numpy as np

IMAGES, PATCHES = 5_000, 300_000
"""How many training images whitening looks at, and how many patches of theirs."""
SMALLEST_VARIANCE = 5e-4
"""Added to every variance, so that noise is not made as strong as what a picture shows."""


def identity(kernel: np.ndarray) -> np.ndarray:
    """Return a kernel whose first filters hand on one channel each, as it is; the others stay.

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
    handed_on = np.arange(min(channels, filters))
    begun = kernel.copy()
    begun[..., : len(handed_on)] = 0
    begun[height // 2, width // 2, handed_on, handed_on] = 1
    return begun


def whitening(images: np.ndarray, kernel: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return a kernel whose filters answer to what varies most in patches of the images.

    Filter k is the k-th principal component of the patches, divided by its standard deviation: over many
    images all filters answer equally strongly, and none says what another one has said already. The second
    half of the filters is the first one with its sign turned, because ReLU keeps one side only. Filters
    that are left over, with more filters than two for each number of a patch, stay as they are.

    Args:
        images: uint8 [N, 32, 32, channels], of the training set.
        kernel: float [height, width, channels, filters]: the shape, and filters that stay.
        generator: chooses the patches.

    Source: Page, "How to Train Your ResNet", part 8, 2018; with both signs by Jordan, 2024 (see `identity`).
    """
    height, width, channels, filters = kernel.shape
    values = images[:IMAGES]
    windows = np.lib.stride_tricks.sliding_window_view(values, (height, width), axis=(1, 2))
    places = (generator.integers(0, size, PATCHES) for size in windows.shape[:3])
    patches = windows[tuple(places)].transpose(0, 2, 3, 1).reshape(PATCHES, -1) / 255
    variances, components = np.linalg.eigh(np.cov(patches, rowvar=False))  # in rising order
    strongest = np.argsort(variances)[::-1][: filters // 2]
    scaled = components[:, strongest] / np.sqrt(variances[strongest] + SMALLEST_VARIANCE)
    largest = np.abs(scaled).argmax(axis=0)[np.newaxis]
    scaled *= np.sign(np.take_along_axis(scaled, largest, axis=0))  # which sign comes out is a whim of eigh
    both = np.concatenate([scaled, -scaled], axis=1).reshape(height, width, channels, -1)
    begun = kernel.copy()
    begun[..., : both.shape[-1]] = both
    return begun
