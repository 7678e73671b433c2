"""IDX files, as MNIST and Fashion-MNIST are published in: images and labels of a split each, gzipped or not.

Source of the format: LeCun, Cortes and Burges, "The MNIST database", http://yann.lecun.com/exdb/mnist/
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np

from cnnviz.data import found
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.formats import decoding

FOLDERS = ("", "raw", "MNIST/raw", "FashionMNIST/raw")
"""Subfolders of the given folder that may hold the files: itself, or torchvision's."""
STEMS = {"train": "train", "test": "t10k"}
UNSIGNED_BYTES = 8
"""The code of the type in the header."""
PUBLISHED = {
    (7, 2, 1, 0, 4, 1, 4, 9, 5, 9): ("mnist", "MNIST", tuple(map(str, range(10))), False),
    (9, 2, 1, 1, 6, 1, 4, 6, 5, 7): (
        "fashion_mnist",
        "Fashion-MNIST",
        (
            "T-shirt",
            "trousers",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        True,
    ),
}
"""The first ten test labels of published data sets: (name, title, classes, whether images may be mirrored).

Source of Fashion-MNIST's: Xiao, Rasul and Vollgraf, "Fashion-MNIST", 2017,
https://github.com/zalandoresearch/fashion-mnist
"""


def find(path: Path) -> DataSet | None:
    """Return the data set whose IDX files lie in a folder, or None if there are none.

    Raises:
        CnnvizError: if a file is missing or damaged.
    """
    for folder in (path / below for below in FOLDERS):
        if _file(folder, "test", "images") is not None or _file(folder, "train", "images") is not None:
            files = [_wanted(folder, split, what) for split in STEMS for what in ("images", "labels")]
            return _data_set(folder, found.stamp(*files, folder / found.NAMES_FILE))
    return None


@lru_cache(maxsize=4)
def _data_set(folder: Path, stamp: object) -> DataSet:
    labels = {split: _read(_wanted(folder, split, "labels"), (1,)) for split in STEMS}
    first = tuple(labels["test"][:10].tolist())
    name, title, names, mirrored = PUBLISHED.get(first, ("idx", found.clean(folder.name), (), False))
    count = 1 + int(max((each.max() for each in labels.values() if each.size), default=0))
    classes = found.class_names(folder, count, names)
    shape = _shape(_wanted(folder, "test", "images"), (3, 4))
    rows, cols, channels = (*shape[1:], 1)[:3]
    found.check_size(folder, shape[0], rows, cols, channels)
    if not _shape(training := _wanted(folder, "train", "images"), (3, 4))[0]:
        raise found.error(training, "which holds no images")

    def read(split: Split) -> Samples:
        path = _wanted(folder, split, "images")
        images = _read(path, (3, 4)).reshape(-1, *_shape(path, (3, 4))[1:3], channels)
        if images.shape[1:] != (rows, cols, channels):
            raise found.error(
                path, f"whose images are {images.shape[1:]}, and not {(rows, cols, channels)} as the others"
            )
        return found.read_only(images, found.checked_labels(path, labels[split], len(images)), classes)

    return found.data_set(
        folder,
        name=name,
        title=title,
        size=(rows, cols),
        channels=channels,
        classes=classes,
        read=read,
        version=stamp,
        mirrored=mirrored,
    )


def _file(folder: Path, split: str, what: str) -> Path | None:
    axes = {"images": "3", "labels": "1"}[what]
    for joint in ("-", "."):
        for ending in ("", ".gz"):
            path = folder / f"{STEMS[split]}-{what}{joint}idx{axes}-ubyte{ending}"
            if path.is_file():
                return path
    return None


def _wanted(folder: Path, split: str, what: str) -> Path:
    """Return the path of a file, where it should be if it is missing."""
    return (
        _file(folder, split, what)
        or folder / f"{STEMS[split]}-{what}-idx{'3' if what == 'images' else '1'}-ubyte"
    )


def _content(path: Path, most: int) -> bytes:
    """Return at most `most` bytes of a file, unpacked.

    Raises:
        CnnvizError: if it is missing or damaged.
    """
    try:
        content = decoding.read_bytes(path, found.MAX_BYTES)
        if path.suffix != ".gz":
            return content[:most]
        return zlib.decompressobj(wbits=31).decompress(content, most)
    except FileNotFoundError:
        raise found.error(path, "which is missing") from None
    except (ValueError, zlib.error) as fault:
        raise found.error(path, f"which is damaged ({fault})") from None


def _shape(path: Path, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape in a file's header.

    Raises:
        CnnvizError: if it is no IDX file of bytes with such a number of axes.
    """
    head = _content(path, 4 + 4 * max(axes))
    if (
        head[:3] != bytes((0, 0, UNSIGNED_BYTES))
        or len(head) < 4
        or head[3] not in axes
        or len(head) < 4 + 4 * head[3]
    ):
        raise found.error(path, "which is no IDX file of bytes")
    return tuple(int(size) for size in np.frombuffer(head, ">u4", head[3], 4))


def _read(path: Path, axes: tuple[int, ...]) -> np.ndarray:
    """Return the array of a file, uint8.

    Raises:
        CnnvizError: if it is damaged or too large.
    """
    shape = _shape(path, axes)
    size, head = prod(shape), 4 + 4 * len(shape)
    if size > found.MAX_BYTES:
        raise found.error(path, f"whose header says {size:,} numbers, and not at most {found.MAX_BYTES:,}")
    content = _content(path, head + size + 1)
    if len(content) != head + size:
        raise found.error(
            path, f"which is damaged (it does not hold the {size:,} numbers that its header says)"
        )
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)
