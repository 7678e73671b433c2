"""A trained network: its weights and model card, its predictions, and every activation in one pass.

Two engines run the same weights. `Network` is Keras: one compiled forward pass that returns
all layers. `forward` is NumPy, layer by layer with `ops`: it explains, it is what tests hold
Keras to, and it needs no TensorFlow, so it can draw a first page while TensorFlow is importing.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.data.cifar import preprocess
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding
from cnnviz.networks import zoo
from cnnviz.resources import ASSETS

if TYPE_CHECKING:
    import keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow reads it when it is imported

WEIGHTS = ASSETS / "weights"
Weights = Mapping[str, np.ndarray]
"""{"conv1.kernel": float32 array, "conv1.bias": ...}: layer name, dot, weight name."""


def model_names(folder: str | os.PathLike[str] = WEIGHTS) -> list[str]:
    """Return the networks of the zoo whose weights lie in `folder`, the first lecture model first."""
    return [name for name in zoo.names() if (Path(folder) / f"{name}.npz").is_file()]


def load(name: str, folder: str | os.PathLike[str] = WEIGHTS) -> Network:
    """Load a trained network. TensorFlow is imported here (about 2 s, once).

    Args:
        name: one of `model_names()`.
        folder: where NAME.npz and its model card NAME.json lie; the bundled ones by default.

    Raises:
        CnnvizError: if there is no such network, or its weights do not match its card.
    """
    return Network(name, *read_weights(name, folder))


def read_weights(name: str, folder: str | os.PathLike[str] = WEIGHTS) -> tuple[Weights, dict[str, Any]]:
    """Return a network's weights as float32 and its model card, without TensorFlow.

    Raises:
        CnnvizError: if a file is missing, or the weights' sha256 is not the one on the card, or
            their names and shapes are not the architecture's, or a file is damaged, or they are not finite.
    """
    expected, room = _weight_shapes(name), most_bytes(name)
    path = Path(folder) / f"{name}.npz"
    try:
        with _words_for_damage(f"The weights {name}.npz are damaged"):
            content = decoding.read_bytes(path, room)
        with _words_for_damage(f"The model card {name}.json is damaged"):
            card = decoding.read_json(path.with_suffix(".json"))
    except FileNotFoundError as error:
        raise CnnvizError(
            f"`name` must have weights and a model card in {path.parent.name}/. Received: name={name!r}, "
            f"{Path(error.filename).name} is missing.",
            reason="weights",
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.get("sha256"):
        raise CnnvizError(
            f"The weights {name}.npz do not match their model card: sha256 is {digest[:12]}..., "
            f"the card says {str(card.get('sha256'))[:12]}.... Restore both files together.",
            reason="weights",
        )
    with _words_for_damage(f"The weights {name}.npz are damaged"):
        stored = decoding.Npz(content, room)
    if stored.shapes != expected:
        raise CnnvizError(
            f"The weights {name}.npz do not have the shapes of the architecture {name}.", reason="weights"
        )
    with _words_for_damage(f"The weights {name}.npz are damaged"), np.errstate(over="ignore"):
        weights = {key: stored.read(key, "f").astype(np.float32) for key in expected}
    if (found := first_not_finite(weights)) is not None:
        raise _not_finite("weights", found, reason="weights_not_finite")
    return weights, card


@functools.cache
def most_bytes(name: str) -> int:
    """Return more bytes than an architecture's weights take in a file, as float64 and with their names."""
    return 8 * sum(map(prod, _weight_shapes(name).values())) + 2**20


def _weight_shapes(name: str) -> dict[str, zoo.Shape]:
    return {
        f"{info.name}.{weight}": shape
        for info in zoo.describe(zoo.get(name).layers)
        for weight, shape in info.weight_shapes.items()
    }


