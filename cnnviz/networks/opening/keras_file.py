"""Keras' files, .keras (Keras 3) and .h5 (Keras 2 and 3): the configuration and the arrays, read as data.

Nothing of Keras takes part: a class of the configuration is a name that `keras_layers` knows or does not.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np

from cnnviz import files
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding
from cnnviz.formats.hdf5 import Hdf5
from cnnviz.networks.architecture_file import MAX_PARAMETERS, bounded_graph
from cnnviz.networks.graph import IMAGE
from cnnviz.networks.opening import keras_layers
from cnnviz.networks.opening.keras_layers import Assembly, Call, Config, damaged
from cnnviz.networks.opening.opened import Opened
from cnnviz.networks.opening.refused import in_words, listed, other_program

HDF5_START = b"\x89HDF\r\n\x1a\n"
ZIP_START = b"PK\x03\x04"
MAX_FILE_BYTES = 5 * 2**30
MAX_WEIGHT_BYTES = 4 * MAX_PARAMETERS
MAX_ENTRIES = 20
"""Maximum number of files in the archive: Keras writes three."""
MAX_RATIO = 100
"""Maximum ratio of a file's size to its compressed size."""
MAX_NESTING = 10
"""Models within models."""
OTHER_PROGRAMS = {"data.pkl": "PyTorch", "saved_model.pb": "TensorFlow (SavedModel)"}
"""{end of a file's name in the archive: the program that writes such archives}."""
TensorKey = tuple[str, int, int]
"""A tensor in a configuration: (layer, index of the call, index of the output)."""


def recognised(start: bytes) -> bool:
    """Return whether a file starts like one of Keras: an archive, or HDF5."""
    return start.startswith((HDF5_START, ZIP_START))


def read(path: Path, *, size: tuple[int, int] | None = None) -> Opened:
    """Read a model from a file of Keras.

    Args:
        path: of any origin. size: (rows, columns) of the input, if the file leaves them open.

    Raises:
        CnnvizError: if the file is damaged or exceeds a limit, or CNNViz does not know one of its layers.
    """
    try:
        with files.open_regular(path) as file:
            if file.seek(0, 2) > MAX_FILE_BYTES:
                raise ValueError(f"it is larger than {MAX_FILE_BYTES:,} bytes")
            file.seek(0)
            start = file.read(len(HDF5_START))
            file.seek(0)
            if start == HDF5_START:
                return _read_hdf5(file, size)
            return _read_archive(file, size)
    except CnnvizError:
        raise
    except (ValueError, OSError) as error:
        raise damaged(f"{path.name} cannot be read: {error}") from None


