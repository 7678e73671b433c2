"""Handwritten digits of 8x8 grey pixels, bundled as a whole: nothing has to be downloaded to train on them.

Images are uint8 [N, 8, 8, 1]; labels are ints in 0..9.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz.data import found
from cnnviz.data.dataset import DataSet, Location, Samples, Split
from cnnviz.errors import invalid
from cnnviz.formats import decoding
from cnnviz.resources import ASSETS

FILE = ASSETS / "digits" / "digits.npz"
CLASSES = tuple(str(digit) for digit in range(10))
SIDE = 8
MAX_INK = 16
"""Largest value in the file: each pixel counts the dark dots of a square of 4x4."""
TEST_IMAGES = 360
"""The first images, a fifth of all. The writers come one after the other, so most of those of the test images
wrote none of the others."""
SAMPLES = 20
MAX_BYTES = 2**20
"""Limit of the size of the file; its arrays take 117 kB."""


def samples() -> Samples:
    """Return the first 20 test images: each digit twice.

    >>> samples().labels.tolist() == 2 * [*range(10)]
    True
    """
    return _part(slice(SAMPLES))


def load_split(split: Split, data: Location = None) -> Samples:
    """Return all images of a split: 1,437 for training, 360 for testing.

    Args:
        split: "train" or "test". data: not used, as the set is bundled.

    >>> load_split("train").images.shape, load_split("test").images.shape
    ((1437, 8, 8, 1), (360, 8, 8, 1))
    """
    if split not in ("train", "test"):
        raise invalid("split", 'must be "train" or "test"', split)
    return _part(slice(TEST_IMAGES) if split == "test" else slice(TEST_IMAGES, None))


def find_folder(data: Location = None) -> Path:
    """Return the bundled folder."""
    return FILE.parent


def _part(part: slice) -> Samples:
    every = _read()
    return Samples(every.images[part], every.labels[part], CLASSES)


@lru_cache(maxsize=1)
def _read() -> Samples:
    """Return all images, scaled to 0..255, and their labels."""
    stored = decoding.Npz(decoding.read_bytes(FILE, MAX_BYTES), MAX_BYTES)
    ink = stored.read("images", "u").astype(np.float64)
    images = np.rint(ink * (255 / MAX_INK)).astype(np.uint8)[..., np.newaxis]
    labels = stored.read("labels", "u").astype(np.int64)
    return found.read_only(images, labels, CLASSES)


DIGITS = DataSet(
    name="digits",
    title="Handwritten digits",
    size=(SIDE, SIDE),
    channels=1,
    classes=CLASSES,
    samples=samples,
    find=find_folder,
    load=load_split,
    mirrored=False,
    bundled=True,
)
"""1,797 handwritten digits. Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", 1998,
UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; as shipped by scikit-learn."""
