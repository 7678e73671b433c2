"""Shared by data sets that are found in folders and files: limits, names, samples, their arrays."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cnnviz.data.dataset import DataSet, Location, Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding

MAX_SIDE = 256
"""Largest number of rows and columns of an image."""
MIN_CLASSES, MAX_CLASSES = 2, 1000
MAX_BYTES = 2**30
"""Largest size of all images of a split together, in memory; 60,000 of MNIST take 47 MB."""
MAX_NAME = 60
"""Characters of the name of a class or data set."""
NAMES_FILE = "classes.txt"
"""A file beside the images with the names of the classes, one a line, in the order of the labels."""
NAMES_BYTES = 100_000
SAMPLES = 20
PUBLISHED = ("cifar10", "cifar100", "digits", "fashion_mnist", "imagenet", "mnist")
"""Names of data sets that are known."""


def error(path: Path, received: str) -> CnnvizError:
    """Return the error of a data set that is there and cannot be used."""
    return CnnvizError(f"`data` must be a usable data set. Received: {path.name}, {received}.", reason="data")


def stamp(*paths: Path) -> tuple[tuple[int, int], ...]:
    """Return (modification time, size) of files and folders, for caches; zeros for those that are missing."""
    found = []
    for path in paths:
        try:
            state = os.stat(path)
            found.append((state.st_mtime_ns, state.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)


def check_size(path: Path, count: int, rows: int, cols: int, channels: int) -> None:
    """Check the shape of all images of a split, before they are read.

    Raises:
        CnnvizError: if there are no images, they are too small or too large, or take too much memory.
    """
    if not count:
        raise error(path, "which holds no images")
    if not (4 <= rows <= MAX_SIDE and 4 <= cols <= MAX_SIDE):
        raise error(path, f"whose images have {rows}x{cols} pixels, and not 4 to {MAX_SIDE} a side")
    if channels not in (1, 3):
        raise error(path, f"whose images have {channels} channels, and not 1 (grey) or 3 (red, green, blue)")
    if (size := count * rows * cols * channels) > MAX_BYTES:
        raise error(path, f"whose images take {size:,} bytes, and not at most {MAX_BYTES:,}")


def checked_labels(path: Path, labels: np.ndarray, count: int) -> np.ndarray:
    """Return labels as int64 [N].

    Raises:
        CnnvizError: if there is not one for each of `count` images, or one is not in 0..999.
    """
    flat = labels.reshape(-1) if labels.shape in ((len(labels),), (len(labels), 1)) else labels
    if flat.ndim != 1 or flat.dtype.kind not in "iu":
        raise error(
            path, f"whose labels are {labels.dtype} of shape {labels.shape}, and not one whole number each"
        )
    if len(flat) != count:
        raise error(path, f"with {len(flat):,} labels for {count:,} images")
    if len(flat) and (int(flat.min()) < 0 or int(flat.max()) >= MAX_CLASSES):
        raise error(
            path, f"whose labels reach from {flat.min()} to {flat.max()}, and not within 0..{MAX_CLASSES - 1}"
        )
    return flat.astype(np.int64)


def class_names(path: Path, count: int, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the classes.

    Args:
        path: the folder in which `classes.txt` may lie.
        count: how many classes the labels need.
        names: known names; used if there is no such file.

    Raises:
        CnnvizError: if there are fewer than 2 or more than 1,000 classes, or names for another number.
    """
    try:
        lines = decoding.read_bytes(path / NAMES_FILE, NAMES_BYTES).decode("utf-8-sig").splitlines()
        names = tuple(clean(line) for line in lines if line.strip())
    except FileNotFoundError:
        pass
    except ValueError as fault:
        raise error(path / NAMES_FILE, f"which cannot be read ({fault})") from None
    names = names or tuple(map(str, range(count)))
    if not MIN_CLASSES <= len(names) <= MAX_CLASSES:
        raise error(path, f"with {len(names)} classes, and not {MIN_CLASSES} to {MAX_CLASSES}")
    if len(names) < count:
        raise error(path, f"with {len(names)} names for {count} classes")
    if len(set(names)) < len(names):
        raise error(path, "in which two classes have one name")
    return names


def clean(name: str) -> str:
    r"""Return a name of a folder or file as one that can be shown: printable, at most 60 characters.

    >>> clean("  big\tcats "), clean("")
    ('big cats', '?')
    """
    shown = "".join(c if c.isprintable() else " " for c in name.encode("utf-8", "replace").decode())
    return " ".join(shown.split())[:MAX_NAME] or "?"


def identifier(title: str) -> str:
    """Return a title as an identifier for links and files, which is not that of a published data set.

    >>> identifier("Leaves & Flowers"), identifier("꽃"), identifier("MNIST")
    ('leaves_flowers', 'own', 'own_mnist')
    """
    made = re.sub("[^a-z0-9]+", "_", title.lower()).strip("_")[:40] or "own"
    return f"own_{made}" if made in PUBLISHED else made


def representative(images: Samples, count: int = SAMPLES) -> Samples:
    """Return a few images, the first of each class before the second of any, in this order."""
    chosen = np.lexsort((images.labels, turns(images.labels)))[:count]
    return Samples(images.images[chosen], images.labels[chosen], images.names)


def turns(labels: np.ndarray) -> np.ndarray:
    """Return the number of earlier images of its class for each label, [N].

    >>> turns(np.array([4, 1, 4, 4, 1])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    found = np.empty(len(labels), np.int64)
    found[order] = np.arange(len(labels)) - np.searchsorted(ordered, ordered)
    return found


def data_set(
    path: Path,
    *,
    name: str,
    title: str,
    size: tuple[int, int],
    channels: int,
    classes: tuple[str, ...],
    read: Callable[[Split], Samples],
    version: object,
    mirrored: bool = True,
) -> DataSet:
    """Return the data set that was found at a path.

    Args:
        path: a folder or file. read: returns a split of it. version: the `stamp` of its files when they were
            found. The others: as in `DataSet`.
    """

    def find(location: Location) -> Path:
        return path

    def load(split: Split, location: Location) -> Samples:
        return read(split)

    def samples() -> Samples:
        return representative(read("test"))

    def unchanged(location: Location) -> object:
        return version

    return DataSet(name, title, size, channels, classes, samples, find, load, unchanged, mirrored=mirrored)


def read_only(images: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> Samples:
    """Return images [N, H, W, C] with labels [N], contiguous and read-only."""
    arrays = [np.ascontiguousarray(images), np.ascontiguousarray(labels)]
    for array in arrays:
        array.flags.writeable = False
    return Samples(arrays[0], arrays[1], names)
