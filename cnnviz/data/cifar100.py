"""CIFAR-100 in both official layouts: 60,000 photographs of 100 classes, in the format of CIFAR-10.

Images are uint8 [N, 32, 32, 3], RGB; labels are the fine ones, ints in 0..99.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz.data import found
from cnnviz.data.cifar_files import IMAGE_BYTES, MAX_BATCH_BYTES, SIDE, channels_last
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.formats import decoding, pickles

_NAMES = (
    "apple, aquarium fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy, bridge, "
    "bus, butterfly, camel, can, castle, caterpillar, cattle, chair, chimpanzee, clock, cloud, "
    "cockroach, couch, crab, crocodile, cup, dinosaur, dolphin, elephant, flatfish, forest, fox, "
    "girl, hamster, house, kangaroo, keyboard, lamp, lawn mower, leopard, lion, lizard, lobster, man, "
    "maple tree, motorcycle, mountain, mouse, mushroom, oak tree, orange, orchid, otter, palm tree, "
    "pear, pickup truck, pine tree, plain, plate, poppy, porcupine, possum, rabbit, raccoon, ray, "
    "road, rocket, rose, sea, seal, shark, shrew, skunk, skyscraper, snail, snake, spider, squirrel, "
    "streetcar, sunflower, sweet pepper, table, tank, telephone, television, tiger, tractor, train, "
    "trout, tulip, turtle, wardrobe, whale, willow tree, wolf, woman, worm"
)
CLASSES = tuple(_NAMES.split(", "))
ROW_BYTES = 2 + IMAGE_BYTES
"""Bytes of a row of the binary layout: the coarse label, the fine label, the image."""


def find(path: Path) -> DataSet | None:
    """Return CIFAR-100 if it is in a folder, or None.

    Raises:
        CnnvizError: if it is not complete.
    """
    for folder in (path, path / "cifar-100-python", path / "cifar-100-binary"):
        for files in (("train.bin", "test.bin"), ("train", "test")):
            if (
                all((folder / file).is_file() for file in files)
                and not (folder / "data_batch_1.bin").exists()
            ):
                return _data_set(folder, files[0], files[1])
    return None


def _data_set(folder: Path, train: str, test: str) -> DataSet:
    files = {"train": folder / train, "test": folder / test}

    def read(split: Split) -> Samples:
        return _read(files[split], found.stamp(files[split]))

    return found.data_set(
        folder,
        name="cifar100",
        title="CIFAR-100",
        size=(SIDE, SIDE),
        channels=3,
        classes=CLASSES,
        read=read,
        version=found.stamp(*files.values()),
    )


@lru_cache(maxsize=2)
def _read(path: Path, stamp: object) -> Samples:
    try:
        content = decoding.read_bytes(path, MAX_BATCH_BYTES)
        rows, labels = _rows(content) if path.suffix == ".bin" else _pickled(content)
    except (ValueError, MemoryError) as fault:
        raise found.error(path, f"which is damaged ({fault})") from None
    images = channels_last(rows)
    labels = found.checked_labels(path, labels, len(images))
    if len(labels) and labels.max() >= len(CLASSES):
        raise found.error(path, f"with the label {labels.max()}, and not within 0..{len(CLASSES) - 1}")
    return found.read_only(images, labels, CLASSES)


def _rows(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return the images' rows of bytes, and the labels, of the binary layout."""
    if not content or len(content) % ROW_BYTES:
        raise ValueError(f"{len(content):,} bytes are no rows of {ROW_BYTES:,}")
    table = np.frombuffer(content, np.uint8).reshape(-1, ROW_BYTES)
    return table[:, 2:], table[:, 1]


def _pickled(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return the images' rows of bytes, and the labels, of the Python layout."""
    batch = pickles.read(content)
    rows, labels = batch.get("data"), batch.get("fine_labels")
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8 or rows.shape[1:] != (IMAGE_BYTES,):
        raise ValueError(f"`data` is not uint8 of shape (N, {IMAGE_BYTES})")
    if not isinstance(labels, list) or any(type(each) is not int for each in labels):
        raise ValueError("`fine_labels` is no list of whole numbers")
    return rows, np.array(labels, np.int64)