def _read_archive(file: IO[bytes], size: tuple[int, int] | None) -> Opened:
    """Read a .keras file: config.json, metadata.json and model.weights.h5 in an archive."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - decoding.ZIP_END_BYTES))
    directory = decoding.zip_directory(file.read())
    if directory is None or directory[0] > MAX_ENTRIES or directory[1] > 200 * MAX_ENTRIES:
        raise ValueError("it is no archive as Keras writes it")
    with _as_value_error(), zipfile.ZipFile(file) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if members and all(name.endswith(".npy") for name in members):
            raise only_weights()
        for ending, kind in OTHER_PROGRAMS.items():
            if any(name.endswith(ending) for name in members):
                raise other_program(kind)
        if "config.json" not in members:
            raise ValueError("it holds no config.json, so it is no file of Keras")
        if "model.weights.h5" not in members:
            raise ValueError("it holds no model.weights.h5: save the whole model, in one file")
        config = _read_json(archive, members["config.json"])
        version = ""
        if "metadata.json" in members:
            version = str(_read_json(archive, members["metadata.json"]).get("keras_version", ""))[:20]
        with tempfile.TemporaryFile() as weights:
            for chunk in _unpacked(archive, members["model.weights.h5"], MAX_FILE_BYTES):
                weights.write(chunk)
            weights.seek(0)
            stored = Hdf5(weights, MAX_WEIGHT_BYTES)
            root = archive_root(stored) or "layers"
            return _opened(config, ArchiveWeights(stored, root), f"Keras {version}".strip(), size)


def archive_root(stored: Hdf5) -> str | None:
    """Return the group of the layers in model.weights.h5, or None if it is no such file."""
    roots = ("layers", "_layer_checkpoint_dependencies")  # since Keras 3; with TensorFlow 2.13 to 2.15
    return next((name for name in roots if name in stored.groups("")), None)


def _read_hdf5(file: IO[bytes], size: tuple[int, int] | None) -> Opened:
    """Read a .h5 file: the configuration as an attribute, the arrays in groups named after the layers."""
    stored = Hdf5(file, MAX_WEIGHT_BYTES)
    text = stored.text("", "model_config")
    if text is None:
        raise only_weights()
    version = (stored.text("", "keras_version") or "")[:20]
    weights = _LegacyWeights(stored, "model_weights")
    return _opened(decoding.parse_json(text.encode()), weights, f"Keras {version}, HDF5", size)


def only_weights() -> CnnvizError:
    """Return the error of a file that holds weights and no layers."""
    return CnnvizError(
        "`path` must be of a whole model, or `architecture` must say which layers it has. Received: weights "
        "but no model.",
        reason="network_only_weights",
    )


def _read_json(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> dict[str, Any]:
    return decoding.parse_json(b"".join(_unpacked(archive, info, decoding.JSON_BYTES)))


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """Yield a file of an archive in pieces.

    Raises:
        ValueError: if it is larger than `most` bytes, packed too tightly, or otherwise than Keras does.
    """
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise ValueError(f"{info.filename[:40]} is packed in a way that Keras does not use")
    if info.file_size > min(most, MAX_RATIO * info.compress_size + 1000):
        raise ValueError(f"{info.filename[:40]} is too large")
    with archive.open(info) as member:  # reads no more than `file_size`
        while chunk := member.read(2**20):
            yield chunk


@contextlib.contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError):
        raise
    except Exception as error:  # zipfile and zlib raise many types on damaged archives
        raise ValueError(f"it is no undamaged archive ({type(error).__name__})") from None


# ---------------------------------------------------------------- weights


class _Weights(Protocol):
    """The arrays of a model's layers."""

    def enter(self, name: str, class_name: str) -> _Weights:
        """Return those of the next layer of the model, which may be a model itself."""

    def arrays(self, layer: str, names: Sequence[str]) -> list[np.ndarray]:
        """Return the arrays of this layer, whose weights have these names, in Keras' order."""


@dataclass
class ArchiveWeights:
    """Arrays in model.weights.h5: layers/conv2d_1/vars/0 is the first weight of the second `Conv2D`."""

    stored: Hdf5
    path: str
    counts: dict[str, int] = field(default_factory=dict)

    def enter(self, name: str, class_name: str) -> ArchiveWeights:
        """Return the arrays of a layer: of that name if the file has names, else the next of its class."""
        word = snake_case(class_name)
        count = self.counts.get(word, 0)
        self.counts[word] = count + 1
        container = self._container()
        group = f"{container}/{word}" + (f"_{count}" if count else "")
        if self.stored.text(f"{group}/vars", "name") not in (name, None) if self._has(group) else True:
            for other in self.stored.groups(container):
                at = f"{container}/{other}"
                if self._has(at) and self.stored.text(f"{at}/vars", "name") == name:
                    group = at
        return ArchiveWeights(self.stored, group)

    def _container(self) -> str:
        """Return the group of a model's layers; that of a nested model is below its own."""
        inner = [f"{self.path}/{name}" for name in ("layers", "_layer_checkpoint_dependencies")]
        return next((group for group in inner if self.stored.groups(group)), self.path)

    def _has(self, group: str) -> bool:
        return "vars" in self.stored.groups(group)

    def arrays(self, layer: str, names: Sequence[str]) -> list[np.ndarray]:
        """Return vars/0, vars/1, ..."""
        return [_read_array(self.stored, f"{self.path}/vars/{k}") for k in range(len(names))]


@dataclass
class _LegacyWeights:
    """Arrays of a .h5 file: model_weights/LAYER/.../LAYER/kernel; ":0" follows in files of Keras 2."""

    stored: Hdf5
    path: str
    top: bool = True
    class_name: str = ""

    def enter(self, name: str, class_name: str) -> _LegacyWeights:
        """Return the arrays of a layer; those of a nested model are all in one group."""
        group = f"{self.path}/{name}" if self.top else self.path
        return _LegacyWeights(self.stored, group, False, class_name)

    def arrays(self, layer: str, names: Sequence[str]) -> list[np.ndarray]:
        """Return the arrays with these names, of this layer if several have them."""
        found = []
        own = [path for path in self.stored.arrays if path.startswith(f"{self.path}/")]
        for name in names:
            called = [name]
            if self.class_name == "DepthwiseConv2D" and name == "kernel":
                called.append("depthwise_kernel")  # by Keras 2
            paths = [path for path in own if path.split("/")[-1].removesuffix(":0") in called]
            if len(paths) > 1:
                paths = [path for path in paths if path.split("/")[-2] == layer]
            if len(paths) != 1:
                raise damaged(f"the weights of the layer {layer[:60]!r} are not in the file")
            found.append(_read_array(self.stored, paths[0]))
        return found


