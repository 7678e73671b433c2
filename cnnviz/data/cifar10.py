"""CIFAR-10: bundled samples, local copies in both official layouts, and the download.

Images are uint8 [N, 32, 32, 3], RGB; labels are ints in 0..9.
"""

from __future__ import annotations

import json
import os
import reprlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from cnnviz import settings
from cnnviz.data import found, kinds
from cnnviz.data.cifar_files import IMAGE_BYTES, MAX_BATCH_BYTES, SIDE, channels_last
from cnnviz.data.dataset import DataSet, Location, Samples, Split
from cnnviz.data.upload import (
    decode_upload as decode_upload,  # for code copied from earlier versions of the app
)
from cnnviz.errors import CnnvizError, invalid
from cnnviz.formats import decoding, pickles
from cnnviz.resources import ASSETS

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

KERAS_CACHE = (
    Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    / "datasets/cifar-10-batches-py-target/cifar-10-batches-py"
)
"""The folder in which keras.datasets.cifar10.load_data stores the data set."""
ARCHIVE = KERAS_CACHE.parent.with_name("cifar-10-batches-py-target_archive")
ARCHIVE_BYTES = 170_498_071
"""Size of the complete archive that Keras downloads."""

PER_CLASS = {"train": 5_000, "test": 1_000}
"""Images of each class in the official splits. Source: https://www.cs.toronto.edu/~kriz/cifar10.html"""

STEMS = {"train": [f"data_batch_{k}" for k in range(1, 6)], "test": ["test_batch"]}
"""Names of the batch files by split, without the ending `.bin` that they have in the binary layout."""


@lru_cache(maxsize=1)
def samples() -> Samples:
    """Return the bundled images: the first 20 of the official CIFAR-10 test set, lossless.

    They cover 8 of the 10 classes, all but bird and deer.

    >>> samples().images.shape
    (20, 32, 32, 3)
    """
    index = json.loads((ASSETS / "samples" / "samples.json").read_text("utf-8"))["samples"]
    images = [np.asarray(Image.open(ASSETS / "samples" / entry["file"]).convert("RGB")) for entry in index]
    labels = np.array([entry["label"] for entry in index])
    return found.read_only(np.stack(images), labels, CLASSES)


def channels_first(images: np.ndarray) -> np.ndarray:
    """Transpose images [..., H, W, C] to contiguous [..., C, H, W], the layout of the official files."""
    return np.ascontiguousarray(np.moveaxis(images, -1, -3))


def reshape_without_transpose(images: np.ndarray) -> np.ndarray:
    """Convert images to channels-first and back with `reshape` instead of `transpose`, as the lecture does.

    The shape is right and the image scrambled: `reshape` keeps the order in memory, so three neighbouring
    values of one channel become the red, green and blue of one pixel.

    Args:
        images: [..., H, W, C].

    Returns:
        [..., H, W, C], the same numbers in another order.
    """
    return channels_first(images).reshape(images.shape)


def channels_first_index(height: int = SIDE, width: int = SIDE, channels: int = 3) -> np.ndarray:
    """Return int [H, W, C]: the index of each value in the flattened channels-first image.

    It inverts the mistake: `reshape_without_transpose(x).ravel()[channels_first_index()]` equals `x`.

    >>> channels_first_index()[0, 0].tolist(), channels_first_index()[0, 1].tolist()
    ([0, 1024, 2048], [1, 1025, 2049])
    """
    indices = np.arange(channels * height * width).reshape(channels, height, width)
    return np.moveaxis(indices, 0, -1)