@contextmanager
def _words_for_damage(what: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise CnnvizError(f"{what}: {error}.", reason="weights") from None


@dataclass(frozen=True)
class NotFinite:
    """Where numbers first stop being finite.

    Attributes:
        layer: its name. count: how many of its numbers are NaN or infinite. size: how many it has.
    """

    layer: str
    count: int
    size: int


def first_not_finite(arrays: Mapping[str, np.ndarray]) -> NotFinite | None:
    """Return the first layer with NaN or infinite numbers, or None if all are finite.

    Args:
        arrays: activations by layer, or weights by "layer.weight", in the order of the network.

    >>> first_not_finite({"conv1": np.ones(3), "dense1": np.array([1.0, np.nan, np.inf, 2.0])})
    NotFinite(layer='dense1', count=2, size=4)
    """
    for name, array in arrays.items():
        if count := int((~np.isfinite(array)).sum()):
            return NotFinite(name, count, array.size)
    return None


def check_activations(activations: Mapping[str, np.ndarray]) -> None:
    """Refuse activations that are not finite, with the layer in which that begins.

    Raises:
        CnnvizError: with the reason "not_finite".
    """
    if (found := first_not_finite(activations)) is not None:
        raise _not_finite("activations", found, reason="not_finite")


def _not_finite(argument: str, found: NotFinite, *, reason: str) -> CnnvizError:
    return CnnvizError(
        f"`{argument}` must be finite. Received: in {found.layer}, the first layer where they are not, "
        f"{found.count:,} of {found.size:,} numbers are NaN or infinite.",
        reason=reason,
        layer=found.layer,
        count=f"{found.count:,}",
        size=f"{found.size:,}",
    )


def write_weights(name: str, weights: Weights, card: Mapping[str, Any], folder: Path) -> None:
    """Write NAME.npz in half precision, and NAME.json: `card` with the weights' sha256 added.

    Raises:
        CnnvizError: if a weight is not finite, or not in half precision; nothing is written then.
    """
    buffer = io.BytesIO()
    with np.errstate(over="ignore"):  # what is too large for float16 becomes infinite, and is refused
        half = {key: array.astype(np.float16) for key, array in weights.items()}
    if (found := first_not_finite(half)) is not None:
        raise _not_finite("weights", found, reason="weights_not_finite")
    np.savez_compressed(buffer, **half)  # type: ignore[arg-type]
    signed = {**card, "sha256": hashlib.sha256(buffer.getvalue()).hexdigest()}
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / f"{name}.npz", buffer.getvalue())
    replace_file(folder / f"{name}.json", (json.dumps(signed, indent=1, allow_nan=False) + "\n").encode())


def complete_card(name: str, entries: Mapping[str, Any], folder: Path) -> None:
    """Add `entries` to the model card NAME.json in `folder`; the weights stay as they are."""
    _, card = read_weights(name, folder)
    replace_file(
        folder / f"{name}.json", (json.dumps({**card, **entries}, indent=1, allow_nan=False) + "\n").encode()
    )


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the content is on the disk before the name is
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def build(architecture: zoo.Architecture) -> keras.Model:
    """Build the Keras model, untrained: image [N, 32, 32, 3] in [0, 1] -> probabilities [N, 10]."""
    return build_layers(architecture.layers, zoo.INPUT_SHAPE, architecture.name)


