"""Files that hold weights and no layers, read beside an architecture that is known: .npz, .h5, .safetensors.

Arrays are matched to the architecture's weights by name, "conv1.kernel" or "model/conv1/kernel:0". If no name
is known, and the file has an order, they are matched in that order. Nothing in a file is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from cnnviz import files
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding
from cnnviz.formats.hdf5 import Hdf5
from cnnviz.layers.base import Shape
from cnnviz.networks.graph import Graph, max_file_size
from cnnviz.networks.opening.keras_file import HDF5_START, ZIP_START, ArchiveWeights, archive_root
from cnnviz.networks.opening.keras_layers import damaged
from cnnviz.networks.opening.opened import Opened

MAX_HEADER_BYTES = 16 * 2**20
"""Maximum size of a .safetensors file's header."""
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""NumPy's types of those floating-point numbers of a .safetensors file that are read."""
MAX_SIZE_FACTOR = 4
"""Maximum ratio of a file's numbers to the architecture's weights: optimizers keep two or three each."""


@dataclass(frozen=True)
class _Stored:
    """The arrays of a file.

    Attributes:
        shapes: {name in the file: shape}. read: an array by its name.
        source: the format. ordered: whether they are in the order in which the network was built.
    """

    shapes: Mapping[str, Shape]
    read: Callable[[str], np.ndarray]
    source: str
    ordered: bool = False


def is_safetensors(start: bytes) -> bool:
    """Return whether a file starts like one of safetensors: the header's length, and an object of JSON."""
    return len(start) > 8 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= MAX_HEADER_BYTES


def read(path: Path, graph: Graph) -> Opened:
    """Read the weights of an architecture's layers from a file.

    Args:
        path: of any origin. graph: the architecture's layers.

    Raises:
        CnnvizError: if the file is damaged or exceeds a limit, or an array is missing or has another shape.
    """
    room = MAX_SIZE_FACTOR * max_file_size(graph)
    try:
        with files.open_regular(path) as file:
            start = file.read(9)
            size = file.seek(0, 2)
            if size > room:
                raise ValueError(f"it is larger than {room:,} bytes")
            file.seek(0)
            if start.startswith(HDF5_START):
                stored = _hdf5(file, room, graph)
            elif start.startswith(ZIP_START):
                stored = _npz(file.read(), room)
            elif is_safetensors(start):
                stored = _safetensors(file, size)
            else:
                raise CnnvizError(
                    "`path` must be a file of weights (.npz, .h5 or .safetensors) beside an architecture. "
                    f"Received: {path.name}.",
                    reason="network_weights_format",
                )
            names, notes = _matched(graph, stored)
            weights = {key: stored.read(name).astype(np.float32) for key, name in names.items()}
    except CnnvizError:
        raise
    except (ValueError, OSError) as error:
        raise damaged(f"{path.name} cannot be read: {error}") from None
    return Opened(graph, weights, stored.source, notes=notes)


# ---------------------------------------------------------------- formats


def _npz(content: bytes, room: int) -> _Stored:
    """Find the arrays of `numpy.savez`, which keeps their order."""
    stored = decoding.Npz(content, room)
    return _Stored(stored.shapes, lambda name: stored.read(name, "f"), "weights of NumPy", ordered=True)


def _hdf5(file: IO[bytes], room: int, graph: Graph) -> _Stored:
    """Find the arrays of `model.save_weights`, or of a whole model in HDF5."""
    stored = Hdf5(file, room)
    source = f"weights of Keras {(stored.text('', 'keras_version') or '')[:20]}".strip()
    root = archive_root(stored)
    if root is None:  # named after the layers
        group = "model_weights" if stored.groups("model_weights") else ""  # not those of an optimizer
        shapes = {path: shape for path, shape in stored.arrays.items() if path.startswith(group)}
        ordered = _in_order_of_layers(stored, group)  # else HDF5 lists them by name: w10 before w2
        return _Stored(ordered or shapes, stored.read, source, ordered=bool(ordered))
    # numbered within each class of layers; a name is only an attribute
    container = ArchiveWeights(stored, root)
    keys: dict[str, str] = {}
    for info in graph:
        if info.weight_shapes:
            layer = container.enter(info.name, info.layer.calls(*info.input_shapes)[-1].name)
            keys |= {f"{layer.path}/vars/{k}": f"{info.name}.{w}" for k, w in enumerate(info.weight_shapes)}
    found = {
        path: shape
        for path, shape in stored.arrays.items()
        if path.startswith(f"{root}/") and path.split("/")[-2] == "vars" and "seed_generator" not in path
    }
    unknown = [path for path in found if path not in keys]
    if unknown:
        raise _wrong_count(len(keys), len(found))
    paths = {keys[path]: path for path in found}
    return _Stored(
        {name: found[path] for name, path in paths.items()}, lambda name: stored.read(paths[name]), source
    )


def _in_order_of_layers(stored: Hdf5, root: str) -> dict[str, Shape]:
    """Return the arrays of a group as the attributes that Keras 2 writes list them; {} if there are none."""
    ordered: dict[str, Shape] = {}
    for layer in stored.texts(root, "layer_names"):
        group = f"{root}/{layer}".strip("/")
        for weight in stored.texts(group, "weight_names"):
            if (path := f"{group}/{weight}") in stored.arrays:
                ordered[path] = stored.arrays[path]
    return ordered


