"""Values on the way through an ONNX graph, and how their axes lie in CNNViz's arrays.

ONNX has channels first, CNNViz channels last, and reshapes and transposes in between only rename axes. So
no array is ever turned: a value remembers which piece of which axis of CNNViz's array each of its axes is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

Axis = tuple[int, ...]
"""The pieces that an axis consists of, outermost first; () = an axis of length 1."""


@dataclass(frozen=True)
class Tensor:
    """An array of CNNViz as ONNX sees it.

    Attributes:
        source: the layer that makes the array, or IMAGE.
        pieces: lengths of the pieces of the array's axes, outermost first; none is 1.
        axes: the pieces of each axis in ONNX, without the batch axis.
        label: the name of the last node that only renamed axes, for the layer that may be needed.

    Example:
        >>> maps = Tensor.of("conv1", (4, 5, 6), (2, 0, 1))   # [H, W, C] as [C, H, W]
        >>> maps.shape, maps.reshape((120,)).order().tolist()[:3]
        ((6, 4, 5), [0, 20, 40])
    """

    source: str
    pieces: tuple[int, ...]
    axes: tuple[Axis, ...]
    label: str = ""

    @classmethod
    def of(cls, source: str, shape: Sequence[int], axes: Sequence[int | None]) -> Tensor:
        """Return an array of a shape, whose axes in ONNX are those given; None = one of length 1."""
        kept = [axis for axis, n in enumerate(shape) if n != 1]
        return cls(
            source,
            tuple(shape[axis] for axis in kept),
            tuple((kept.index(axis),) if axis in kept else () for axis in axes),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in ONNX, without the batch axis."""
        return tuple(prod(self.pieces[piece] for piece in axis) for axis in self.axes)

    def renamed(self, source: str) -> Tensor:
        """Return the value of a layer that computes every number of this one by itself."""
        return replace(self, source=source, label="")

    def transposed(self, permutation: Sequence[int], label: str) -> Tensor:
        """Return the axes in another order."""
        return replace(self, axes=tuple(self.axes[k] for k in permutation), label=label)

    def reshape(self, shape: Sequence[int], label: str = "") -> Tensor | None:
        """Return the value with another shape in ONNX; None if an axis would hold parts of pieces."""
        queue = [piece for axis in self.axes for piece in axis]
        pieces: dict[int, list[int]] = {piece: [n] for piece, n in enumerate(self.pieces)}
        axes: list[list[tuple[int, int]]] = []  # (old piece, which part of it)
        left = 0  # of the first piece in the queue
        for length in shape:
            axis: list[tuple[int, int]] = []
            while length > 1:
                if not queue:
                    return None
                piece = queue[0]
                left = left or self.pieces[piece]
                if length % left == 0:
                    axis.append((piece, len(pieces[piece]) - 1))
                    length //= left
                    left = 0
                    queue.pop(0)
                elif left % length == 0:
                    axis.append((piece, len(pieces[piece]) - 1))
                    pieces[piece][-1:] = [length, left // length]
                    left //= length
                    length = 1
                else:
                    return None
            axes.append(axis)
        if queue:
            return None
        starts = np.cumsum([0, *(len(pieces[piece]) for piece in range(len(self.pieces)))]).tolist()
        return replace(
            self,
            pieces=tuple(n for piece in range(len(self.pieces)) for n in pieces[piece]),
            axes=tuple(tuple(starts[piece] + part for piece, part in axis) for axis in axes),
            label=label,
        )

    def order(self, axis: int | None = None) -> np.ndarray:
        """Return int [n]: the index along ONNX' axis (None = all axes) of each number of the array.

        Args:
            axis: one whose pieces are neighbours in the array, in any order.
        """
        own = [piece for each in self.axes for piece in each] if axis is None else list(self.axes[axis])
        indices = np.arange(prod(self.pieces[piece] for piece in own)).reshape([self.pieces[p] for p in own])
        return indices.transpose(np.argsort(own)).reshape(-1)

    def to_onnx(self, array: np.ndarray) -> np.ndarray:
        """Return CNNViz's array as ONNX has it, without the batch axis."""
        order = [piece for axis in self.axes for piece in axis]
        return array.reshape(self.pieces).transpose(order).reshape(self.shape)

    def ranges(self, shape: Sequence[int]) -> list[Axis] | None:
        """Return the pieces of each axis of CNNViz's array, whose shape this is."""
        found, piece = [], 0
        for length in shape:
            first = piece
            while length > 1:
                if piece == len(self.pieces) or length % self.pieces[piece]:
                    return None
                length //= self.pieces[piece]
                piece += 1
            found.append(tuple(range(first, piece)))
        return found
