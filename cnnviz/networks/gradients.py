"""Gradients of a network: of one scalar, at every layer's output, every weight and the image.

The scalar is the loss (the cross-entropy of an image and its class), or one number of any layer: a class's
logit, a class's probability, the mean of a feature map. TensorFlow computes all gradients in one pass, by
`Network.gradients`; `explain.gradients` is the same in NumPy, layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.networks.graph import Graph, LayerInfo

if TYPE_CHECKING:
    import keras

LOSS = "loss"


@dataclass(frozen=True)
class Target:
    """The scalar whose gradients are taken.

    Attributes:
        index: the class or, of a layer that makes maps, the map.
        of: "loss": the cross-entropy, where `index` is the right class; or a layer's name: its number
            `index`, or the mean of its map number `index` over all positions.
    """

    index: int
    of: str = LOSS

    def check(self, graph: Graph) -> None:
        """Check that a network has this target.

        Raises:
            CnnvizError: if it has no such layer, class or map, or no loss.
        """
        end = (logits(graph) if self.of == LOSS else graph[self.of]).output_shape[-1]
        if as_integer("index", self.index, minimum=0) >= end:
            raise invalid("index", f"must be in 0..{end - 1}", self.index)


@dataclass(frozen=True, eq=False)
class Gradients:
    """The gradients of one scalar for one image; all arrays float32, without a batch axis.

    Attributes:
        value: the scalar: the loss, a logit, ...
        activations: {layer name: output}, of the forward pass on the way.
        outputs: {layer name: gradient at its output, of its shape}, for every layer; 0 where the scalar does
            not depend on it. At the probabilities, that of the loss is -1 / p of the right class.
        weights: {"layer.kernel": gradient of its shape}, for every weight that training changes; empty if
            they were not wanted.
        image: [H, W, C], the gradient at the preprocessed image.
    """

    value: float
    activations: Mapping[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]
    weights: Mapping[str, np.ndarray]
    image: np.ndarray


def logits(graph: Graph) -> LayerInfo:
    """Return the layer whose output becomes the probabilities.

    Raises:
        CnnvizError: if the network does not end in probabilities, or they are made from the image directly.
    """
    source = graph.output.inputs[0]
    if not graph.output.layer.probabilities or source not in graph:
        raise CnnvizError(
            f"`graph` must end in probabilities for a loss. Received: {graph.output.kind}.",
            reason="no_probabilities",
        )
    return graph[source]


def trained_weights(graph: Graph) -> list[str]:
    """Return the names "layer.weight" of the weights that training changes by gradients, in order.

    >>> from cnnviz.networks import zoo
    >>> trained_weights(zoo.get("tensorflow_lecture").graph)[:2]
    ['conv1.kernel', 'conv2.kernel']
    """
    return [
        f"{info.name}.{weight}"
        for info in graph
        for weight in info.weight_shapes
        if weight not in info.layer.non_trainable_weights
    ]


def compiled(
    graph: Graph,
    model: keras.Model,
    every_layer: keras.Model,
    computed: Sequence[str],
    of: str,
    wanted: Literal["weights", "layers", "images"],
) -> Callable[..., Any]:
    """Return the compiled forward and backward pass of a target.

    Args:
        graph, model: the network.
        every_layer: its inputs -> the outputs of the layers `computed`.
        of: as in `Target`.
        wanted: "weights", for one image: the gradients at outputs, weights and image; "layers": those at
            outputs and image; "images", for a batch: those at the images alone.

    Returns:
        (images float32 [N, H, W, C], indices int32 [N]) -> (values [N], gradients at the images [N, H, W, C],
        outputs, gradients at them, gradients at the weights); the last three are empty if not wanted.
    """
    import tensorflow as tf

    variables = {
        f"{layer.name}.{variable.name}": variable.value
        for layer in model.layers
        for variable in layer.weights
    }
    weights = [variables[name] for name in trained_weights(graph)] if wanted == "weights" else []
    at = list(computed).index(logits(graph).name if of == LOSS else of)

    def run(images: Any, indices: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([images, *weights])
            outputs = every_layer(images, training=False)
            if of == LOSS:
                values = tf.nn.sparse_softmax_cross_entropy_with_logits(indices, outputs[at])
            else:
                maps = tf.gather(outputs[at], indices, axis=-1, batch_dims=0)
                numbers = tf.reshape(maps, [tf.shape(images)[0], -1, tf.shape(indices)[0]])
                values = tf.linalg.diag_part(tf.reduce_mean(numbers, axis=1))
            total = tf.reduce_sum(values)
        layers = [] if wanted == "images" else outputs
        none = tf.UnconnectedGradients.ZERO
        at_images, *found = tape.gradient(total, [images, *layers, *weights], unconnected_gradients=none)
        return values, at_images, layers, found[: len(layers)], found[len(layers) :]

    count = None if wanted == "images" else 1
    signature = [
        tf.TensorSpec((count, *graph.input_shape), tf.float32),
        tf.TensorSpec((count,), tf.int32),
    ]
    return tf.function(run, autograph=False, input_signature=signature)


def of_probabilities(p: np.ndarray, label: int) -> np.ndarray:
    """Return the gradient of the loss -ln p[label] at the probabilities, [classes]; finite even if p is 0."""
    gradient = np.zeros_like(p)
    gradient[label] = -1 / max(float(p[label]), float(np.finfo(np.float32).tiny))
    return gradient
