"""The size of the output for a kernel, stride, padding and dilation."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic.window import Pair, Window
from cnnviz.explain.exercises import grids
from cnnviz.explain.exercises.base import Draft, Kind, Mistake, Numbers, Shown, Subject, pick, text
from cnnviz.text import unbroken

SMALLEST, LARGEST = 5, 12
"""Sides of the input: up to what the convolution page takes as a grid."""


class OutputSize(Kind):
    """How many rows and columns has the output?

    Level 1: stride 1. Level 2: a stride, by which the division may leave a remainder. Level 3: a rectangle,
    and dilation.
    """

    name = "output_size"
    pages = ("convolution", "builder")

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        rows, cols = (int(n) for n in generator.integers(SMALLEST, LARGEST + 1, 2))
        if level < 3:
            cols = rows
        elif rows == cols:
            return None
        kernel = int(pick(generator, (3, 5) if level == 1 else (3, 5, 7)))
        stride = 1 if level == 1 else int(pick(generator, (2, 3)))
        padding = int(generator.integers(4))
        dilation = int(pick(generator, (1, 2))) if level == 3 else 1
        window, size = Window(kernel, stride, padding, dilation), (rows, cols)
        grid = grids.crop(grids.brightness(subject.image), rows, cols, generator)
        if grid is None or _size(window, size) is None:
            return None
        out = window.output_size(size)
        return Draft(
            question=text(
                f"exercise.output_size_{('unit', 'stride', 'dilation')[level - 1]}",
                rows=rows,
                cols=cols,
                kernel=kernel,
                stride=stride,
                padding=padding,
                dilation=dilation,
            ),
            answer=Numbers(tuple(map(float, out)), labels=(text("exercise.rows"), text("exercise.columns"))),
            mistakes=tuple(_mistakes(window, size, padding)),
            explanation=text(
                f"exercise.output_size_explanation{'_dilated' if dilation > 1 else ''}",
                rows=_written(window, rows, padding, out[0]),
                cols=_written(window, cols, padding, out[1]),
                kernel=kernel,
                dilation=dilation,
                extent=window.extent[0],
            ),
            shown=(Shown("input", grid, "brightness", decimals=0),),
            place=grids.convolution_place(grid, np.ones((kernel, kernel)), window),
        )


def _size(window: Window, size: Pair) -> Pair | None:
    """Return the output size, or None if the window is too large."""
    pads = window.pads(size)
    if any(n + sum(pad) < extent for n, pad, extent in zip(size, pads, window.extent, strict=True)):
        return None
    return window.output_size(size)


def _mistakes(window: Window, size: Pair, padding: int) -> list[Mistake]:
    """Return what comes out with each part of the formula wrong; the last ones are guesses."""
    kernel, stride, dilation = window.size, window.stride, window.dilation
    out = window.output_size(size)
    over = [
        (n + 2 * padding - extent) % step for n, extent, step in zip(size, window.extent, stride, strict=True)
    ]
    found: dict[str, Pair | None] = {
        "ceiling": (out[0] + (over[0] > 0), out[1] + (over[1] > 0)),
        "no_padding": _size(Window(kernel, stride, 0, dilation), size),
        "one_side": _size(Window(kernel, stride, ((padding, 0), (padding, 0)), dilation), size),
        "no_one": (out[0] - 1, out[1] - 1),
        "no_stride": _size(Window(kernel, 1, padding, dilation), size),
        "no_dilation": _size(Window(kernel, stride, padding), size),
        "no_kernel": _size(Window(1, stride, padding), size),
        "swapped": (out[1], out[0]),
        "same": size,
    }
    return [
        Mistake((float(wrong[0]), float(wrong[1])), text(f"exercise.output_size_wrong_{reason}"))
        for reason, wrong in found.items()
        if wrong is not None
    ]


def _written(window: Window, n: int, padding: int, out: int) -> str:
    """Return the formula with its numbers."""
    return unbroken(f"⌊({n} + 2·{padding} − {window.extent[0]}) / {window.stride[0]}⌋ + 1 = {out}")
