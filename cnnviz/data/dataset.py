"""The description of a data set: image size, classes, preprocessing and loaders."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from cnnviz.errors import CnnvizError, invalid

Split = Literal["train", "test"]
Location = str | os.PathLike[str] | None
"""The folder of a data set; None = the default location."""
UNKNOWN = -1
"""The label of a picture whose class is not known."""


@dataclass(frozen=True)
class Samples:
    """Images with labels.

    Attributes:
        images: uint8 [N, H, W, C].
        labels: int [N], 0..classes - 1, or `UNKNOWN`.
        names: the names of the classes; `names[labels[k]]` is image k's class, if it is known.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def digest(self) -> str:
        """Digest of the pixels, as 32 hexadecimal digits; computed once."""
        return hashlib.blake2b(np.ascontiguousarray(self.images).data, digest_size=16).hexdigest()

    def take(self, which: np.ndarray) -> Samples:
        """Return some of the images, by their indices."""
        return Samples(self.images[which], self.labels[which], self.names)


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing of images: `(image / divisor - mean) / deviation`.

    Attributes:
        divisor: 255 scales uint8 to [0, 1].
        mean, deviation: one number per channel; () = 0 and 1.
    """

    divisor: float = 255.0
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Preprocess uint8 images [..., H, W, C] to float32 of the same shape.

        Raises:
            CnnvizError: if the dtype is not uint8.
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

    def formula(self, value: int | str, channel: int) -> str:
        r"""Return the preprocessing of one number of a channel as LaTeX, without the result.

        >>> print(Preprocessing(mean=(0.5,), deviation=(0.25,)).formula(51, 0))
        (51 \div 255 - 0.5) \div 0.25
        """
        formula = f"{value}" if self.divisor == 1 else rf"{value} \div {self.divisor:g}"
        if self.mean:
            formula = f"{formula} - {self.mean[channel % len(self.mean)]:g}"
        if not self.deviation:
            return formula
        return rf"({formula}) \div {self.deviation[channel % len(self.deviation)]:g}"

    def code(self, name: str) -> str:
        """Return the preprocessing of an array called `name` as Python code.

        >>> Preprocessing(mean=(0.5,), deviation=(0.25,)).code("image")
        '(image / 255 - [0.5]) / [0.25]'
        """
        code = name if self.divisor == 1 else f"{name} / {self.divisor:g}"
        if self.mean:
            code = f"{code} - {list(self.mean)}"
        return f"({code}) / {list(self.deviation)}" if self.deviation else code


@dataclass(frozen=True)
class DataSet:
    """A data set of labelled images. Two are equal if their images and classes are described alike.

    Attributes:
        name: identifier in links, on model cards and in files.
        title: the name for display.
        size: (rows, columns) of its images. channels: 3 (red, green, blue) or 1 (grey).
        classes: names of the classes, in the order of the labels.
        samples: returns the bundled images.
        find: returns the folder of the complete data set, given a location; None if there is none.
        load: returns a split of the complete data set, given a location.
        stamp: returns what changes when the files that `load` reads do, given a location.
        per_class: {split: images per class}, for data sets with equally large classes.
        preprocessing: applied to images before they are given to a network.
        readable: whether a copy of the complete data set can be read from any location.
        mirrored: whether a mirrored image is still one of its class; a digit is not.
        bundled: whether the complete data set comes with CNNViz, so that `find` never returns None.
        scaled_from: (rows, columns) of its images before they were scaled; None if they are as they were.
    """

    name: str
    title: str
    size: tuple[int, int]
    channels: int
    classes: tuple[str, ...]
    samples: Callable[[], Samples] = field(repr=False, compare=False)
    find: Callable[[Location], Path | None] = field(repr=False, compare=False)
    load: Callable[[Split, Location], Samples] = field(repr=False, compare=False)
    stamp: Callable[[Location], object] = field(default=lambda location: None, repr=False, compare=False)
    per_class: dict[str, int] = field(default_factory=dict, hash=False)
    preprocessing: Preprocessing = Preprocessing()
    readable: bool = True
    mirrored: bool = True
    bundled: bool = False
    scaled_from: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(rows, columns, channels) of an image."""
        return (*self.size, self.channels)

    def preprocess(self, images: np.ndarray) -> np.ndarray:
        """Preprocess uint8 images [..., H, W, C] to float32 of the same shape.

        Raises:
            CnnvizError: if the dtype is not uint8 or the image shape is not that of the data set.
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
        """Return int [classes]: the number of labels [N] of each class."""
        return np.bincount(labels[labels != UNKNOWN], minlength=len(self.classes))

    def page_by_class(self, labels: np.ndarray, size: int, page: int = 0) -> list[np.ndarray]:
        """Return the indices of the images on a page, per class, at most `size` per class."""
        return [
            np.flatnonzero(labels == label)[page * size : (page + 1) * size]
            for label in range(len(self.classes))
        ]


def as_rgb(images: np.ndarray) -> np.ndarray:
    """Return uint8 images [..., H, W, 1 or 3] as RGB, [..., H, W, 3]."""
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images
