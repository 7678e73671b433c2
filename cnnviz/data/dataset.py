"""A set of labelled pictures: their size, classes, what a network is given of them, and where they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from cnnviz.errors import CnnvizError, invalid

Split = Literal["train", "test"]
Location = str | os.PathLike[str] | None
"""Where a visitor says that a set lies; None = where it usually does."""


@dataclass(frozen=True)
class Samples:
    """Images with labels.

    Attributes:
        images: uint8 [N, H, W, C].
        labels: int [N], 0..classes - 1.
        names: the names of the classes; `names[labels[k]]` is image k's class.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Preprocessing:
    """What a network is given instead of bytes, as data: `(image / divisor - mean) / deviation`.

    Attributes:
        divisor: 255 puts bytes into [0, 1].
        mean, deviation: one for each channel; () = 0 and 1.
    """

    divisor: float = 255.0
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return uint8 images [..., H, W, C] as float32.

        Raises:
            CnnvizError: if the dtype is another.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8:
            raise CnnvizError(f"`images` must be uint8 in 0..255. Received: images.dtype={images.dtype}.")
        values = images.astype(np.float32) / np.float32(self.divisor)
        if self.mean:
            values -= np.asarray(self.mean, np.float32)
        if self.deviation:
            values /= np.asarray(self.deviation, np.float32)
        return values

    def code(self, name: str) -> str:
        """Return it as Python on an array called `name`.

        >>> Preprocessing(mean=(0.5,), deviation=(0.25,)).code("image")
        '(image / 255 - [0.5]) / [0.25]'
        """
        code = f"{name} / {self.divisor:g}"
        if self.mean:
            code = f"{code} - {list(self.mean)}"
        return f"({code}) / {list(self.deviation)}" if self.deviation else code


@dataclass(frozen=True)
class DataSet:
    """A set of labelled pictures.

    Attributes:
        name: in links, on model cards and in files.
        title: what it is called.
        size: (rows, columns) of its pictures. channels: 3 (red, green, blue) or 1 (grey).
        classes: names of the classes, in the order of their labels.
        samples: returns the few pictures that are bundled.
        find: returns the folder of the whole set, at a location that somebody names or where it usually lies;
            None if it is not there.
        load: returns a split of the whole set, at a location.
        per_class: {split: images of each class of the whole set}, where all classes have as many.
        preprocessing: what networks are given of a picture.
    """

    name: str
    title: str
    size: tuple[int, int]
    channels: int
    classes: tuple[str, ...]
    samples: Callable[[], Samples] = field(repr=False)
    find: Callable[[Location], Path | None] = field(repr=False)
    load: Callable[[Split, Location], Samples] = field(repr=False)
    per_class: dict[str, int] = field(default_factory=dict, hash=False)
    preprocessing: Preprocessing = Preprocessing()

    @property
    def shape(self) -> tuple[int, int, int]:
        """(rows, columns, channels) of a picture."""
        return (*self.size, self.channels)

    def preprocess(self, images: np.ndarray) -> np.ndarray:
        """Return uint8 images [..., H, W, C] of this set's size as networks are given them, float32.

        Raises:
            CnnvizError: if the dtype or the shape is another.
        """
        images = np.asarray(images)
        values = self.preprocessing(images)
        if images.shape[-3:] != self.shape:
            raise CnnvizError(
                f"`images` must be [..., {', '.join(map(str, self.shape))}]. "
                f"Received: images.shape={images.shape}."
            )
        return values

    def one_hot(self, labels: np.ndarray | int) -> np.ndarray:
        """Return labels [...] as float32 [..., classes]: 1 at the label's index, 0 elsewhere.

        Raises:
            CnnvizError: if a label is no whole number in 0..classes - 1.
        """
        labels, last = np.asarray(labels), len(self.classes) - 1
        if labels.dtype.kind not in "iu" or (labels.size and (labels.min() < 0 or labels.max() > last)):
            raise invalid("labels", f"must be whole numbers in 0..{last}", labels.tolist())
        return np.eye(len(self.classes), dtype=np.float32)[labels]

    def class_counts(self, labels: np.ndarray) -> np.ndarray:
        """Return int [classes]: how many of the labels [N] name each class."""
        return np.bincount(labels, minlength=len(self.classes))

    def by_class(self, labels: np.ndarray, size: int, page: int = 0) -> list[np.ndarray]:
        """Return for each class the indices of its images on a page, at most `size` a class."""
        return [
            np.flatnonzero(labels == label)[page * size : (page + 1) * size]
            for label in range(len(self.classes))
        ]


def as_rgb(images: np.ndarray) -> np.ndarray:
    """Return uint8 images [..., H, W, 1 or 3] as they are drawn, [..., H, W, 3]."""
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images
