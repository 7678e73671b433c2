"""Local response normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import (
    Call,
    Expression,
    Field,
    Incompatibility,
    Layer,
    LayerGradients,
    Shape,
    SlidingOp,
)
from cnnviz.text.numbers import constant


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """`x / (offset + alpha / size * sum of squares) ** beta`, over `size` neighbouring channels.

    Attributes:
        size: number of channels, this one in the middle; at the ends, those that there are.
        alpha, beta, offset: constants. TensorFlow's alpha is this one divided by `size`.

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
        Networks", 2012, section 3.3; alpha as in ONNX and PyTorch.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    offset: float = 1.0

    kind = "local_response_norm"
    equation = r"y_c = x_c \cdot \left(k + \frac{\alpha}{n} \sum_{d} x_d^2\right)^{-\beta}"
    name_prefix = "local_norm"
    abbreviation = "lrn"
    fields = (Field("size", "channels", 1, 15),)

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        if len(shapes[0]) != 3:
            return "needs_maps"
        # a file may name any number, and channels beyond the existing ones add nothing
        return "shapes" if self.size > max(15, 2 * shapes[0][2]) else None

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return [H, W, C]."""
        return inputs[0] * self._base(inputs[0]) ** np.float32(-self.beta)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the gradient at the input: through its own channel, and through its neighbours' sums."""
        (x,) = inputs
        base = self._base(x)
        before, after = self._sides
        shared = self._window_sums(upstream * x * base ** (-self.beta - 1), after, before)
        own = upstream * base**-self.beta
        return LayerGradients((own - 2 * self.alpha / self.size * self.beta * x * shared,))

    def call(self) -> Call:
        """Return a `Lambda`: Keras has no such layer."""
        before, after = self._sides
        border = ((0, 0), (0, 0), (0, 0), (before, after))

        def function(x: Any) -> Any:
            import keras

            squares = keras.ops.pad(x**2, border)
            total = sum(squares[..., k : k + x.shape[-1]] for k in range(self.size))
            return x / (self.offset + self.alpha / self.size * total) ** self.beta

        code = (
            f"lambda x: x / ({self.offset} + {self.alpha} / {self.size} * sum("
            f"keras.ops.pad(x**2, {border})[..., k : k + x.shape[-1]] for k in range({self.size})"
            f")) ** {self.beta}"
        )
        return Call("Lambda", (Expression(code, function),))

    @classmethod
    def default(cls) -> Self:
        """Return five channels."""
        return cls("")

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the formula of map `map`, of its number and the squares of its neighbours and itself."""
        (x,) = inputs
        sums = self._window_sums(x**2, *self._sides)
        offset, factor, power = (constant(n) for n in (self.offset, self.alpha / self.size, self.beta))
        return SlidingOp(
            "terms",
            np.stack([x[..., map], sums[..., map]], axis=-1),
            Window(1),
            function=self.kind,
            formula=f"{{0}} / ({offset} + {factor} × {{1}})^{power}",
            compute=self.normalised,
            terms=("value", "squares"),
            neighbours=self._sides,
            sources=((0, map),),
        )

    def normalised(self, terms: np.ndarray) -> np.ndarray:
        """Return the outputs from numbers and sums of squares: [..., 2] -> [..., 1]."""
        value, squares = terms[..., :1], terms[..., 1:]
        return value / (self.offset + self.alpha / self.size * squares) ** self.beta

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return sums of squares over slices of the channels."""
        channels = shapes[0][2]
        return [
            f"squares = np.pad(x**2, ((0, 0), (0, 0), {self._sides}))",
            f"total = sum(squares[..., k : k + {channels}] for k in range({self.size}))",
            f"result = x / ({self.offset} + {self.alpha} / {self.size} * total) ** {self.beta}",
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the same with TensorFlow's operations."""
        channels = shapes[0][2]
        return [
            "maps = tf.constant(x, tf.float32)",
            f"squares = tf.pad(maps**2, ((0, 0), (0, 0), {self._sides}))",
            f"total = sum(squares[..., k : k + {channels}] for k in range({self.size}))",
            f"result = (maps / ({self.offset} + {self.alpha} / {self.size} * total) ** {self.beta}).numpy()",
        ]

    @property
    def _sides(self) -> tuple[int, int]:
        """Number of channels before and after the middle one; of an even size, the odd one is after."""
        return (self.size - 1) // 2, self.size // 2

    def _base(self, x: np.ndarray) -> np.ndarray:
        sums = self._window_sums(x**2, *self._sides)
        return x.dtype.type(self.offset) + x.dtype.type(self.alpha / self.size) * sums

    @staticmethod
    def _window_sums(x: np.ndarray, before: int, after: int) -> np.ndarray:
        padded = np.pad(x, ((0, 0), (0, 0), (before, after)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, before + after + 1, axis=2)
        return windows.sum(axis=-1)
