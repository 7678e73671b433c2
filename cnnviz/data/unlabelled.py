"""Data sets of which nothing is here but the shape of the images and the names of the classes.

A network that someone opens was trained on images that are not here. Bundled pictures replace them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NoReturn

import numpy as np
from PIL import Image

from cnnviz.data import cifar10, imagenet
from cnnviz.data.dataset import UNKNOWN, DataSet, Location, Preprocessing, Samples, Split
from cnnviz.errors import CnnvizError, invalid

PREFIX = "of_"
"""Prefix of a network's name in the name of its own data set."""
LARGE = 96
"""Rows and columns from which on there are photographs, too."""


def unlabelled(
    name: str,
    title: str,
    size: tuple[int, int],
    channels: int,
    classes: tuple[str, ...],
    preprocessing: Preprocessing,
) -> DataSet:
    """Return a data set whose samples are bundled pictures in its size, with the label -1.

    Args:
        name, title, size, channels, classes, preprocessing: as in `DataSet`.

    Raises:
        CnnvizError: if there are not 1 or 3 channels, or the preprocessing has another number of them.

    >>> grey = unlabelled("mine", "Mine", (28, 28), 1, ("no", "yes"), Preprocessing())
    >>> grey.samples().images.shape, set(grey.samples().labels.tolist())
    ((20, 28, 28, 1), {-1})
    >>> large = unlabelled("large", "Large", (224, 224), 3, ("no", "yes"), Preprocessing())
    >>> np.array_equal(large.samples().images[20:], imagenet.samples().images)
    True
    """
    if channels not in (1, 3):
        raise invalid("channels", "must be 1 or 3", channels)
    for numbers in (preprocessing.mean, preprocessing.deviation):
        if len(numbers) not in (0, 1, channels):
            raise invalid("preprocessing", f"must have {channels} numbers", numbers)
    if not preprocessing.divisor or 0 in preprocessing.deviation:
        raise invalid("preprocessing", "must not divide by 0", preprocessing)

    title, classes = plain(title), tuple(map(plain, classes))

    def samples() -> Samples:
        images = resized_pictures(*size, channels)
        return Samples(images, np.full(len(images), UNKNOWN), classes)

    def find(location: Location) -> None:
        return None

    def load(split: Split, location: Location) -> NoReturn:
        raise CnnvizError(
            f"`name` must be of a network whose data set is here. Received: {title}, whose images are not."
        )

    return DataSet(
        name, title, size, channels, classes, samples, find, load, preprocessing=preprocessing, readable=False
    )


def plain(text: str) -> str:
    """Return text of anyone's file without what could make a link, a picture or a formula of it in Markdown.

    >>> plain("![cat](http://a.b/c.png)"), plain("great_white_shark"), plain("[]")
    ('! cat (http://a.b/c.png)', 'great_white_shark', '?')
    """
    return " ".join(re.sub(r"[\[\]<>`$*|~\\]", " ", text).split()) or "?"


@lru_cache(maxsize=4)
def resized_pictures(rows: int, columns: int, channels: int) -> np.ndarray:
    """Return the bundled pictures, uint8 [N, rows, columns, channels], read-only; 1 channel = brightness.

    Small pictures are blurred in a large size: there the photographs follow them.
    """
    mode, size = "L" if channels == 1 else "RGB", (columns, rows)
    pictures = [*cifar10.samples().images]
    if min(size) >= LARGE:
        pictures += [*imagenet.samples().images]
    images = [
        np.asarray(Image.fromarray(image).convert(mode).resize(size, Image.Resampling.BICUBIC))
        for image in pictures
    ]
    stack = np.stack(images).reshape(-1, rows, columns, channels)
    stack.flags.writeable = False
    return stack
