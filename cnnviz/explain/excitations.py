"""The positions in a whole training set that excite each filter of a network most: found once, and kept.

The index is a file beside the training runs, called after the network and the digest of its weights, so that
a network that is trained again has another one. `cnnviz index NAME` writes it, or a visitor of the app.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.dataset import Samples
from cnnviz.explain.attribution.base import Progress, unreported
from cnnviz.explain.filters import filter_layers
from cnnviz.files import runs_folder, write_atomically
from cnnviz.formats import decoding
from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import ModelRef

if TYPE_CHECKING:
    from cnnviz.networks.network import Network

KEPT = 9
"""Pictures of each filter."""
BATCH = 128
MAX_BYTES = 4_000_000
"""Size limit of an index and its arrays; that of a network with 1,000 filters has 0.2 MB."""
KEYS = {"images": "images", "values": "values", "places": "positions"}
"""{key in an index: attribute of a `Ranking`}."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """The pictures that excite each of K filters of a layer most, the most exciting first; at most `KEPT`.

    Attributes:
        images: int32 [K, T], indices of pictures.
        values: float32 [K, T], the largest number of the filter's map of each.
        positions: int32 [K, T, 2], its row and column in the map.
    """

    images: np.ndarray
    values: np.ndarray
    positions: np.ndarray

    def best(self, index: int) -> int:
        """Return how many of the pictures excite filter `index` at all, with a number above 0."""
        return int((self.values[index] > 0).sum())


@dataclass(frozen=True, eq=False)
class Index:
    """The pictures that excite each filter of a network most.

    Attributes:
        images: how many pictures were shown to it. digest: theirs, `Samples.digest`.
        layers: {layer whose maps were looked at: its ranking}, as in `filter_layers`.
    """

    images: int
    digest: str
    layers: Mapping[str, Ranking]


def map_layers(graph: Graph) -> list[str]:
    """Return the layers whose maps are looked at, in order."""
    return list(dict.fromkeys(filter_layers(graph).values()))


def build(network: Network, images: Samples, progress: Progress = unreported) -> Index:
    """Show all pictures to a network, and keep for each filter those that excite it most.

    Args:
        network: runs the pictures. images: of its data set's size. progress: see `Progress`.
    """
    import keras
    import tensorflow as tf

    layers = map_layers(network.graph)
    maps = keras.Model(network.model.inputs, [network.model.get_layer(name).output for name in layers])

    def largest(x: tf.Tensor) -> list[tuple[tf.Tensor, tf.Tensor]]:
        found = []
        for each in tf.nest.flatten(maps(x, training=False)):
            flat = tf.reshape(each, [tf.shape(each)[0], -1, each.shape[-1]])
            found.append((tf.reduce_max(flat, axis=1), tf.argmax(flat, axis=1, output_type=tf.int32)))
        return found

    batch = tf.TensorSpec((None, *network.graph.input_shape), tf.float32)
    run = tf.function(largest, autograph=False, input_signature=[batch])
    kept: list[tuple[np.ndarray, ...]] = []
    for start in range(0, len(images), BATCH):
        part = images.images[start : start + BATCH]
        found = run(network.data_set.preprocess(part))
        which = np.arange(start, start + len(part), dtype=np.int32)[:, np.newaxis]
        for k, (values, at) in enumerate((values.numpy(), at.numpy()) for values, at in found):
            new = (values, at, np.broadcast_to(which, at.shape))
            both = new if start == 0 else tuple(map(np.concatenate, zip(kept[k], new, strict=True)))
            order = np.argsort(-both[0], axis=0, kind="stable")[:KEPT]
            best = tuple(np.take_along_axis(array, order, axis=0) for array in both)
            kept[k : k + 1] = [best]
        progress(min(1.0, (start + len(part)) / len(images)))
    rankings = {}
    for name, (values, at, which) in zip(layers, kept, strict=True):
        columns = network.graph[name].output_shape[1]
        positions = np.stack(np.divmod(at.T, columns), axis=-1).astype(np.int32)
        rankings[name] = Ranking(which.T.astype(np.int32), values.T.astype(np.float32), positions)
    return Index(len(images), images.digest, rankings)


def path(reference: ModelRef) -> Path:
    """Return where the index of a network's weights is kept."""
    return runs_folder() / ".filters" / f"{zoo.split(reference.name)[0]}-{reference.sha256[:16]}.npz"


def write(reference: ModelRef, index: Index) -> Path:
    """Write an index, and return its path.

    Raises:
        OSError: if it cannot be written.
    """
    arrays: dict[str, np.ndarray] = {
        "count": np.array([index.images], np.int64),
        "digest": np.frombuffer(bytes.fromhex(index.digest), np.uint8),
    }
    for name, ranking in index.layers.items():
        arrays |= {f"{name}.{key}": getattr(ranking, part) for key, part in KEYS.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    where = path(reference)
    where.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(where, buffer.getvalue())
    return where


def read(reference: ModelRef, images: Samples) -> Index | None:
    """Return the index of a network's weights, or None if there is none, or a damaged one.

    Args:
        reference: the network. images: the pictures that are here; an index of others is of another copy.
    """
    graph = zoo.get(reference.name).graph
    try:
        stored = decoding.Npz(decoding.read_bytes(path(reference), MAX_BYTES), MAX_BYTES)
        index = Index(
            int(stored.read("count", "i")[0]),
            stored.read("digest", "u").tobytes().hex(),
            {name: _ranking(stored, name, graph) for name in map_layers(graph)},
        )
    except (OSError, ValueError, LookupError):
        return None
    same = (index.images, index.digest) == (len(images), images.digest)
    return index if same and _is_sound(index, graph) else None


def _ranking(stored: decoding.Npz, name: str, graph: Graph) -> Ranking:
    images, positions = (stored.read(f"{name}.{key}", "i") for key in ("images", "places"))
    return Ranking(images, stored.read(f"{name}.values", "f"), positions)


def _is_sound(index: Index, graph: Graph) -> bool:
    """Return whether all numbers of an index are of existing pictures and positions."""
    for name, ranking in index.layers.items():
        rows, columns, filters = graph[name].output_shape
        shape = (filters, min(KEPT, index.images))
        if (ranking.images.shape, ranking.values.shape) != (shape, shape):
            return False
        if ranking.positions.shape != (*shape, 2) or not np.isfinite(ranking.values).all():
            return False
        for numbers, end in (
            (ranking.images, index.images),
            (ranking.positions[..., 0], rows),
            (ranking.positions[..., 1], columns),
        ):
            if numbers.size and (numbers.min() < 0 or numbers.max() >= end):
                return False
    return True


def find_or_build(
    network: Network, reference: ModelRef, images: Samples, progress: Progress = unreported
) -> Index:
    """Return the index that is kept, or build it and keep it, if the folder can be written into."""
    index = read(reference, images)
    if index is None:
        index = build(network, images, progress)
        try:
            write(reference, index)
        except OSError:  # then it is built again by the next process
            return index
    return index
