"""Trained networks by name: their files, predictions and activations.

Two engines run the same weights. `Network` is Keras: one compiled forward pass that returns all layers.
`forward` is NumPy, layer by layer: tests compare Keras with it, and it needs no TensorFlow, so pages can
use it while TensorFlow is importing.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.files import write_atomically
from cnnviz.networks import gradients, run_files, store, zoo
from cnnviz.networks.finite import check_activations
from cnnviz.networks.gradients import LOSS, Gradients, Target
from cnnviz.networks.graph import IMAGE, Graph
from cnnviz.networks.importing import import_keras
from cnnviz.networks.weights import Weights, read_weights_of
from cnnviz.resources import ASSETS

if TYPE_CHECKING:
    import keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow reads it when it is imported

WEIGHTS = ASSETS / "weights"
BATCH_NUMBERS = 80_000_000
"""Most numbers of a layer for a batch that is predicted: 320 MB, of which two or three are alive at once."""


def model_names(folder: str | os.PathLike[str] = WEIGHTS) -> list[str]:
    """Return the names of the zoo's networks that can be loaded, in the order of the zoo.

    Args:
        folder: contains the weights, NAME.npz; default: the bundled ones.
    """
    return [name for name in zoo.names() if (Path(folder) / f"{name}.npz").is_file()]


def home(name: str) -> Path:
    """Return the folder of a network's files: the bundled weights, or that of the opened networks."""
    return WEIGHTS if zoo.split(name)[0] in zoo.names() else store.folder()


def trained_names(folder: str | os.PathLike[str] = WEIGHTS) -> list[str]:
    """Return those of `model_names` that were trained here."""
    return [name for name in model_names(folder) if zoo.get(name).recipe is not None]


def load(name: str, folder: str | os.PathLike[str] | None = None) -> Network:
    """Load a trained network. TensorFlow is imported here (about 2 s, once).

    Args:
        name: one of `model_names()`, or an opened network.
        folder: contains NAME.npz and the model card NAME.json; default: `home(name)`.

    Raises:
        CnnvizError: if there is no such network, or its weights do not match its card.
    """
    return Network(architecture_in(name, folder), *read_weights(name, folder))


def architecture_in(name: str, folder: str | os.PathLike[str] | None = None) -> zoo.Architecture:
    """Return the architecture of the network whose files are in a folder.

    Args:
        name: the architecture. folder: contains its files; a run may have changed it for its data set.

    Raises:
        CnnvizError: if there is none, or its file is damaged.
    """
    of_store = folder is not None and name not in zoo.names() and Path(folder) == store.folder()
    found = None if folder is None or of_store else run_files.read(name, Path(folder))
    return found or zoo.get(name)


@dataclass(frozen=True)
class ModelRef:
    """A reference to a trained network that identifies its weights; used as a cache key.

    Attributes:
        name: the architecture, or "NAME@RUN" for the network of a run.
        folder: contains its files.
        sha256: of the weights file, as on its model card.
    """

    name: str
    folder: Path
    sha256: str


def reference(name: str, folder: str | os.PathLike[str] | None = None) -> ModelRef:
    """Return the reference to the weights that are in a folder now.

    Args:
        name: the architecture, or "NAME@RUN". folder: contains NAME.npz; default: `home(name)`.

    Raises:
        CnnvizError: if there are no weights.
    """
    path = Path(folder or home(name)) / f"{zoo.split(name)[0]}.npz"
    try:
        state = path.stat()
        digest = _digest(path, state.st_mtime_ns, state.st_size, state.st_ino)
    except OSError:  # perhaps removed in this moment
        raise CnnvizError(
            f"`name` must have weights in {path.parent.name}/. "
            f"Received: name={name!r}, {path.name} is missing.",
            reason="weights",
        ) from None
    return ModelRef(name, path.parent, digest)