def _read_array(stored: Hdf5, path: str) -> np.ndarray:
    try:
        return stored.read(path)
    except ValueError as error:
        raise damaged(f"the weights cannot be read: {error}") from None


def snake_case(name: str) -> str:
    """Return the name of a class as in the paths of weights.

    Source: `keras.src.utils.naming.to_snake_case`

    >>> snake_case("Conv2D"), snake_case("ReLU"), snake_case("GlobalAveragePooling2D")
    ('conv2d', 're_lu', 'global_average_pooling2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


# ---------------------------------------------------------------- the configuration


def _opened(config: Config, weights: _Weights, source: str, size: tuple[int, int] | None) -> Opened:
    """Return the network of a model's configuration."""
    old = source.startswith(("Keras 1.", "Keras 2."))
    assembly = Assembly(_input_shape(config, size), of_keras_2=old)
    try:
        output = _model(config, IMAGE, assembly, weights, 0)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, CnnvizError):
            raise
        raise damaged(
            f"the configuration is not as Keras writes it ({type(error).__name__}: {error})"
        ) from None
    if output == IMAGE:
        raise damaged("the model has no layer that computes anything")
    graph = bounded_graph(assembly.input_shape, assembly.nodes).subgraph(output)
    kept = {key: array for key, array in assembly.weights.items() if key.rpartition(".")[0] in graph}
    return Opened(graph, kept, source, notes=tuple(dict.fromkeys(assembly.notes)), origin=assembly.origin)


def _input_shape(config: Config, size: tuple[int, int] | None) -> tuple[int, int, int]:
    """Return [H, W, C] of a model's one input."""
    inner = _inner(config)
    entries = [entry for entry in inner["layers"] if isinstance(entry, dict)]
    inputs = [e["config"] for e in entries if e.get("class_name") == "InputLayer"]
    if len(inputs) > 1:
        names = listed(e.get("name") or e["config"].get("name") for e in entries if e.get("config") in inputs)
        raise CnnvizError(
            f"`path` must be of a model with one input. Received: {len(inputs)} inputs ({names}).",
            reason="network_inputs",
            count=len(inputs),
            layer=names,
        )
    first = inputs[0] if inputs else (entries[0].get("config") or {}) if entries else {}
    shape = first.get("batch_shape") or first.get("batch_input_shape") or inner.get("build_input_shape")
    if not isinstance(shape, list) or len(shape) != 4:
        raise CnnvizError(
            f"`path` must be of a model that takes images [N, H, W, C]. Received: {repr(shape)[:60]}.",
            reason="network_images",
            size=in_words(shape[1:] if isinstance(shape, list) else ()),
        )
    _, rows, columns, channels = shape
    if rows is None or columns is None:
        if size is None:
            raise CnnvizError(
                "`size` must be given, (rows, columns) of the images, as the file leaves them open: "
                "size=(224, 224). Received: size=None.",
                reason="network_size",
            )
        rows, columns = size
    if not all(type(n) is int and 1 <= n <= 4096 for n in (rows, columns, channels)):
        raise damaged(f"the images would be {rows!r} x {columns!r} x {channels!r}"[:80])
    return rows, columns, channels


def _inner(config: Config) -> Config:
    """Return the part of a model's configuration that lists its layers."""
    name, inner = config.get("class_name"), config.get("config")
    if isinstance(inner, list):  # a `Sequential` of Keras 1 to 2.2
        inner = {"layers": inner}
    if name not in ("Functional", "Model", "Sequential") or not isinstance(inner, dict):
        raise CnnvizError(
            "`path` must be of a Functional or Sequential model; of a subclassed one the file does not tell "
            f"the layers. Received: {repr(name)[:60]}.",
            reason="network_subclassed",
        )
    if not isinstance(inner.get("layers"), list) or not inner["layers"]:
        raise damaged("the model lists no layers")
    return inner


