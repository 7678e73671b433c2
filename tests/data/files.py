"""Data sets in files, made for tests: stripes along rows and along columns of several widths."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from PIL import Image


def stripes(
    count: int, rows: int, cols: int, classes: int, channels: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 [N, rows, cols, channels] and labels [N], 0, 1, ..., 0, 1, ..."""
    row, col = np.indices((rows, cols))
    labels = np.arange(count) % classes
    shapes = [((row if label % 2 else col) // (1 + label // 2)) % 2 * 160 for label in range(classes)]
    noise = np.random.default_rng(0).integers(0, 60, (count, rows, cols, channels))
    images = np.stack([shapes[label] for label in labels])[..., np.newaxis] + noise
    return images.astype(np.uint8), labels.astype(np.uint8)


def idx(array: np.ndarray, *, packed: bool = False) -> bytes:
    """Return an array of bytes as an IDX file."""
    content = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    return gzip.compress(content) if packed else content


def make_idx(folder: Path, test_labels: tuple[int, ...] = (), *, packed: bool = False) -> None:
    """Write a data set of 10 classes, 12x14 pixels, as MNIST's four files."""
    folder.mkdir(parents=True, exist_ok=True)
    ending = "-ubyte.gz" if packed else "-ubyte"
    for stem, count in (("train", 60), ("t10k", 30)):
        images, labels = stripes(count, 12, 14, 10)
        if stem == "t10k":
            labels[: len(test_labels)] = test_labels
        (folder / f"{stem}-images-idx3{ending}").write_bytes(idx(images[..., 0], packed=packed))
        (folder / f"{stem}-labels-idx1{ending}").write_bytes(idx(labels, packed=packed))


def make_folder(folder: Path, sizes: tuple[tuple[int, int], ...] = ((16, 16),), *, channels: int = 3) -> None:
    """Write class folders "long" and "wide" with ten PNG pictures each."""
    images, labels = stripes(20, 40, 40, 2, channels)
    for k, (image, label) in enumerate(zip(images, labels, strict=True)):
        class_folder = folder / ("long", "wide")[label]
        class_folder.mkdir(parents=True, exist_ok=True)
        rows, cols = sizes[k % len(sizes)]
        picture = Image.fromarray(image if channels == 3 else image[..., 0]).resize((cols, rows))
        picture.save(class_folder / f"{k:02}.png")