@functools.lru_cache(maxsize=1000)
def _digest(path: Path, *stamp: int) -> str:
    """Return the sha256 of a file; `stamp` is part of the cache key and changes with the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_weights(name: str, folder: str | os.PathLike[str] | None = None) -> tuple[Weights, dict[str, Any]]:
    """Return a network's weights as float32 and its model card, without TensorFlow.

    Args:
        name: the architecture. folder: contains NAME.npz and NAME.json; default: `home(name)`.

    Raises:
        CnnvizError: if a file is missing or damaged, the sha256 differs from the card's, the names and
            shapes differ from the architecture's, or a weight is not finite.
    """
    return read_weights_of(architecture_in(name, folder).graph, name, Path(folder or home(name)))


def update_card(name: str, entries: Mapping[str, Any], folder: Path) -> None:
    """Add `entries` to the model card NAME.json in `folder`."""
    _, card = read_weights(name, folder)
    write_atomically(
        folder / f"{name}.json", (json.dumps({**card, **entries}, indent=1, allow_nan=False) + "\n").encode()
    )


def build(
    graph: Graph, name: str, *, policy: str = "float32", classes: Mapping[str, Any] | None = None
) -> keras.Model:
    """Build the untrained Keras model of a graph: images [N, *input_shape] -> output of the last layer.

    Args:
        graph: the layers. name: the model's name.
        policy: Keras' dtype policy, except for the last layer and the last one with weights: float32.
        classes: {name in keras.layers: replacement class}.
    """
    import keras

    exact = {graph.output.name, *[info.name for info in graph if info.parameters][-1:]}
    tensors = {IMAGE: keras.Input(graph.input_shape, name=IMAGE)}
    for info in graph:
        dtype = "float32" if info.name in exact else policy
        inputs = [tensors[source] for source in info.inputs]
        made = inputs if len(inputs) > 1 else inputs[0]
        for layer in info.layer.build(*info.input_shapes, classes=classes, dtype=dtype):
            made = layer(made)
        tensors[info.name] = made
    return keras.Model(tensors[IMAGE], tensors[graph.output.name], name=name)


def images_at_once(graph: Graph, most: int) -> int:
    """Return the number of images of a batch that is only predicted: `most`, or fewer if maps are large."""
    largest = max(prod(shape) for shape in (graph.input_shape, *(info.output_shape for info in graph)))
    return max(1, min(most, BATCH_NUMBERS // largest))


def gradients_at_once(graph: Graph, most: int) -> int:
    """Return the number of images of a batch whose gradients are taken: `most`, or fewer of a large network.

    The outputs of all layers are alive at once then, not only those of the largest.
    """
    every = sum(prod(shape) for shape in (graph.input_shape, *(info.output_shape for info in graph)))
    return max(1, min(most, BATCH_NUMBERS // every))


def get_weights(model: keras.Model) -> Weights:
    """Return the weights of a Keras model by "layer.weight"."""
    return {
        f"{layer.name}.{variable.name}": np.asarray(variable.numpy())
        for layer in model.layers
        for variable in layer.weights  # without a random state
    }


def set_weights(model: keras.Model, weights: Weights) -> None:
    """Assign weights, named as by `get_weights`, to a Keras model."""
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(weights[f"{layer.name}.{variable.name}"])


class Network:
    """A trained network, run by Keras. It is shared between threads and must not be modified.

    Args:
        architecture: its layers and its data set. weights, card: as from `read_weights`.

    Attributes:
        name: of the architecture.
        architecture: as given.
        data_set: the data set that it was trained on.
        graph: its layers and their connections.
        layers: a `LayerInfo` per layer, in topological order.
        weights: float32 arrays by "layer.kernel" and "layer.bias".
        card: the model card: recipe, data, measured accuracy and loss, versions, sha256.
        model: the Keras model.
    """

    def __init__(self, architecture: zoo.Architecture, weights: Weights, card: Mapping[str, Any]) -> None:
        import_keras()
        import keras
        import tensorflow as tf

        self.name, self.architecture = architecture.name, architecture
        self.graph, self.data_set = architecture.graph, architecture.data_set
        self.layers = self.graph.layers
        self.weights = weights
        self.card = card
        self.model = build(self.graph, self.name)
        set_weights(self.model, weights)
        # layers that are the identity outside training are not computed: `activations` copies their input
        self._computed = [info.name for info in self.layers if not info.layer.training_only]
        outputs = [self.model.get_layer(layer).output for layer in self._computed]
        every_layer = keras.Model(self.model.inputs, outputs)
        # no autograph: there is no Python control flow to convert, and parsing source code in a background
        # thread is not safe beside other parsers (python/cpython#106905)
        compiled = functools.partial(tf.function, autograph=False)
        self._backward = functools.cache(
            functools.partial(gradients.compiled, self.graph, self.model, every_layer, self._computed)
        )
        image = tf.TensorSpec((1, *self.graph.input_shape), tf.float32)
        batch = tf.TensorSpec((None, *self.graph.input_shape), tf.float32)
        self._forward = compiled(lambda x: every_layer(x, training=False), input_signature=[image])
        self._probabilities = compiled(lambda x: self.model(x, training=False), input_signature=[batch])

    def _shape_text(self, *before: str) -> str:
        """Return the shape of the images as text: "[N, 32, 32, 3]"."""
        return f"[{', '.join([*before, *map(str, self.data_set.shape)])}]"

    def predict(self, images: np.ndarray, batch_size: int = 500) -> np.ndarray:
        """Return the class probabilities, float32 [N, classes], of uint8 images [N, H, W, C].

        Args:
            images: of the data set's size. batch_size: most images at once; fewer, if their maps are large.

        Raises:
            CnnvizError: if `images` has another dtype or shape.
        """
        images = np.asarray(images)
        if images.ndim != 4:
            raise CnnvizError(
                f"`images` must be {self._shape_text('N')}. Received: images.shape={images.shape}."
            )
        batch_size = images_at_once(self.graph, batch_size)
        parts = [
            self._probabilities(self.data_set.preprocess(images[start : start + batch_size])).numpy()
            for start in range(0, len(images), batch_size)
        ]
        return np.concatenate(parts) if parts else np.empty((0, *self.graph.output.output_shape), np.float32)

    def activations(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Return the output of every layer for one image, in one forward pass.

        Args:
            image: uint8 [H, W, C].

        Returns:
            {layer name: float32 array of the layer's output shape, without a batch axis}, in
            order. A convolution and its ReLU are two entries.

        Raises:
            CnnvizError: if `image` has another dtype or shape.
        """
        return self.outputs(self._prepared(image)[0])

    def outputs(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return `activations` of a preprocessed image, float32 [H, W, C].

        Raises:
            CnnvizError: if `x` has another shape.
        """
        x = np.asarray(x, np.float32)
        if x.shape != self.graph.input_shape:
            raise CnnvizError(f"`x` must be {self._shape_text()}. Received: x.shape={x.shape}.")
        return self._by_layer(self._forward(x[np.newaxis]))

    def gradients(self, image: np.ndarray, target: Target, *, weights: bool = True) -> Gradients:
        """Return the gradients of a scalar at every layer's output, every weight and the image, in one pass.

        In inference mode: dropout is off and batch normalisation uses its moving statistics. At the output of
        a dropout layer, the gradient is that at its input.

        Args:
            image: uint8 [H, W, C].
            target: `Target(label)` for the loss of an image of that class; `Target(c, "dense1")` for the
                number of class c in the layer of the logits, which `networks.gradients.logits` finds.
            weights: whether the gradients at the weights are wanted, half of the work.

        Raises:
            CnnvizError: if `image` has another dtype or shape, or the network has no such target.

        Example:
            >>> net = load("keras_lecture")
            >>> samples = net.data_set.samples()
            >>> found = net.gradients(samples.images[0], Target(int(samples.labels[0])))
            >>> found.outputs["conv1"].shape, found.weights["conv1.kernel"].shape
            ((32, 32, 32), (3, 3, 3, 32))
        """
        target.check(self.graph)
        run = self._backward(target.of, "weights" if weights else "layers")
        values, at_image, outputs, at_outputs, at_weights = run(self._prepared(image), [target.index])
        activations, found = self._by_layer(outputs), self._by_layer(at_outputs)
        if target.of == LOSS:
            output = self.graph.output.name
            found[output] = gradients.of_probabilities(activations[output], target.index)
        names = gradients.trained_weights(self.graph) if weights else []
        return Gradients(
            float(values[0]),
            activations,
            found,
            dict(zip(names, (gradient.numpy() for gradient in at_weights), strict=True)),
            at_image.numpy()[0],
        )

    def image_gradients(
        self, x: np.ndarray, indices: Sequence[int], of: str = LOSS
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return scalars and their gradients at the images, for preprocessed images.

        Args:
            x: float32 [N, H, W, C], N >= 1, as from `data_set.preprocess`.
            indices: [N], the class or map of each image's scalar. of: as in `Target`.

        Returns:
            Values float32 [N], gradients float32 [N, H, W, C].

        Raises:
            CnnvizError: if the network has no such target.
        """
        for index in indices:
            Target(int(index), of).check(self.graph)
        run, chosen = self._backward(of, "images"), np.asarray(indices, np.int32)
        size = gradients_at_once(self.graph, len(x))
        parts = []
        for start in range(0, len(x), size):
            values, found, *_ = run(x[start : start + size], chosen[start : start + size])
            parts.append((values.numpy(), found.numpy()))
        values, found = map(np.concatenate, zip(*parts, strict=True))
        return values, found

    def _prepared(self, image: np.ndarray) -> np.ndarray:
        """Check an image and return it as a preprocessed batch [1, H, W, C]."""
        image = np.asarray(image)
        if image.ndim != 3:
            raise CnnvizError(f"`image` must be {self._shape_text()}. Received: image.shape={image.shape}.")
        return self.data_set.preprocess(image)[np.newaxis]

    def _by_layer(self, tensors: Sequence[Any]) -> dict[str, np.ndarray]:
        """Return arrays of all layers from the tensors [1, ...] of the computed ones."""
        computed = dict(zip(self._computed, (tensor.numpy()[0] for tensor in tensors), strict=True))
        arrays: dict[str, np.ndarray] = {}
        for info in self.layers:
            name = info.name
            arrays[name] = computed[name] if name in computed else arrays[info.inputs[0]]
        return arrays


def forward(name: str, weights: Weights, image: np.ndarray) -> dict[str, np.ndarray]:
    """Compute `Network.activations` with NumPy alone.

    Args:
        name: the architecture. weights: as returned by `read_weights`.
        image: uint8 [H, W, C], of the size of the network's data set.
    """
    architecture = zoo.get(name)
    return run(architecture.graph, weights, architecture.data_set.preprocess(image))


def run(graph: Graph, weights: Weights, x: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the output of every layer for a preprocessed image, float32 [H, W, C], with NumPy alone.

    Raises:
        CnnvizError: with the reason "not_finite", if an activation is not finite.
    """
    arrays = {IMAGE: x}
    for info in graph:
        own = {weight: weights[f"{info.name}.{weight}"] for weight in info.weight_shapes}
        with np.errstate(over="ignore", invalid="ignore"):  # `check_activations` raises
            made = info.layer.compute(*(arrays[source] for source in info.inputs), **own)
        check_activations({info.name: made})
        arrays[info.name] = made
    del arrays[IMAGE]
    return arrays