def _safetensors(file: IO[bytes], size: int) -> _Stored:
    """Find the arrays of a file of safetensors, which keeps no order.

    Source: https://huggingface.co/docs/safetensors
    """
    length = int.from_bytes(file.read(8), "little")
    start = 8 + length
    if start > size:
        raise ValueError("its header is longer than the file")
    header = decoding.parse_json(file.read(length))
    header.pop("__metadata__", None)
    entries: dict[str, tuple[str, Shape, int]] = {}
    if len(header) > decoding.MAX_ARRAYS:
        raise ValueError(f"it holds more than {decoding.MAX_ARRAYS:,} arrays")
    for name, entry in header.items():
        dtype, shape, (first, end) = _safetensors_entry(name, entry)
        if dtype in DTYPES:
            expected = prod(shape) * np.dtype(DTYPES[dtype]).itemsize
            if not 0 <= first <= end <= size - start or end - first != expected:
                raise ValueError(f"the array {name[:60]!r} has another size than its shape says")
            entries[name] = (dtype, shape, start + first)

    def read_array(name: str) -> np.ndarray:
        dtype, shape, offset = entries[name]
        file.seek(offset)
        numbers = np.dtype(DTYPES[dtype])
        array = np.frombuffer(file.read(prod(shape) * numbers.itemsize), numbers)
        if dtype == "BF16":  # the upper half of a float32
            array = (array.astype(np.uint32) << 16).view(np.float32)
        return array.reshape(shape)

    shapes = {name: shape for name, (_, shape, _) in entries.items()}
    return _Stored(shapes, read_array, "weights in safetensors")


def _safetensors_entry(name: str, entry: Any) -> tuple[str, Shape, tuple[int, int]]:
    """Return (type, shape, (first byte, end)) of an array in the header."""

    def whole(values: Any) -> list[int] | None:
        good = isinstance(values, list) and len(values) <= 8
        return values if good and all(type(n) is int and 0 <= n < 2**40 for n in values) else None

    if isinstance(entry, dict):
        dtype, shape, offsets = (
            entry.get("dtype"),
            whole(entry.get("shape")),
            whole(entry.get("data_offsets")),
        )
        if isinstance(dtype, str) and shape is not None and offsets is not None and len(offsets) == 2:
            return dtype, tuple(shape), (offsets[0], offsets[1])
    raise ValueError(f"the array {name[:60]!r} is not described as safetensors does")


# ---------------------------------------------------------------- matching


def _matched(graph: Graph, stored: _Stored) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return {"layer.weight": name in the file}, and notes for the card.

    Raises:
        CnnvizError: naming the first weights that are missing or have another shape.
    """
    expected = graph.weight_shapes()
    endings: dict[str, list[str]] = {}
    for name in stored.shapes:
        parts = name.removesuffix(":0").replace("/", ".").split(".")
        for k in range(max(0, len(parts) - 8), len(parts)):
            endings.setdefault(".".join(parts[k:]), []).append(name)
    named = {key: endings.get(key, []) for key in expected}
    for info in graph:  # the name by Keras 2
        for weight, old in info.layer.keras2_weights.items():
            named[f"{info.name}.{weight}"] += endings.get(f"{info.name}.{old}", [])
    by_name = {key: min(names, key=len) for key, names in named.items() if names}
    notes: tuple[str, ...] = ()
    # a bias is named alike in both
    if len(by_name) < len(expected) and any(n.endswith((".weight", ".running_mean")) for n in stored.shapes):
        raise CnnvizError(
            "`path` must hold weights with the channels last. Received: weights named as in PyTorch, which "
            "has them first. Export the model as ONNX, which is turned.",
            reason="network_weights_pytorch",
        )
    if by_name or not stored.ordered:
        for key in expected:
            if key not in by_name:
                raise CnnvizError(
                    f"`path` must hold the weights of {key}, {expected[key]}. "
                    f"Received: {len(stored.shapes):,} arrays of other names.",
                    reason="network_weights_missing",
                    layer=key,
                    expected=str(expected[key]),
                )
        names = by_name
        if spare := len(stored.shapes) - len(names):
            notes = (f"{spare:,} arrays of the file belong to none of its layers.",)
    else:
        if len(stored.shapes) != len(expected):
            raise _wrong_count(len(expected), len(stored.shapes))
        names = dict(zip(expected, stored.shapes, strict=True))
        notes = ("The names in the file are none of its layers': weights were taken in their order.",)
    for key, name in names.items():
        if stored.shapes[name] != expected[key]:
            raise CnnvizError(
                f"The weights of {key} must be {expected[key]}. "
                f"Received: {stored.shapes[name]}, {name[:60]!r} in the file.",
                reason="network_weights_shape",
                layer=key,
                expected=str(expected[key]),
                found=str(stored.shapes[name]),
            )
    return names, notes


def _wrong_count(expected: int, found: int) -> CnnvizError:
    return CnnvizError(
        f"`path` must hold the architecture's {expected:,} arrays of weights. Received: {found:,} arrays.",
        reason="network_weights_count",
        expected=f"{expected:,}",
        found=f"{found:,}",
    )
