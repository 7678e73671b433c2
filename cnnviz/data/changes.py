"""A data set with other images or numbers: scaled to another size, or standardised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from cnnviz.data import found
from cnnviz.data.dataset import DataSet, Location, Preprocessing, Samples, Split
from cnnviz.errors import as_integer, invalid

STANDARD_IMAGES = 10_000
"""Number of training images from which mean and deviation are computed: the first ones."""


def resized(data_set: DataSet, side: int) -> DataSet:
    """Return a data set whose images are `side` x `side`: the central square of each, scaled.

    Raises:
        CnnvizError: if `side` is not in 4..256.
    """
    if as_integer("size", side, minimum=4) > found.MAX_SIDE:
        raise invalid("size", f"must be <= {found.MAX_SIDE}", side)
    if data_set.size == (side, side):
        return data_set

    def load(split: Split, location: Location) -> Samples:
        return _scaled(data_set.load(split, location), side)

    return replace(
        data_set,
        size=(side, side),
        samples=lambda: _scaled(data_set.samples(), side),
        load=load,
        bundled=False,
        scaled_from=data_set.scaled_from or data_set.size,
    )


def _scaled(images: Samples, side: int) -> Samples:
    rows, cols, channels = images.images.shape[1:]
    found_side = min(rows, cols)
    top, left = (rows - found_side) // 2, (cols - found_side) // 2
    box = (left, top, left + found_side, top + found_side)
    scaled = np.empty((len(images), side, side, channels), np.uint8)
    for k, image in enumerate(images.images):
        picture = Image.fromarray(image[..., 0] if channels == 1 else image)
        scaled[k] = np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS, box=box)).reshape(
            scaled.shape[1:]
        )
    return found.read_only(scaled, images.labels, images.names)


def standardized(data_set: DataSet, location: Location = None) -> DataSet:
    """Return a data set whose preprocessing gives each channel mean 0 and deviation 1.

    Both are computed from the training images, and rounded to 4 decimals.
    """
    images = data_set.load("train", location).images[:STANDARD_IMAGES].astype(np.float64) / 255
    mean, deviation = (each(images, axis=(0, 1, 2)).round(4).tolist() for each in (np.mean, np.std))
    return replace(
        data_set,
        preprocessing=Preprocessing(255.0, tuple(mean), tuple(max(each, 1e-4) for each in deviation)),
    )