def build_layers(
    layers: Sequence[zoo.Layer],
    input_shape: zoo.Shape,
    name: str,
    *,
    policy: str = "float32",
    batch_norm: Callable[..., keras.Layer] | None = None,
) -> keras.Model:
    """Build a Keras model of any stack of layers over images [N, *input_shape].

    Args:
        policy: Keras' dtype policy of all layers but the last fully connected one and the softmax.
        batch_norm: the class of batch normalisation; None = Keras' own.
    """
    import keras

    def window_arguments(layer: zoo.Layer) -> dict[str, Any]:
        assert layer.window is not None  # holds for every conv and pooling layer of the zoo
        return {"strides": layer.window.stride, "padding": layer.window.padding}

    def weight_arguments(layer: zoo.Layer) -> dict[str, Any]:
        arguments: dict[str, Any] = {"use_bias": layer.bias}
        if layer.max_norm is not None:
            # the norm of each unit's incoming weights: every axis of the kernel but the last
            axis = [0, 1, 2] if layer.kind == "conv" else 0
            arguments["kernel_constraint"] = keras.constraints.MaxNorm(layer.max_norm, axis=axis)
        if layer.initial_deviation is not None:
            arguments["kernel_initializer"] = keras.initializers.RandomNormal(stddev=layer.initial_deviation)
        return arguments

    def named(layer: zoo.Layer) -> dict[str, Any]:
        exact = layer is layers[-1] or layer is last_dense
        return {"name": layer.name, "dtype": "float32" if exact else policy}

    last_dense = next((layer for layer in reversed(layers) if layer.kind == "dense"), None)

    def make(layer: zoo.Layer) -> keras.Layer:
        match layer.kind:
            case "conv":
                size = layer.window.size if layer.window else (1, 1)
                dilation = layer.window.dilation if layer.window else (1, 1)
                return keras.layers.Conv2D(
                    layer.units,
                    size,
                    dilation_rate=dilation,
                    groups=layer.groups,
                    **named(layer),
                    **window_arguments(layer),
                    **weight_arguments(layer),
                )
            case "max_pool" | "average_pool":
                pooling = (
                    keras.layers.MaxPooling2D if layer.kind == "max_pool" else keras.layers.AveragePooling2D
                )
                size = layer.window.size if layer.window else (2, 2)
                return pooling(size, **named(layer), **window_arguments(layer))
            case "batch_norm":
                return (batch_norm or keras.layers.BatchNormalization)(epsilon=zoo.EPSILON, **named(layer))
            case "relu":
                return keras.layers.ReLU(**named(layer))
            case "dropout":
                return keras.layers.Dropout(layer.rate, **named(layer))
            case "flatten":
                return keras.layers.Flatten(**named(layer))
            case "dense":
                return keras.layers.Dense(layer.units, **named(layer), **weight_arguments(layer))
            case "softmax":
                return keras.layers.Softmax(**named(layer))

    return keras.Sequential(
        [keras.Input(input_shape), *(make(layer) for layer in layers)],
        name=name,
    )


def weights_of(model: keras.Model) -> Weights:
    """Return a Keras model's weights by layer and weight name."""
    return {
        f"{layer.name}.{variable.name}": np.asarray(variable.numpy())
        for layer in model.layers
        for variable in _variables(layer)
    }


def set_weights(model: keras.Model, weights: Weights) -> None:
    """Put weights, named as `weights_of` names them, into a Keras model."""
    for layer in model.layers:
        for variable in _variables(layer):
            variable.assign(weights[f"{layer.name}.{variable.name}"])


def _variables(layer: keras.Layer) -> list[keras.Variable]:
    """Return what a layer has learned: what was trained and what was measured, no random state."""
    return [*layer.trainable_variables, *(v for v in layer.weights if v.name in zoo.NOT_TRAINED)]