def _model(config: Config, source: str, assembly: Assembly, weights: _Weights, depth: int) -> str:
    """Add a model's layers to an assembly, and return the name of its output."""
    if depth > MAX_NESTING:
        raise damaged(f"more than {MAX_NESTING} models lie within each other")
    inner = _inner(config)
    if config["class_name"] == "Sequential":
        for entry in inner["layers"]:
            if entry["class_name"] != "InputLayer":
                source = _layer(entry, Call((source,)), assembly, weights, depth)
        return source
    (output,) = _output_keys(inner)
    tensors: dict[TensorKey, str] = {}
    waiting: list[Config] = []
    for entry in inner["layers"]:
        if entry["class_name"] == "InputLayer":
            tensors[entry.get("name") or entry["config"]["name"], 0, 0] = source
            weights.enter("", "InputLayer")
        else:
            waiting.append(entry)
    while waiting:
        left = []
        for entry in waiting:
            keys, call = _call(entry)
            if all(key in tensors for key in keys):
                sources = tuple(tensors[key] for key in keys)
                made = _layer(entry, call.of(sources), assembly, weights, depth)
                tensors[entry.get("name") or entry["config"]["name"], 0, 0] = made
            else:
                left.append(entry)
        if len(left) == len(waiting):  # a circle, or an output that a layer does not have
            raise damaged(f"the input of the layer {str(left[0].get('name'))[:60]!r} is not in the file")
        waiting = left
    if output not in tensors:
        raise damaged("the output is not that of a layer")
    return tensors[output]


def _output_keys(inner: Config) -> list[TensorKey]:
    """Return the tensors that a model answers with: [["dense", 0, 0]], or ["dense", 0, 0] in newer files."""
    found = inner.get("output_layers")
    entries = [found] if isinstance(found, list) and found and isinstance(found[0], str) else found
    if not isinstance(entries, list) or len(entries) != 1:
        outputs = entries if isinstance(entries, list) else []
        names = listed(_key(entry)[0] for entry in outputs)
        raise CnnvizError(
            f"`path` must be of a model with one output. Received: {len(outputs)} outputs ({names}).",
            reason="network_outputs",
            count=len(outputs),
            layer=names,
        )
    return [_key(entry) for entry in entries]


def _key(entry: Any) -> TensorKey:
    name, node, index = entry[:3]
    if not (isinstance(name, str) and type(node) is int and type(index) is int):
        raise damaged("a connection is not as Keras writes it")
    return name, 0 if node >= 0 else node, index


def _call(entry: Config) -> tuple[list[TensorKey], Call]:
    """Return the tensors that a layer is called with, and its other arguments.

    Raises:
        CnnvizError: if it is called more than once.
    """
    nodes = entry.get("inbound_nodes")
    name = str(entry.get("name") or entry["config"].get("name"))[:60]
    if not isinstance(nodes, list) or not nodes:
        raise damaged(f"the layer {name!r} has no input")
    if len(nodes) > 1:
        raise CnnvizError(
            f"`path` must be of a model that uses each layer once. Received: the layer {name!r}, which is "
            f"used {len(nodes)} times. Build the model with a layer of its own at each place.",
            reason="network_shared",
            layer=name,
        )
    (node,) = nodes
    if isinstance(node, list):  # Keras 2: [["conv2d", 0, 0, {}], ...]
        return [_key(each) for each in node], Call()
    keys: list[TensorKey] = []
    constants: list[Any] = []

    def collect(value: Any, depth: int = 0) -> None:
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            keys.append(_key(value["config"]["keras_history"]))
            constants.append(keras_layers.TENSOR)
        elif isinstance(value, list) and depth < 3:
            for each in value:
                collect(each, depth + 1)
        else:
            constants.append(value)

    collect(node["args"])
    return keys, Call(arguments=tuple(constants), options=node.get("kwargs") or {})


def _layer(entry: Config, call: Call, assembly: Assembly, weights: _Weights, depth: int) -> str:
    """Add a layer, or the layers of a nested model, to an assembly; return the name of its output."""
    class_name, config = entry["class_name"], entry["config"]
    name = str(entry.get("name") or (config.get("name") if isinstance(config, dict) else "") or class_name)
    if class_name in ("Functional", "Model", "Sequential"):
        (source,) = call.inputs
        made = _model(entry, source, assembly, weights.enter(name, class_name), depth + 1)
        assembly.origin[name] = made
        return made
    is_operation = str(entry.get("module") or "").startswith("keras.src.ops") or (
        class_name in keras_layers.OPERATIONS and "module" not in entry and "dtype" not in config
    )  # a .h5 file names no module; an operation has no dtype, a layer has one
    read = None if is_operation else weights.enter(name, class_name).arrays
    return keras_layers.add(entry, name, call, assembly, read)
