"""The next cell of a convolution's output."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.convolution import ConvStep
from cnnviz.arithmetic.kernels import CLASSIC
from cnnviz.arithmetic.window import Window, window_arguments
from cnnviz.explain import step
from cnnviz.explain.exercises import grids
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    LayerName,
    Mistake,
    Number,
    Shown,
    Subject,
    bracketed,
    pick,
    rounded,
    text,
)
from cnnviz.layers.base import SlidingOp
from cnnviz.networks.graph import IMAGE
from cnnviz.text.numbers import number

SIZE = 5
"""Rows and columns of the grid."""
MOST_CHANNELS = 4
"""More channel sums are too many to add in one's head."""
ROUNDED = 0.05
"""Allowed of whole numbers, so that a mean is recognised when it is written with a decimal."""
KERNELS = ("sobel_x", "sobel_y", "laplacian", "sharpen", "emboss")
"""Those whose weights are whole numbers."""


class NextCell(Kind):
    """The output of a convolution is filled in up to a cell; which number comes next?

    Level 1: a classic kernel on the picture's brightness. Level 2: with zero padding and stride. Level 3: a
    trained filter's sums per channel and its bias; without such a filter, dilation.
    """

    name = "next_cell"
    pages = ("convolution",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        if level == 3 and (found := _trained(subject, generator)) is not None:
            return _of_channels(*found, generator)
        if level == 1:
            window, size = Window(3), SIZE
        elif level == 2:
            window, size = Window(3, stride=pick(generator, (1, 2)), padding=1), SIZE
        else:
            window, size = Window(3, stride=pick(generator, (1, 2)), padding=1, dilation=2), SIZE + 1
        grid = grids.crop(grids.brightness(subject.image), size, size, generator)
        return None if grid is None else _on_grid(grid, window, level, generator)


def _on_grid(grid: np.ndarray, window: Window, level: int, generator: np.random.Generator) -> Draft | None:
    """Draw the kernel and the cell, on a grid of whole numbers."""
    kernel, x = CLASSIC[pick(generator, KERNELS)], grid[..., np.newaxis]
    output = ops.conv2d(x, kernel[..., np.newaxis, np.newaxis], **window_arguments(window))[..., 0]
    i, j = (int(generator.integers(size)) for size in output.shape)
    made = _step(x, kernel, window, i, j)
    if not made.patch.any() or np.ptp(made.patch) < 2:
        return None  # a flat patch teaches nothing
    if level == 2 and ((made.rows < 0).any() or (made.cols < 0).any()) != bool(generator.integers(4)):
        return None  # three of four at the border, where the padding is
    known = np.where(np.arange(output.size).reshape(output.shape) < i * output.shape[1] + j, output, np.nan)
    wrong: list[Mistake] = [
        _mistake("flipped", _step(x, np.flip(kernel), window, i, j)),
        _mistake("signs", _step(x, np.abs(kernel), window, i, j)),
        _mistake("mean", value=made.value / kernel.size, cells=kernel.size),
    ]
    for reason, other in (
        ("no_padding", Window(3, window.stride, "valid", window.dilation)),
        ("no_stride", Window(3, 1, window.padding, window.dilation)),
        ("no_dilation", Window(3, window.stride, window.padding)),
    ):
        rows, cols = other.output_size((grid.shape[0], grid.shape[1]))
        if other != window and i < rows and j < cols:
            wrong.append(_mistake(reason, _step(x, kernel, other, i, j)))
    for reason, (row, col) in {"next_column": (i, j + 1), "next_row": (i + 1, j), "swapped": (j, i)}.items():
        if (row, col) != (i, j) and row < output.shape[0] and col < output.shape[1]:
            wrong.append(_mistake(reason, _step(x, kernel, window, row, col), row=row, col=col))
    return Draft(
        question=text(
            f"exercise.next_cell_{('first', 'padded', 'dilated')[level - 1]}",
            row=i,
            col=j,
            stride=window.stride[0],
            padding=window.pads((grid.shape[0], grid.shape[1]))[0][0],
            dilation=window.dilation[0],
        ),
        answer=Number(made.value),
        mistakes=tuple(wrong),
        explanation=text(
            "exercise.next_cell_explanation",
            sum=grids.products(made.patch[..., 0], kernel),
            value=number(made.value),
        ),
        shown=(
            Shown("input", grid, "brightness", decimals=0, marked=(i, j, 3, 3) if level == 1 else None),
            Shown("kernel", kernel, decimals=0),
            Shown("output", known, decimals=0, question=(i, j)),
        ),
        destination=grids.convolution_destination(grid, kernel, window, (i, j)),
    )


def _step(x: np.ndarray, kernel: np.ndarray, window: Window, i: int, j: int) -> ConvStep:
    bank = kernel[..., np.newaxis, np.newaxis]
    return ops.conv2d_step(x, bank, None, i, j, 0, **window_arguments(window))


def _mistake(
    reason: str, made: ConvStep | None = None, *, value: float | None = None, **values: object
) -> Mistake:
    found = made.value if made is not None else value
    assert found is not None
    return Mistake((float(found),), text(f"exercise.next_cell_wrong_{reason}", **values))


def _trained(subject: Subject, generator: np.random.Generator) -> tuple[SlidingOp, LayerName, int] | None:
    """Return a filter of the first convolution, with its name and number, if it sees the picture."""
    if subject.graph is None or subject.weights is None:
        return None
    for info in subject.graph:
        if (
            info.layer.filters
            and info.inputs == (IMAGE,)
            and info.input_shape[2] in range(2, MOST_CHANNELS + 1)
        ):
            map = int(generator.integers(info.output_shape[2]))
            if info.name == subject.layer and subject.map is not None:
                map = subject.map
            x = subject.data_set.preprocess(subject.image)
            op = info.layer.sliding_op([x], subject.own_weights(info), map)
            if op is not None and op.operation == "conv":
                return op, subject.called(info.name), map
    return None


def _of_channels(op: SlidingOp, layer: LayerName, map: int, generator: np.random.Generator) -> Draft | None:
    """Draw a cell of a trained filter: its sums per channel are given, rounded."""
    assert op.kernel is not None
    bank = op.kernel[..., np.newaxis]
    rows, cols = op.window.output_size((op.x.shape[0], op.x.shape[1]))
    i, j = int(generator.integers(rows)), int(generator.integers(cols))
    made = ops.conv2d_step(op.x, bank, [op.bias], i, j, 0, **window_arguments(op.window))
    decimals = step.finer(float(np.abs(made.channel_sums).max()))
    sums = rounded(made.channel_sums, decimals)
    bias = float(rounded(op.bias, decimals))
    value = float(rounded(sums.sum() + bias, decimals))
    # the page's own number differs by rounding: by half a last digit for each number
    allowed = (len(sums) + 2) * 0.5 * 10.0**-decimals
    parts = [*sums, bias] if op.bias else list(sums)
    wrong = [
        _mistake("bias", value=sums.sum(), bias=number(bias, decimals)),
        _mistake("bias_sign", value=sums.sum() - bias, bias=number(bias, decimals)),
        _mistake("one_channel", value=sums[0] + bias),
        _mistake("channel_mean", value=sums.mean() + bias, channels=len(sums)),
        _mistake("channel_signs", value=np.abs(sums).sum() + bias),
        _mistake("relu", value=max(value, 0.0)),
    ]
    return Draft(
        question=text(
            f"exercise.next_cell_{'channels' if op.bias else 'channels_only'}",
            layer=layer,
            filter=map,
            row=i,
            col=j,
            bias=number(bias, decimals),
        ),
        answer=Number(value, allowed),
        mistakes=tuple(wrong),
        explanation=text(
            "exercise.next_cell_explanation_channels",
            sum=" + ".join(bracketed(part, decimals) for part in parts),
            value=number(value, decimals),
        ),
        shown=(
            # the bias first: behind the sums it would have a plus sign, which is the answer to the question
            *([Shown("bias", np.array([[bias]]), decimals=decimals)] if op.bias else []),
            Shown("sums", sums[np.newaxis], decimals=decimals),
        ),
        destination=None
        if (own := grids.convolution_choices(op.window)) is None
        else Destination(
            "convolution",
            {
                "kernel": "trained",
                "convolution_layer": layer.name,
                "map": str(map),
                "cell": f"{i},{j}",
                **own,
            },
        ),
    )
