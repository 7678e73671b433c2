"""ImageNet's classes and preprocessing, and three photographs; the data set itself cannot be shipped.

Images are uint8 [N, 224, 224, 3], RGB. The photographs are not of ImageNet: nobody has labelled them, so
their labels are -1.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from cnnviz.data import found
from cnnviz.data.dataset import UNKNOWN, DataSet, Location, Preprocessing, Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.resources import ASSETS

SIDE = 224
FOLDER = ASSETS / "imagenet"
PHOTOGRAPHS = ("chelsea", "coffee", "rocket")
"""The names of the photographs' files, in the order of the samples."""
CLASSES: tuple[str, ...] = tuple(json.loads((FOLDER / "classes.json").read_text("utf-8")))
"""The first name of each class's WordNet synset, lower case; two pairs of classes share a name."""


def samples() -> Samples:
    """Return the three photographs: their central squares, with unknown labels.

    >>> samples().images.shape, samples().labels.tolist()
    ((3, 224, 224, 3), [-1, -1, -1])
    """
    return _samples()


@lru_cache(maxsize=1)
def _samples() -> Samples:
    pictures = [np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB")) for name in PHOTOGRAPHS]
    return found.read_only(np.stack(pictures), np.full(len(pictures), UNKNOWN), CLASSES)


def find(data: Location = None) -> Path | None:
    """Return None: no complete copy of ImageNet is read."""
    return None


def load(split: Split, data: Location = None) -> Samples:
    """Raise: no complete copy of ImageNet is read.

    Raises:
        CnnvizError: always.
    """
    raise CnnvizError(
        "`data` must be a data set that can be read here. "
        "Received: ImageNet, which is not available; its pictures may not be shipped."
    )


IMAGENET = DataSet(
    name="imagenet",
    title="ImageNet",
    size=(SIDE, SIDE),
    channels=3,
    classes=CLASSES,
    samples=samples,
    find=find,
    load=load,
    preprocessing=Preprocessing(divisor=1.0, mean=(127.0,) * 3, deviation=(128.0,) * 3),
    readable=False,
)
"""1,000 classes of photographs. Source: Russakovsky et al., "ImageNet Large Scale Visual Recognition
Challenge", 2015, https://arxiv.org/abs/1409.0575"""
