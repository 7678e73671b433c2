"""A folder of class folders with pictures: `cats/1.jpg`, `dogs/7.png`; they may lie in `train/` and `test/`.

Pictures may have any size: unless all are of one size of at most 256 pixels a side, their central square is
scaled to 64x64.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from cnnviz.data import found, picture_decoder
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.formats import decoding

SIDE = 64
"""Rows and columns of pictures that have different sizes."""
TEST_FOLDERS = ("test", "val", "valid", "validation")
TEST_EVERY = 5
"""If there are no splits, every n-th picture of each class, by name, is a test image."""
MAX_PICTURES = 100_000
MAX_FILE_BYTES = 20 * 2**20
ORIENTATION, TURNED = ExifTags.Base.Orientation, (5, 6, 7, 8)
"""The EXIF tag of the camera's orientation, and those of its values that swap rows and columns."""
SUFFIXES = tuple(suffix for known in picture_decoder.FORMATS.values() for suffix in known.suffixes)


def find(path: Path) -> DataSet | None:
    """Return the data set of a folder of class folders, or None if it is none.

    All pictures are decoded once, and again when a folder has changed.

    Raises:
        CnnvizError: if a picture is damaged or too large, or there are too few or too many classes.
    """
    if not path.is_dir():
        return None
    below = _folders(path)
    splits = [below[name] for name in ("train", *TEST_FOLDERS) if name in below]
    inner = [folder for split in splits for folder in _folders(split).values()]
    return _data_set(path, found.stamp(path, *below.values(), *inner, path / found.NAMES_FILE))


def _splits(path: Path) -> dict[str, dict[str, list[Path]]]:
    """Return the pictures by split and name of the class."""
    below = _folders(path)
    train, test = below.get("train"), next((below[name] for name in TEST_FOLDERS if name in below), None)
    if train is not None and test is not None:
        return {"train": _pictures(train), "test": _pictures(test)}
    every = _pictures(path)
    return {
        split: {
            name: [file for k, file in enumerate(files) if (k % TEST_EVERY == 0) == (split == "test")]
            for name, files in every.items()
        }
        for split in ("train", "test")
    }


def _folders(path: Path) -> dict[str, Path]:
    """Return the folders in a folder, by name; hidden ones are left out."""
    try:
        with os.scandir(path) as entries:
            return {
                entry.name: path / entry.name
                for entry in entries
                if entry.is_dir() and entry.name[0] not in "._"
            }
    except OSError as fault:
        raise found.error(path, f"which cannot be read ({fault.strerror})") from None


def _pictures(path: Path) -> dict[str, list[Path]]:
    """Return the pictures of each class folder, sorted by name; folders without any are left out."""
    listed = {}
    for name, folder in sorted(_folders(path).items()):
        with os.scandir(folder) as entries:
            files = sorted(folder / each.name for each in entries if each.name.lower().endswith(SUFFIXES))
        if files:
            listed[name] = files
    return listed


@lru_cache(maxsize=2)
def _data_set(path: Path, stamp: object) -> DataSet | None:
    """Read all pictures; `stamp` is part of the cache key and changes with the folders."""
    listed = _splits(path)
    files = {split: [file for own in by_class.values() for file in own] for split, by_class in listed.items()}
    if not any(files.values()):
        return None
    if (count := sum(map(len, files.values()))) > MAX_PICTURES:
        raise found.error(path, f"with {count:,} pictures, and not at most {MAX_PICTURES:,}")
    folders = sorted(listed["train"].keys() | listed["test"].keys())
    labels = {
        split: np.array([folders.index(name) for name, own in by_class.items() for _ in own], np.int64)
        for split, by_class in listed.items()
    }
    classes = found.class_names(path, len(folders), tuple(map(found.clean, folders)))
    for split in ("train", "test"):
        if not files[split]:
            raise found.error(path, f"which has no pictures for the split {split}")
    sizes = {_size(file) for split in files.values() for file in split}
    rows, cols = next(iter(sizes))
    if len(sizes) > 1 or max(rows, cols) > found.MAX_SIDE:
        rows = cols = SIDE
    for own in files.values():
        found.check_size(path, len(own), rows, cols, 3)
    colour = {split: np.stack([_decode(file, rows, cols) for file in own]) for split, own in files.items()}
    grey = all((each == each[..., :1]).all() for each in colour.values())
    images = {split: each[..., :1] if grey else each for split, each in colour.items()}

    def read(split: Split) -> Samples:
        return found.read_only(images[split], labels[split], classes)

    title = found.clean(path.resolve().name)
    return found.data_set(
        path,
        name=found.identifier(title),
        title=title,
        size=(rows, cols),
        channels=1 if grey else 3,
        classes=classes,
        read=read,
        version=stamp,
        mirrored=not grey,  # grey ones may be letters
    )


def _size(file: Path) -> tuple[int, int]:
    """Return (rows, columns) of a picture as it is shown, from its header."""
    try:
        with Image.open(file, formats=list(picture_decoder.FORMATS)) as picture:
            size = picture.height, picture.width
            return size[::-1] if picture.getexif().get(ORIENTATION) in TURNED else size
    except Exception as fault:  # Pillow raises many types on damaged files
        raise found.error(file, f"which is no picture that can be read ({type(fault).__name__})") from None


def _decode(file: Path, rows: int, cols: int) -> np.ndarray:
    """Return a picture as uint8 [rows, cols, 3]."""
    try:
        content = decoding.read_bytes(file, MAX_FILE_BYTES)
        square, whole, _ = picture_decoder.decode(content, max(rows, cols))
        picture = whole if (whole.height, whole.width) == (rows, cols) else square.resize((cols, rows))
    except (ValueError, picture_decoder.DecodeError) as fault:
        raise found.error(file, f"which cannot be decoded ({fault})") from None
    return np.asarray(picture)
