"""Upsampling: maps with so many times the rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.layers.base import (
    Call,
    Field,
    Incompatibility,
    Layer,
    LayerGradients,
    Setting,
    Shape,
    SlidingOp,
    square,
)


@dataclass(frozen=True)
class Upsampling(Layer):
    """Each map enlarged: every cell repeated, or blended with its neighbours.

    Attributes:
        rows, columns: how many rows and columns become of one.
        interpolation: "nearest" repeats; "bilinear" blends the two nearest cells along each axis, where a
            cell's number belongs to its middle.
    """

    rows: int = 2
    columns: int = 2
    interpolation: str = "nearest"

    kind = "upsampling"
    name_prefix = "upsampling"
    abbreviation = "up"
    group = "shape"
    fields = (
        Field("factor", "factor", 1, 8),
        Field("interpolation", choices=("nearest", "bilinear"), default="nearest", omit_default=True),
    )
    channelwise = True

    def settings(self) -> dict[str, Setting]:
        """Return the factor, the same for rows and columns in the builder, and the interpolation."""
        return {"factor": self.rows, "interpolation": self.interpolation}

    @classmethod
    def from_settings(cls, name: str, **settings: Setting) -> Upsampling:
        """Return a layer that enlarges rows and columns by `factor`."""
        cls.fields[0].check(settings["factor"], cls.kind)
        factor = int(settings["factor"])
        return cls(name, factor, factor, str(settings["interpolation"]))

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        return None if len(shapes[0]) == 3 else "needs_maps"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [H * rows, W * columns, C]."""
        height, width, channels = shapes[0]
        return height * self.rows, width * self.columns, channels

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return the receptive field, in fractions of a pixel: as of a transposed convolution."""
        (field,) = fields
        by = self.rows, self.columns
        size = by if self.interpolation == "nearest" else tuple(2 * n - n % 2 for n in by)
        pads = tuple((each - n) // 2 for each, n in zip(size, by, strict=True))
        return field and field.after_transposed(Window(size, by, pads), (shapes[0][0], shapes[0][1]))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the enlarged maps."""
        (x,) = inputs
        if self.interpolation == "nearest":
            return x.repeat(self.rows, axis=0).repeat(self.columns, axis=1)
        return np.einsum("ih,hwc,jw->ijc", *self._mixed(x), optimize=True)

    def _mixed(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return how rows are blended, [H * rows, H], an array, and how columns are."""
        by_row, by_column = (
            blending(n, factor).astype(x.dtype)
            for n, factor in zip(x.shape, (self.rows, self.columns), strict=False)
        )
        return by_row, x, by_column

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return for each cell the sum over those that it is part of."""
        height, width, channels = inputs[0].shape
        if self.interpolation == "nearest":
            parts = upstream.reshape(height, self.rows, width, self.columns, channels)
            return LayerGradients((parts.sum(axis=(1, 3)),))
        by_row, _, by_column = self._mixed(inputs[0])
        return LayerGradients((np.einsum("ih,ijc,jw->hwc", by_row, upstream, by_column, optimize=True),))

    def call(self) -> Call:
        """Return `UpSampling2D(...)`."""
        names = {} if self.interpolation == "nearest" else {"interpolation": self.interpolation}
        return Call("UpSampling2D", (square((self.rows, self.columns)),), names)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a window of ones over the map with zeros between its cells, of which it always sees one.

        None if cells are blended.
        """
        if self.interpolation != "nearest":
            return None
        by = self.rows, self.columns
        return SlidingOp(
            "conv",
            ops.insert_zeros(inputs[0][..., map : map + 1], by),
            Window(by, padding=(self.rows - 1, self.columns - 1)),
            np.ones((*by, 1)),
            inserted=by,
            sources=((0, map),),
        )

    @classmethod
    def default(cls) -> Upsampling:
        """Return twice the rows and columns."""
        return cls("")

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return `repeat`, or how rows and columns are blended."""
        if self.interpolation == "nearest":
            return [f"result = x.repeat({self.rows}, axis=0).repeat({self.columns}, axis=1)"]
        height, width, _ = shapes[0]
        return [
            "def blending(n, factor):",
            "    middle = (np.arange(n * factor) + 0.5) / factor - 0.5",
            "    place = np.clip(middle, 0, n - 1)[:, np.newaxis]",
            "    return np.maximum(0, 1 - np.abs(place - np.arange(n)))",
            f"by_row, by_column = blending({height}, {self.rows}), blending({width}, {self.columns})",
            'result = np.einsum("ih,hwc,jw->ijc", by_row, x, by_column)',
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.image.resize`."""
        size = self.output_shape(*shapes)[:2]
        return [f'result = tf.image.resize(x, {size}, method="{self.interpolation}").numpy()']


def blending(n: int, factor: int) -> np.ndarray:
    """Return the share of each of n cells in each of n * factor, float64 [n * factor, n].

    >>> blending(2, 2).tolist()
    [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    middle = (np.arange(n * factor) + 0.5) / factor - 0.5
    place = np.clip(middle, 0, n - 1)[:, np.newaxis]
    return np.maximum(0, 1 - np.abs(place - np.arange(n)))
