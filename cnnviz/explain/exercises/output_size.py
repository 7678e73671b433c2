"""The size of the output for a kernel, stride, padding and dilation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnviz.arithmetic.window import Pair, Window
from cnnviz.explain.exercises import grids, stacks
from cnnviz.explain.exercises.base import Draft, Kind, Mistake, Numbers, Shown, Subject, pick, text
from cnnviz.layers.base import Setting
from cnnviz.networks.graph import Graph, LayerInfo
from cnnviz.text import unbroken

SMALLEST, LARGEST = 5, 12
"""Sides of the input, up to the largest grid of the convolution page."""
PADDINGS: tuple[Setting, ...] = ("same", "valid")
CHANGED: tuple[stacks.Settings, ...] = (
    {"size": (2, 3, 5, 7), "padding": PADDINGS},
    {"size": (2, 3, 5, 7), "padding": PADDINGS, "stride": (1, 2, 3, 4)},
)
"""{setting: values} that a layer of the Builder's stack may get instead of its own, at levels 1 and 2."""


class OutputSize(Kind):
    """Rows and columns of a layer's output.

    Level 1: stride 1. Level 2: a stride, by which the division may leave a remainder. Level 3: a rectangle,
    and dilation. On the Builder, where each layer's output can be read, levels 1 and 2 ask what it would be
    with another setting.
    """

    name = "output_size"
    pages = ("convolution", "builder")

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        if subject.stack and level < 3:
            was = stacks.change(subject, CHANGED[level - 1], generator, _sliding)
            if was is not None:
                return _of_stack(was)
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
            mistakes=tuple(_mistakes(window, size)),
            explanation=text(
                f"exercise.output_size_explanation{'_dilated' if dilation > 1 else ''}",
                rows=_written(window, rows, padding, out[0]),
                cols=_written(window, cols, padding, out[1]),
                kernel=kernel,
                dilation=dilation,
                extent=window.extent[0],
            ),
            shown=(Shown("input", grid, "brightness", decimals=0),),
            destination=grids.convolution_destination(grid, np.ones((kernel, kernel)), window),
        )


def _size(window: Window, size: Pair) -> Pair | None:
    """Return the output size, or None if the window is too large."""
    pads = window.pads(size)
    if any(n + sum(pad) < extent for n, pad, extent in zip(size, pads, window.extent, strict=True)):
        return None
    return window.output_size(size)


def _sliding(graph: Graph) -> list[LayerInfo]:
    """Return the convolutions and poolings that slide a window over maps."""
    return [
        info
        for info in graph
        if info.window is not None and len(info.input_shape) == 3 and info.layer.part in ("conv", "pool")
    ]


def _of_stack(was: stacks.Changed) -> Draft:
    """Return the exercise about a layer of a stack with another setting."""
    (rows, cols), window = was.after.input_shape[:2], was.after.window
    assert window is not None  # it slides
    out, unchanged = window.output_size((rows, cols)), was.before.output_shape
    same = window.padding == "same"
    written = [
        unbroken(f"⌈{n} / {step}⌉ = {given}" if same else f"⌊({n} − {span}) / {step}⌋ + 1 = {given}")
        for n, span, step, given in zip((rows, cols), window.extent, window.stride, out, strict=True)
    ]
    return Draft(
        question=text("exercise.output_size_changed", name=was.name, layer=was.code, rows=rows, cols=cols),
        answer=Numbers(tuple(map(float, out)), labels=(text("exercise.rows"), text("exercise.columns"))),
        mistakes=(
            *_named({"unchanged": (unchanged[0], unchanged[1])}),
            *_mistakes(window, (rows, cols)),
        ),
        explanation=text(
            f"exercise.output_size_explanation_{'same' if same else 'valid'}",
            rows=written[0],
            cols=written[1],
        ),
        destination=was.destination,
    )


def _mistakes(window: Window, size: Pair) -> list[Mistake]:
    """Return the results with each part of the formula wrong; the last ones are guesses."""
    if window.padding == "same":
        return _mistakes_of_same(window, size)
    kernel, stride, dilation = window.size, window.stride, window.dilation
    out = window.output_size(size)
    pads = window.pads(size)
    padding = pads[0][0]  # on each side, or none
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
    return _named(found)


def _mistakes_of_same(window: Window, size: Pair) -> list[Mistake]:
    """Return the mistakes with padding "same", which makes the size the input's, divided by the stride."""
    out = window.output_size(size)
    down = (size[0] // window.stride[0], size[1] // window.stride[1])
    return _named(
        {
            "floor": down,
            "valid": _size(Window(window.size, window.stride, 0, window.dilation), size),
            "valid_no_stride": _size(Window(window.size, 1, 0, window.dilation), size),
            "no_stride": size if window.stride != (1, 1) else None,
            "no_one": (out[0] - 1, out[1] - 1),
            "one_more": (out[0] + 1, out[1] + 1),
        }
    )


def _named(found: Mapping[str, Pair | None]) -> list[Mistake]:
    return [
        Mistake((float(wrong[0]), float(wrong[1])), text(f"exercise.output_size_wrong_{reason}"))
        for reason, wrong in found.items()
        if wrong is not None
    ]


def _written(window: Window, n: int, padding: int, out: int) -> str:
    """Return the formula with its numbers."""
    return unbroken(f"⌊({n} + 2·{padding} − {window.extent[0]}) / {window.stride[0]}⌋ + 1 = {out}")
