"""Cropping of maps at their border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import invalid
from cnnviz.layers.base import Call, Field, Incompatibility, Layer, LayerGradients, Setting, Shape, SlidingOp


@dataclass(frozen=True)
class Cropping(Layer):
    """The maps without some rows and columns at their border.

    Attributes:
        rows, columns: (first, last): how many are cut off on either side.

    Raises:
        CnnvizError: if either is not a pair.
    """

    rows: tuple[int, ...] = (1, 1)
    columns: tuple[int, ...] = (1, 1)

    kind = "cropping"
    name_prefix = "cropping"
    abbreviation = "cr"
    group = "shape"
    fields = (Field("border", "border", 1, 8),)
    channelwise = True

    def __post_init__(self) -> None:
        for name, sides in (("rows", self.rows), ("columns", self.columns)):
            if len(sides) != 2:
                raise invalid(name, "must be how many are cut off on either side", sides)

    def settings(self) -> dict[str, Setting]:
        """Return the border, the same on all sides in the builder."""
        return {"border": self.rows[0]}

    @classmethod
    def from_settings(cls, name: str, **settings: Setting) -> Cropping:
        """Return a layer that cuts `border` cells off on all sides."""
        cls.fields[0].check(settings["border"], cls.kind)
        both = (int(settings["border"]),) * 2
        return cls(name, both, both)

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take an input of this shape, or None."""
        if len(shapes[0]) != 3:
            return "needs_maps"
        return None if min(self.output_shape(*shapes)) > 0 else "window"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return [H - first - last row, W - first - last column, C]."""
        height, width, channels = shapes[0]
        return height - sum(self.rows), width - sum(self.columns), channels

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return that of the input, which starts later."""
        (field,) = fields
        if field is None:
            return None
        cut = (self.rows[0], self.columns[0])
        rows, columns = (
            start + n * jump for start, n, jump in zip(field.start, cut, field.jump, strict=True)
        )
        return ReceptiveField(field.size, field.jump, (rows, columns))

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return the inner part of the maps."""
        height, width, _ = inputs[0].shape
        return inputs[0][self.rows[0] : height - self.rows[1], self.columns[0] : width - self.columns[1]]

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return the upstream gradient with zeros around it."""
        return LayerGradients((np.pad(upstream, (self.rows, self.columns, (0, 0))),))

    def call(self) -> Call:
        """Return `Cropping2D(...)`."""
        return Call("Cropping2D", ((self.rows, self.columns),))

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a 1x1 convolution with weight 1 over the inner part of one map."""
        x = self.compute(*inputs)[..., map : map + 1]
        origin = (self.rows[0], self.columns[0])
        return SlidingOp("conv", x, Window(1), np.ones((1, 1, 1)), sources=((0, map),), origin=origin)

    def _index(self, shape: Shape) -> str:
        height, width, _ = self.output_shape(shape)
        top, left = self.rows[0], self.columns[0]
        return f"[{top} : {top + height}, {left} : {left + width}]"

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return an index expression."""
        return [f"result = x{self._index(shapes[0])}"]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return an index expression on a tensor."""
        return [f"result = tf.constant(x){self._index(shapes[0])}.numpy()"]
