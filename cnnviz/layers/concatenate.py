"""Concatenation along the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Call, Incompatibility, LayerGradients, Shape, SlidingOp, as_maps
from cnnviz.layers.joining import Joining


@dataclass(frozen=True)
class Concatenate(Joining):
    """The channels of all inputs in order: [H, W, C1], [H, W, C2] -> [H, W, C1 + C2]."""

    kind = "concatenate"
    name_prefix = "concat"
    abbreviation = "cat"
    symbol = "‖"

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return "shapes" if the shapes differ in more than the channels, or None."""
        return None if len({shape[:-1] for shape in shapes}) == 1 else "shapes"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [H, W, C1 + C2 + ...]."""
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the concatenated inputs."""
        return ops.concatenate(*inputs)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient of each input's own channels."""
        ends = list(accumulate(x.shape[-1] for x in inputs))[:-1]
        return LayerGradients(tuple(np.split(upstream, ends, axis=-1)))

    def call(self) -> Call:
        """Return `Concatenate()`."""
        return Call("Concatenate")

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution with weight 1 over the input map that becomes map `map`."""
        if inputs[0].ndim == 1:
            return None
        ends = list(accumulate(x.shape[-1] for x in inputs))
        source = next(k for k, end in enumerate(ends) if map < end)
        channel = map - ends[source]  # negative: counted from the end of its input
        x = as_maps(inputs[source])[..., channel : channel + 1 or None]
        own = inputs[source].shape[-1] + channel
        return SlidingOp("conv", x, Window(1), np.ones((1, 1, 1)), sources=((source, own),))

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `np.concatenate`."""
        return ["result = np.concatenate(xs, axis=-1)"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.concat`."""
        return ["result = tf.concat(xs, axis=-1).numpy()"]
