"""Sliding-window geometry: output sizes, padding, window cells and receptive fields.

Convolution, pooling and elementwise functions (a 1x1 window) all slide a window over an image. This
module computes how large the output is, how much padding is on each side, which input cells output cell
(i, j) depends on, and, through several layers, which pixels of the input image (its receptive field).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal

import numpy as np

from cnnviz.arithmetic.checks import as_index
from cnnviz.errors import CnnvizError, as_integer, invalid

Pair = tuple[int, int]
Number = int | Fraction
Fractions = tuple[Number, Number]
Pads = tuple[Pair, Pair]
"""((top, bottom), (left, right)), in cells."""
Padding = Literal["valid", "same"] | Pads


@dataclass(frozen=True, init=False)
class Window:
    """A window that slides over an image.

    Args:
        size: int or (rows, cols), >= 1. The window's height and width.
        stride: int or (rows, cols), >= 1. How far it moves.
        padding: "valid" (none); "same" (TensorFlow's rule: as much as makes the output
            `ceil(input / stride)`, the odd cell at the bottom and right); an int p;
            (p_rows, p_cols); or ((top, bottom), (left, right)), all >= 0.
        dilation: int or (rows, cols), >= 1. Distance between neighbouring window cells.

    Raises:
        CnnvizError: if an argument is out of range.

    Example:
        >>> window = Window(3, stride=2, padding=1)
        >>> window.output_size((32, 32))
        (16, 16)
        >>> rows, cols = window.cells(0, 5, (32, 32))
        >>> rows.tolist(), cols.tolist()   # row -1 lies in the padding
        ([-1, 0, 1], [9, 10, 11])
    """

    size: Pair
    stride: Pair
    padding: Padding
    dilation: Pair

    def __init__(self, size: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1) -> None:
        set_field = object.__setattr__  # the dataclass is frozen
        set_field(self, "size", _pair("size", size, minimum=1))
        set_field(self, "stride", _pair("stride", stride, minimum=1))
        set_field(self, "padding", _padding(padding))
        set_field(self, "dilation", _pair("dilation", dilation, minimum=1))

    @property
    def extent(self) -> Pair:
        """(rows, cols) from the first to the last window cell: `(size - 1) * dilation + 1`."""
        (kh, kw), (dh, dw) = self.size, self.dilation
        return (kh - 1) * dh + 1, (kw - 1) * dw + 1

    def pads(self, input_size: Pair) -> Pads:
        """Return the padding ((top, bottom), (left, right)) of an input of (H, W) cells.

        Source: for "same", https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
        """
        height, width = _input_size(input_size)
        if self.padding == "valid":
            return (0, 0), (0, 0)
        if self.padding == "same":
            rows, cols = (
                max((-(-n // stride) - 1) * stride + extent - n, 0)
                for n, stride, extent in zip((height, width), self.stride, self.extent, strict=True)
            )
            return (rows // 2, rows - rows // 2), (cols // 2, cols - cols // 2)
        return self.padding

    def output_size(self, input_size: Pair) -> Pair:
        """Return (OH, OW) for an input of (H, W) cells: `(n + pads - extent) // stride + 1`.

        Raises:
            CnnvizError: if the window is larger than the padded input.

        Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
            relationship 6, https://arxiv.org/abs/1603.07285, extended by dilation.
        """
        height, width = _input_size(input_size)
        (top, bottom), (left, right) = self.pads((height, width))
        padded = height + top + bottom, width + left + right
        if padded[0] < self.extent[0] or padded[1] < self.extent[1]:
            raise CnnvizError(
                "`size` must fit into the padded input. Received: "
                f"size={self.size}, dilation={self.dilation}, so {self.extent[0]}x{self.extent[1]} cells, "
                f"padded input={padded[0]}x{padded[1]}.",
                reason="window_too_large",
            )
        rows, cols = (
            (n - extent) // stride + 1
            for n, extent, stride in zip(padded, self.extent, self.stride, strict=True)
        )
        return rows, cols

    def cells(self, i: int, j: int, input_size: Pair) -> tuple[np.ndarray, np.ndarray]:
        """Return the input rows [kh] and columns [kw] under the window at output cell (i, j).

        An index below 0, or >= H (W), is a padding cell.

        Raises:
            CnnvizError: if the output has no cell (i, j).
        """
        size = self.output_size(input_size)
        for name, value, end in (("i", i, size[0]), ("j", j, size[1])):
            if as_integer(name, value, minimum=0) >= end:
                raise invalid(name, f"must be < {end}, as the output is {size[0]}x{size[1]}", value)
        (top, _), (left, _) = self.pads(input_size)
        rows = i * self.stride[0] - top + np.arange(self.size[0]) * self.dilation[0]
        cols = j * self.stride[1] - left + np.arange(self.size[1]) * self.dilation[1]
        return rows, cols

    def transposed_size(self, input_size: Pair) -> Pair:
        """Return the output size (OH, OW) of a transposed convolution of (H, W) cells.

        It is the input size for which this window has (H, W) outputs:
        `(n - 1) * stride + extent - pads`, and `n * stride` for "same".

        Raises:
            CnnvizError: if the padding crops the whole output.

        Source: Dumoulin and Visin, relationship 13, https://arxiv.org/abs/1603.07285; "same" is Keras' rule.

        Example:
            >>> Window(3, stride=2, padding=1).transposed_size((4, 4))
            (7, 7)
        """
        size = _input_size(input_size)
        if self.padding == "same":
            return size[0] * self.stride[0], size[1] * self.stride[1]
        pads = ((0, 0), (0, 0)) if self.padding == "valid" else self.padding
        rows, cols = (
            (n - 1) * stride + extent - sum(cut)
            for n, stride, extent, cut in zip(size, self.stride, self.extent, pads, strict=True)
        )
        if rows < 1 or cols < 1:
            uncropped = f"{rows + sum(pads[0])}x{cols + sum(pads[1])}"
            raise invalid("padding", f"must leave a row and a column of {uncropped} cells", self.padding)
        return rows, cols

    def stamp(self, i: int, j: int, input_size: Pair) -> tuple[np.ndarray, np.ndarray]:
        """Return the output rows [kh] and columns [kw] that transposed convolution adds input cell (i, j) to.

        An index below 0, or >= OH (OW), is cropped.

        Raises:
            CnnvizError: if the input has no cell (i, j).

        Example:
            >>> rows, cols = Window(3, stride=2, padding=1).stamp(0, 1, (4, 4))
            >>> rows.tolist(), cols.tolist()   # row -1 is cropped
            ([-1, 0, 1], [1, 2, 3])
        """
        height, width = _input_size(input_size)
        i, j = as_index("i", i, height), as_index("j", j, width)
        return self.cells(i, j, self.transposed_size((height, width)))


def window_arguments(window: Window) -> dict[str, Any]:
    """Return the keyword arguments of `arithmetic.ops` for a window."""
    return {"stride": window.stride, "padding": window.padding, "dilation": window.dilation}


def signal_window(size: Any, stride: Any = 1, padding: Any = "valid", dilation: Any = 1) -> Window:
    """Return the window of a 1-D convolution: one row high, for a signal as an image of (1, L) cells.

    Args:
        size, stride, dilation: int >= 1.
        padding: "valid"; "same"; "causal" (on the left only, so that no output depends on a later value,
            and stride 1 keeps the length); p; or (left, right), >= 0.

    Raises:
        CnnvizError: if an argument is out of range.

    Source: for "causal", van den Oord et al., "WaveNet", 2016, section 2.1,
        https://arxiv.org/abs/1609.03499

    Example:
        >>> signal_window(3, padding="causal", dilation=2).pads((1, 10))
        ((0, 0), (4, 0))
    """
    size = as_integer("size", size, minimum=1)
    stride, dilation = as_integer("stride", stride, minimum=1), as_integer("dilation", dilation, minimum=1)
    if isinstance(padding, str) and padding == "causal":
        padding = ((size - 1) * dilation, 0)
    if not (isinstance(padding, str) and padding in ("valid", "same")):
        try:
            padding = (0, 0), _pair("padding", padding, minimum=0)
        except CnnvizError:
            rule = 'must be "valid", "same", "causal", p or (left, right), whole numbers >= 0'
            raise invalid("padding", rule, padding) from None
    return Window((1, size), (1, stride), padding, (1, dilation))


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of a layer's cells in the network's input, along (rows, cols).

    Cell i depends on the pixels in `start + i * jump ... start + i * jump + size - 1`. Behind a transposed
    convolution these numbers are fractions: its cells are closer together than pixels, and neighbouring
    cells may depend on different numbers of pixels, or on none. The field is an upper bound: up to
    jump - 1 pixels too large on either side if the transposed convolution's input has a jump above 1, and
    with dilation it includes the gaps.

    Attributes:
        size: extent of the receptive field of one cell, in pixels.
        jump: distance between the receptive fields of neighbouring cells, in pixels.
        start: first pixel of cell 0; negative where it reaches into padding.
    """

    size: Fractions = (1, 1)
    jump: Fractions = (1, 1)
    start: Fractions = (0, 0)

    @property
    def max_size(self) -> Pair:
        """The largest (rows, cols) of one cell: `size`, rounded down."""
        return floor(self.size[0]), floor(self.size[1])

    def after(self, window: Window, input_size: Pair) -> ReceptiveField:
        """Return the receptive field after a layer whose `window` slides over (H, W) cells.

        Source: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
            Networks", Distill 2019, https://doi.org/10.23915/distill.00021
        """
        pads = window.pads(input_size)

        def axis(k: int) -> tuple[Number, Number, Number]:
            return (
                self.size[k] + (window.extent[k] - 1) * self.jump[k],
                self.jump[k] * window.stride[k],
                self.start[k] - pads[k][0] * self.jump[k],
            )

        return _receptive_field(axis(0), axis(1))

    def after_transposed(self, window: Window, input_size: Pair) -> ReceptiveField:
        """Return the receptive field after a transposed convolution of (H, W) cells.

        This is a convolution over the input with inserted zeros, whose cells are `stride` times as close.

        >>> ReceptiveField().after_transposed(Window(3, stride=2), (8, 8)).span(2, 3)
        ((0, 1), (1, 1))
        """
        pads = window.pads(window.transposed_size(input_size))

        def axis(k: int) -> tuple[Number, Number, Number]:
            jump = Fraction(self.jump[k]) / window.stride[k]
            reach = window.extent[k] - 1
            return self.size[k] + reach * jump, jump, self.start[k] + (pads[k][0] - reach) * jump

        return _receptive_field(axis(0), axis(1))

    @staticmethod
    def union(fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
        """Return the receptive field of a layer with several inputs, such as an addition.

        Args:
            fields: those of the inputs; None is the whole image.

        Returns:
            The smallest field that contains all of them; None (the whole image) if one of them is None or
            if their jumps differ.

        >>> near, far = ReceptiveField((1, 1)), ReceptiveField((5, 5), start=(-2, -2))
        >>> ReceptiveField.union([near, far])
        ReceptiveField(size=(5, 5), jump=(1, 1), start=(-2, -2))
        """
        known = [field for field in fields if field is not None]
        if len(known) < len(fields) or len({field.jump for field in known}) != 1:
            return None

        def axis(k: int) -> tuple[Number, Number, Number]:
            start = min(field.start[k] for field in known)
            return max(field.start[k] + field.size[k] for field in known) - start, known[0].jump[k], start

        return _receptive_field(axis(0), axis(1))

    def span(self, i: int, j: int) -> tuple[Pair, Pair]:
        """Return ((first, last) row, (first, last) column) of cell (i, j), padding included.

        `last < first` if the cell depends on no pixel.

        >>> ReceptiveField().after(Window(3, padding="same"), (32, 32)).span(0, 4)
        ((-1, 1), (3, 5))
        """
        (h, w), (jump_h, jump_w), (row, col) = self.size, self.jump, self.start
        top, left = row + i * jump_h, col + j * jump_w
        return (ceil(top), floor(top + h - 1)), (ceil(left), floor(left + w - 1))


def _receptive_field(
    rows: tuple[Number, Number, Number], cols: tuple[Number, Number, Number]
) -> ReceptiveField:
    """Build a field from (size, jump, start) along rows and columns, with integral fractions as int."""
    size, jump, start = (
        tuple(int(n) if n == int(n) else n for n in pair) for pair in zip(rows, cols, strict=True)
    )
    return ReceptiveField((size[0], size[1]), (jump[0], jump[1]), (start[0], start[1]))


def _pair(name: str, value: Any, *, minimum: int) -> Pair:
    """Return an int or a pair of ints as (rows, cols)."""
    values = _items(value)
    if len(values) != 2:
        raise invalid(name, "must be a whole number or (rows, cols)", value)
    try:
        rows, cols = (as_integer(name, item, minimum=minimum) for item in values)
    except CnnvizError:
        raise invalid(name, f"must be a whole number >= {minimum}, or two of them", value) from None
    return rows, cols


def _padding(value: Any) -> Padding:
    if isinstance(value, str):
        if value == "valid":
            return "valid"
        if value == "same":
            return "same"
        raise invalid("padding", 'must be "valid", "same" or whole numbers >= 0', value)
    sides = _items(value)
    if len(sides) != 2:
        raise invalid("padding", "must be p, (p_rows, p_cols) or ((top, bottom), (left, right))", value)
    try:
        return _pair("padding", sides[0], minimum=0), _pair("padding", sides[1], minimum=0)
    except CnnvizError:
        raise invalid("padding", 'must be "valid", "same" or whole numbers >= 0', value) from None


def _items(value: Any) -> list[Any]:
    """Return the items of a tuple, list or array; any other value twice."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return list(value) if isinstance(value, (tuple, list)) else [value, value]


def _input_size(value: Any) -> Pair:
    return _pair("input_size", value, minimum=1)
