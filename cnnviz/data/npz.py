"""A data set in one .npz file: images and labels, with its own splits or without.

The names of its arrays are those of Keras (`x_train`, `y_train`, `x_test`, `y_test`), of MedMNIST
(`train_images`, `train_labels`, ...), or `images` and `labels`; then every fifth image of a class is a test
image.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz.data import found
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding

NAMES = (
    {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")},
    {"train": ("train_images", "train_labels"), "test": ("test_images", "test_labels")},
)
TOGETHER = (("images", "labels"), ("x", "y"))
TEST_EVERY = 5
"""If there are no splits, every n-th image of each class is a test image."""
MAX_RATIO = 200
"""Maximum ratio of the arrays' bytes to the file's; images of digits are about ten times as large."""


def find(path: Path) -> DataSet | None:
    """Return the data set of an .npz file, or of the only one in a folder; None if it is none.

    Raises:
        CnnvizError: if the file is damaged, or holds other arrays.
    """
    if path.is_dir():
        inside = sorted(path.glob("*.npz"))[:2]
        if len(inside) != 1:
            return None
        path = inside[0]
    if path.suffix != ".npz" or not path.is_file():
        return None
    return _data_set(path, found.stamp(path, path.parent / found.NAMES_FILE))


@lru_cache(maxsize=2)
def _data_set(path: Path, stamp: object) -> DataSet:
    splits = _read(path)
    images = {split: _images(path, values) for split, (values, _) in splits.items()}
    labels = {
        split: found.checked_labels(path, values, len(images[split])) for split, (_, values) in splits.items()
    }
    shape = images["test"].shape[1:]
    if images["train"].shape[1:] != shape:
        raise found.error(
            path, f"whose training images are {images['train'].shape[1:]} and test images {shape}"
        )
    count = 1 + int(max(each.max() for each in labels.values()))
    classes = found.class_names(path.parent, count)

    def read(split: Split) -> Samples:
        return found.read_only(images[split], labels[split], classes)

    title = found.clean(path.stem)
    return found.data_set(
        path,
        name=found.identifier(title),
        title=title,
        size=shape[:2],
        channels=shape[2],
        classes=classes,
        read=read,
        version=stamp,
        mirrored=shape[2] == 3,  # grey ones may be letters
    )


def _read(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return (images, labels) as they are in the file, by split."""
    try:
        content = decoding.read_bytes(path, found.MAX_BYTES)
        room = min(MAX_RATIO * len(content), 2 * found.MAX_BYTES)
        stored = decoding.Npz(content, room)
        for names in NAMES:
            if {each for pair in names.values() for each in pair} <= stored.shapes.keys():
                return {
                    split: (stored.read(x, "iu"), stored.read(y, "iu")) for split, (x, y) in names.items()
                }
        for x, y in TOGETHER:
            if {x, y} <= stored.shapes.keys():
                images, labels = stored.read(x, "iu"), stored.read(y, "iu")
                if images.ndim == 0 or labels.size != len(images):
                    raise ValueError("it holds another number of labels than of images")
                labels = found.checked_labels(path, labels, len(images))
                test = found.turns(labels) % TEST_EVERY == 0
                return {"train": (images[~test], labels[~test]), "test": (images[test], labels[test])}
    except CnnvizError:
        raise
    except (ValueError, MemoryError, TypeError) as fault:
        raise found.error(path, f"which is damaged ({fault})") from None
    known = "x_train, y_train, x_test and y_test, or images and labels"
    raise found.error(
        path, f"whose arrays are {', '.join(map(found.clean, stored.shapes))[:200]}, and not {known}"
    )


def _images(path: Path, values: np.ndarray) -> np.ndarray:
    """Return images as uint8 [N, H, W, C]."""
    if values.ndim == 3:
        values = values[..., np.newaxis]
    if values.ndim != 4:
        raise found.error(
            path, f"whose images are of shape {values.shape}, and not (N, rows, columns, channels)"
        )
    if values.shape[3] not in (1, 3) and values.shape[1] in (1, 3):
        values = values.transpose(0, 2, 3, 1)
    found.check_size(path, *values.shape)
    if values.dtype != np.uint8:
        if int(values.min()) < 0 or int(values.max()) > 255:
            raise found.error(
                path, f"whose pixels reach from {values.min()} to {values.max()}, and not within 0..255"
            )
        values = values.astype(np.uint8)
    return values
