"""Files of a run whose network is not from the zoo: its architecture, and a few of its test images.

A run on another data set, or of other layers, writes NAME.architecture.json and NAME.samples.npz beside
its weights; with them the network opens like any other, even where the data set is missing.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz.data import registry
from cnnviz.data.changes import resized
from cnnviz.data.dataset import DataSet, Location, Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.files import write_atomically
from cnnviz.formats import decoding
from cnnviz.networks import architecture_file
from cnnviz.networks.architecture import Architecture

SAMPLES_BYTES = 8 * 2**20
"""Limit of the size of the images that a run keeps; 20 colour images of 256x256 take half of it."""


def write(architecture: Architecture, folder: Path) -> None:
    """Write the architecture, and the samples of its data set unless they are bundled."""
    name = architecture.name
    if not _is_registered(architecture.data_set):
        samples = architecture.data_set.samples()
        buffer = io.BytesIO()
        np.savez_compressed(buffer, images=samples.images, labels=samples.labels.astype(np.int64))
        write_atomically(folder / f"{name}.samples.npz", buffer.getvalue())
    entry = architecture_file.to_json(architecture)
    content = json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(_path(name, folder), content.encode())


def remove(name: str, folder: Path) -> None:
    """Remove the files that an earlier run wrote into the same folder."""
    for path in (_path(name, folder), folder / f"{name}.samples.npz"):
        path.unlink(missing_ok=True)


def read(name: str, folder: Path) -> Architecture | None:
    """Return the architecture in a folder, without a recipe; None if the network is as in the zoo.

    Raises:
        CnnvizError: if a file is damaged.
    """
    path = _path(name, folder)
    try:
        state = path.stat()
    except OSError:
        return None
    return _read(path, name, state.st_mtime_ns, state.st_size, state.st_ino)


def _path(name: str, folder: Path) -> Path:
    return folder / f"{name}.architecture.json"


@lru_cache(maxsize=50)
def _read(path: Path, name: str, *stamp: int) -> Architecture:
    """Read an architecture; `stamp` is part of the cache key and changes with the file."""
    try:
        found = architecture_file.from_json(decoding.read_json(path), name=name)
        if _is_registered(found.data_set):
            return found
        return replace(found, data_set=_of_run(found.data_set, path.with_name(f"{name}.samples.npz")))
    except (ValueError, OSError) as error:
        raise CnnvizError(f"The architecture {path.name} is damaged: {error}", reason="run_weights") from None


def _is_registered(data_set: DataSet) -> bool:
    return any(data_set == each for each in registry.DATA_SETS)


def _of_run(data_set: DataSet, path: Path) -> DataSet:
    """Return a run's data set: its samples are those of the run, and the rest is read where it is found."""
    stored = decoding.Npz(decoding.read_bytes(path, SAMPLES_BYTES), SAMPLES_BYTES)
    images, labels = stored.read("images", "u"), stored.read("labels", "i")
    if images.dtype != np.uint8 or images.shape[1:] != data_set.shape or labels.shape != images.shape[:1]:
        raise ValueError(f"{path.name} does not hold images of {data_set.shape} with labels")
    if not len(labels) or labels.min() < 0 or labels.max() >= len(data_set.classes):
        raise ValueError(f"{path.name} does not hold labels of {len(data_set.classes)} classes")
    samples = Samples(images, labels, data_set.classes)

    def find(location: Location) -> Path | None:
        here = registry.find(location)
        return here.find(location) if here is not None and _is_source(here, data_set) else None

    def load(split: Split, location: Location) -> Samples:
        here = registry.find(location)
        if here is None or not _is_source(here, data_set):
            raise CnnvizError(
                f"`data` must be {data_set.title}, which the network was trained on. "
                f"Received: {'nothing' if here is None else here.title}.",
                reason="data",
            )
        return (here if here.size == data_set.size else resized(here, data_set.size[0])).load(split, location)

    def stamp(location: Location) -> object:
        here = registry.find(location)
        return None if here is None else here.stamp(location)

    return replace(data_set, samples=lambda: samples, find=find, load=load, stamp=stamp, readable=True)


def _is_source(found: DataSet, wanted: DataSet) -> bool:
    """Return whether a data set that was found is the one that a network was trained on, before scaling."""
    same_size = found.size == wanted.size or wanted.size[0] == wanted.size[1]
    return same_size and (found.name, found.channels, found.classes) == (
        wanted.name,
        wanted.channels,
        wanted.classes,
    )
