"""Upsampling: maps with a multiple of the rows and columns."""

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

MAX_FACTOR = 64
"""Rows or columns that become of one; a file may name any number."""


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
        if len(shapes[0]) != 3:
            return "needs_maps"
        return "shapes" if max(self.rows, self.columns) > MAX_FACTOR else None

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
        return blend(blend(x, self.columns, 1), self.rows, 0)

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Return for each cell the sum over those that it is part of."""
        height, width, channels = inputs[0].shape
        if self.interpolation == "nearest":
            parts = upstream.reshape(height, self.rows, width, self.columns, channels)
            return LayerGradients((parts.sum(axis=(1, 3)),))
        return LayerGradients((unblend(unblend(upstream, self.rows, 0), self.columns, 1),))

    def call(self) -> Call:
        """Return `UpSampling2D(...)`."""
        names = {} if self.interpolation == "nearest" else {"interpolation": self.interpolation}
        return Call("UpSampling2D", (square((self.rows, self.columns)),), names)

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return a window over the map with zeros between its cells.

        "nearest": a window of ones, which always sees one cell. "bilinear": one that sees two cells along
        each axis, with their shares as weights; beyond the map's edge its outermost cells are repeated.
        """
        by, x = (self.rows, self.columns), inputs[0][..., map : map + 1]
        sources = ((0, map),)
        if self.interpolation == "nearest":
            window = Window(by, padding=(self.rows - 1, self.columns - 1))
            spread = ops.insert_zeros(x, by)
            return SlidingOp("conv", spread, window, np.ones((*by, 1)), inserted=by, sources=sources)
        rows, cols = (int(n > 1) for n in by)
        x = np.pad(x, ((rows, rows), (cols, cols), (0, 0)), mode="edge")
        down, across = (_shares(n) for n in by)
        return SlidingOp(
            "conv",
            ops.insert_zeros(x, by),
            Window((len(down), len(across)), padding=(_beyond(self.rows), _beyond(self.columns))),
            np.outer(down, across)[..., np.newaxis],
            inserted=by,
            sources=sources,
            origin=(-rows, -cols),
            repeats_edge=True,
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
            "    position = np.clip(middle, 0, n - 1)[:, np.newaxis]",
            "    return np.maximum(0, 1 - np.abs(position - np.arange(n)))",
            f"by_row, by_column = blending({height}, {self.rows}), blending({width}, {self.columns})",
            'result = np.einsum("ih,hwc,jw->ijc", by_row, x, by_column)',
        ]

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return `tf.image.resize`."""
        size = self.output_shape(*shapes)[:2]
        return [f'result = tf.image.resize(x, {size}, method="{self.interpolation}").numpy()']


def blend(x: np.ndarray, factor: int, axis: int) -> np.ndarray:
    """Return an array with `factor` times the cells along an axis, each blended of the two nearest.

    Args:
        x: of any shape, floating-point numbers. factor: >= 1.

    >>> blend(np.array([0.0, 1.0]), 2, 0).tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    low, high, share = _neighbours(x.shape[axis], factor, x, axis)
    return x.take(low, axis) * (1 - share) + x.take(high, axis) * share


def unblend(upstream: np.ndarray, factor: int, axis: int) -> np.ndarray:
    """Return the adjoint of `blend`: for each cell the sum over those that it is part of, by its share.

    >>> unblend(np.array([1.0, 1.0, 1.0, 0.0]), 2, 0).tolist()
    [2.0, 1.0]
    """
    n, before = upstream.shape[axis] // factor, (slice(None),) * axis
    low, _, share = _neighbours(n, factor, upstream, axis)
    starts = np.searchsorted(low, np.arange(n))
    found = np.add.reduceat(upstream * (1 - share), starts, axis)
    of_next = np.add.reduceat(upstream * share, starts, axis)
    # the last cell has no next one: its share is 0
    found[(*before, slice(1, None))] += of_next[(*before, slice(None, -1))]
    return found


def _shares(factor: int) -> np.ndarray:
    """Return the weights of a window over cells that are `factor` apart, of which it sees up to two.

    >>> _shares(2).tolist()
    [0.25, 0.75, 0.75, 0.25]
    """
    size = 2 * factor - factor % 2
    return 1 - np.abs(np.arange(size) - (size - 1) / 2) / factor


def _beyond(factor: int) -> int:
    """Return the number of inserted zeros that the first window sees before the cell beyond the edge."""
    return (3 * factor - 2) // 2 - (factor if factor > 1 else 0)


def _neighbours(
    n: int, factor: int, like: np.ndarray, axis: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each of n * factor cells the two of n that it lies between, and the share of the second.

    The shares have the type of `like`, and a shape that multiplies it along the axis.
    """
    position = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
    low = position.astype(np.intp)
    share = (position - low).astype(like.dtype)
    return low, np.minimum(low + 1, n - 1), share.reshape(-1, *(1,) * (like.ndim - 1 - axis))