def find_folder(data: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder with the official batch files below `data`, or below CNNVIZ_DATA.

    `data` holds `cifar-10-batches-py` or `cifar-10-batches-bin`, or is such a folder itself.
    If neither is set, it is the folder of Keras' earlier download, or None. It is None, too, if CNNVIZ_DATA
    holds another data set.

    Raises:
        CnnvizError: if a folder is named that does not contain CIFAR-10.
    """
    named = data or settings.DATA()
    if not named:
        return KERAS_CACHE if (KERAS_CACHE / "test_batch").is_file() else None
    if (folder := _folder(Path(named))) is not None:
        return folder
    if data is None and kinds.find(named) is not None:  # another data set
        return None
    raise CnnvizError(
        "`data` must hold the folder cifar-10-batches-py or cifar-10-batches-bin. "
        f"Received: data={str(named)!r}.",
        reason="data",
    )


def _folder(root: Path) -> Path | None:
    """Return the folder with the batch files: `root` or one below it, or None."""
    for folder in (root, root / "cifar-10-batches-py", root / "cifar-10-batches-bin"):
        if (folder / "test_batch").is_file() or (folder / "test_batch.bin").is_file():
            return folder
    return None


def find(path: Path) -> DataSet | None:
    """Return CIFAR-10 if it is in a folder, or None."""
    folder = _folder(path)
    if folder is None:
        return None
    return replace(
        CIFAR10,
        find=lambda location: folder,
        load=lambda split, location: load_split(split, folder),
        stamp=lambda location: stamp(folder),
    )


def load_split(split: Split, data: str | os.PathLike[str] | None = None) -> Samples:
    """Return all images of a split, from a local folder or by download.

    Args:
        split: "train" or "test".
        data: as for `find_folder`. Without it keras.datasets downloads the data set (170 MB), once.

    Raises:
        CnnvizError: if the folder or a file in it is missing or damaged, or the download fails.
    """
    if split not in ("train", "test"):
        raise invalid("split", 'must be "train" or "test"', split)
    folder = find_folder(data)
    if folder is None:
        return _download(split)
    batches = [_read_batch(folder, stem) for stem in STEMS[split]]
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return found.read_only(images, labels, CLASSES)


def stamp(data: Location = None) -> object:
    """Return a version of the batch files; None if there are none. `data`: as for `find_folder`."""
    folder = find_folder(data)
    if folder is None:
        return None
    stems = [stem for split in STEMS.values() for stem in split]
    return found.stamp(*(folder / f"{stem}{ending}" for stem in stems for ending in ("", ".bin")))


def _read_batch(folder: Path, stem: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (uint8 [N, 32, 32, 3], int [N]) of one batch file in either layout."""
    binary = folder / f"{stem}.bin"
    path = binary if binary.is_file() else folder / stem
    try:
        content = decoding.read_bytes(path, MAX_BATCH_BYTES)
        batch = _read_rows(content) if path == binary else pickles.read(content)
    except FileNotFoundError:
        raise CnnvizError(
            f"`data` must hold the file {path.name}. Received: {str(folder)!r} without it.", reason="data"
        ) from None
    except (ValueError, MemoryError) as error:
        raise CnnvizError(
            f"`data` must hold undamaged files. Received: {path.name} ({error}).", reason="data"
        ) from None
    if not batch.keys() >= {"data", "labels"}:
        raise CnnvizError(
            "`data` must hold batches with the keys data and labels. "
            f"Received: {path.name} with the keys {reprlib.repr([*batch])}.",
            reason="data",
        )
    images = _channels_last(batch["data"])
    if images is None:
        raise CnnvizError(
            "`data` must hold images as uint8 of shape (N, 3072), (N, 3, 32, 32) or (N, 32, 32, 3). "
            f"Received: {path.name} with {_describe(batch['data'])}.",
            reason="data",
        )
    labels, wrong = _labels(batch["labels"], len(images))
    if wrong:
        raise CnnvizError(
            f"`data` must pair each image with a label 0..9. Received: {path.name} with {wrong}.",
            reason="data",
        )
    return images, labels


def _read_rows(content: bytes) -> dict[str, np.ndarray]:
    """Parse a .bin file, whose rows are the label's byte followed by the image's bytes."""
    if not content or len(content) % (1 + IMAGE_BYTES):
        raise ValueError(f"{len(content):,} bytes are no rows of {1 + IMAGE_BYTES:,}")
    table = np.frombuffer(content, np.uint8).reshape(-1, 1 + IMAGE_BYTES)
    return {"data": table[:, 1:], "labels": table[:, 0]}


def _channels_last(data: object) -> np.ndarray | None:
    """Return a batch's images as uint8 [N, 32, 32, 3], or None if the layout is unknown."""
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8:
        return None
    match data.shape:
        case (_, 3072):
            return channels_last(data)
        case (_, 3, 32, 32):
            return data.transpose(0, 2, 3, 1)
        case (_, 32, 32, 3):
            return data
    return None


def _labels(labels: object, count: int) -> tuple[np.ndarray, str]:
    """Return the labels of `count` images as int64 [N], and a description of an error or ""."""
    none = np.empty(0, np.int64)
    if isinstance(labels, np.ndarray):
        if labels.dtype.kind not in "iu" or labels.shape not in ((len(labels),), (len(labels), 1)):
            return none, f"labels that are {_describe(labels)}"
        labels = labels.ravel().tolist()
    if not isinstance(labels, list):
        return none, f"labels that are {_describe(labels)}"
    if len(labels) != count:
        return none, f"{len(labels):,} labels for {count:,} images"
    for image, label in enumerate(labels):
        if isinstance(label, bool) or not isinstance(label, int | np.integer) or not 0 <= label <= 9:
            return none, f"the label {reprlib.repr(label)} of image {image:,}"
    return np.array(labels, np.int64), ""


def _describe(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return f"a {type(value).__name__} of {len(value):,}" if isinstance(value, list) else reprlib.repr(value)


def _download(split: Split) -> Samples:
    """Let Keras download, verify and cache the official data set, with its own progress bar."""
    if settings.hosted():
        raise CnnvizError(
            "`data` is not downloaded on a public server (CNNVIZ_HOSTED=1).", reason="data_hosted"
        )
    import keras

    try:
        train, test = keras.datasets.cifar10.load_data()
    except Exception as error:  # network, disk or checksum: Keras raises many types
        raise CnnvizError(
            "`data` is not set and CIFAR-10 could not be downloaded. Name a folder that holds "
            f"cifar-10-batches-py with --data or CNNVIZ_DATA. Received: {error}."
        ) from None
    images, labels = train if split == "train" else test
    return found.read_only(images, labels.reshape(-1).astype(np.int64), CLASSES)


CIFAR10 = DataSet(
    name="cifar10",
    title="CIFAR-10",
    size=(SIDE, SIDE),
    channels=3,
    classes=CLASSES,
    samples=samples,
    find=find_folder,
    load=load_split,
    stamp=stamp,
    per_class=PER_CLASS,
)
"""60,000 photographs of ten classes. Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny
Images", 2009, https://www.cs.toronto.edu/~kriz/cifar10.html"""