class Network:
    """A trained network, run by Keras. Treat it as read-only; it may be shared between threads.

    Attributes:
        name: its name in the zoo.
        layers: a `zoo.LayerInfo` for each layer, input to output.
        weights: float32 arrays by "layer.kernel" and "layer.bias".
        card: the model card: recipe, data, measured accuracy and loss, versions, sha256.
        model: the Keras model.
    """

    def __init__(self, name: str, weights: Weights, card: Mapping[str, Any]) -> None:
        import keras
        import tensorflow as tf

        self.name = name
        self.architecture = zoo.get(name)
        self.layers = zoo.describe(self.architecture.layers)
        self.weights = weights
        self.card = card
        self.model = build(self.architecture)
        set_weights(self.model, weights)
        # dropout does nothing outside training: its entry is its input, so it is not computed
        self._computed = [info.name for info in self.layers if info.kind != "dropout"]
        outputs = [self.model.get_layer(layer).output for layer in self._computed]
        every_layer = keras.Model(self.model.inputs, outputs)
        # no autograph: there is no Python control flow to translate, and it parses source code, which
        # in a background thread trips over other threads' parsing (python/cpython#106905)
        compiled = functools.partial(tf.function, autograph=False)
        image = tf.TensorSpec((1, *zoo.INPUT_SHAPE), tf.float32)
        batch = tf.TensorSpec((None, *zoo.INPUT_SHAPE), tf.float32)
        self._all = compiled(lambda x: every_layer(x, training=False), input_signature=[image])
        self._probabilities = compiled(lambda x: self.model(x, training=False), input_signature=[batch])

    def predict(self, images: np.ndarray, batch_size: int = 500) -> np.ndarray:
        """Return the class probabilities, float32 [N, 10], of uint8 images [N, 32, 32, 3].

        Raises:
            CnnvizError: if `images` has another dtype or shape.
        """
        images = np.asarray(images)
        if images.ndim != 4:
            raise CnnvizError(f"`images` must be [N, 32, 32, 3]. Received: images.shape={images.shape}.")
        parts = [
            self._probabilities(preprocess(images[start : start + batch_size])).numpy()
            for start in range(0, len(images), batch_size)
        ]
        return np.concatenate(parts) if parts else np.empty((0, 10), np.float32)

    def activations(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return what every layer makes of one image, in one forward pass.

        Args:
            image: uint8 [32, 32, 3].

        Returns:
            {layer name: float32 array of the layer's output shape, without a batch axis}, in
            order. Convolution before ReLU and after it are two entries.

        Raises:
            CnnvizError: if `image` has another dtype or shape.
        """
        image = np.asarray(image)
        if image.ndim != 3:
            raise CnnvizError(f"`image` must be [32, 32, 3]. Received: image.shape={image.shape}.")
        outputs = self._all(preprocess(image)[np.newaxis])
        computed = dict(zip(self._computed, (output.numpy()[0] for output in outputs), strict=True))
        activations: dict[str, np.ndarray] = {}
        before = ""
        for info in self.layers:
            activations[info.name] = activations[before] if info.kind == "dropout" else computed[info.name]
            before = info.name
        return activations


def forward(name: str, weights: Weights, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return what `Network.activations` returns, computed with `ops` alone.

    Args:
        name: the architecture. weights: as `read_weights` returns them.
        image: uint8 [32, 32, 3].
    """
    return run(zoo.get(name).layers, weights, image)


def run(layers: Sequence[zoo.Layer], weights: Weights, image: np.ndarray) -> dict[str, np.ndarray]:
    """Return every layer's output for an image, uint8 [32, 32, 3], of any stack of layers, by `ops`.

    Raises:
        CnnvizError: if the numbers of a layer do not stay finite, with the reason "not_finite".
    """
    x = preprocess(image)
    activations: dict[str, np.ndarray] = {}
    for layer in layers:
        with np.errstate(over="ignore", invalid="ignore"):  # said in words
            x = _apply(layer, x, {name: weights[f"{layer.name}.{name}"] for name in _weight_names(layer)})
        check_activations({layer.name: x})
        activations[layer.name] = x
    return activations


def _weight_names(layer: zoo.Layer) -> tuple[str, ...]:
    if layer.kind in ("conv", "dense"):
        return ("kernel", "bias") if layer.bias else ("kernel",)
    return ("gamma", "beta", *zoo.NOT_TRAINED) if layer.kind == "batch_norm" else ()


def _apply(layer: zoo.Layer, x: np.ndarray, weights: Weights) -> np.ndarray:
    """Run one layer with `ops`, as it works outside training."""
    window, kernel, bias = layer.window, weights.get("kernel"), weights.get("bias")
    if layer.kind == "conv" and window:
        return ops.conv2d(
            x, kernel, bias, stride=window.stride, padding=window.padding, dilation=window.dilation
        )
    if layer.kind in ("max_pool", "average_pool") and window:
        pool = ops.max_pool if layer.kind == "max_pool" else ops.average_pool
        return pool(x, window.size, stride=window.stride, padding=window.padding)
    match layer.kind:
        case "batch_norm":
            return ops.batch_norm(x, **weights, epsilon=zoo.EPSILON)
        case "relu":
            return ops.relu(x)
        case "flatten":
            return x.reshape(-1)  # rows, then columns, then channels: the order of Keras
        case "dense":
            return ops.dense(x, kernel, bias)
        case "softmax":
            return ops.softmax(x)
        case "dropout":
            return x
    raise CnnvizError(f"`layer` must be of a known kind. Received: {cast(str, layer.kind)!r}.")
