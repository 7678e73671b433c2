"""The padding that keeps the size."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.explain.exercises import grids
from cnnviz.explain.exercises.base import Draft, Kind, Mistake, Number, Subject, pick, text

MOST = 20
"""Rings of zeros that are tried."""
MOST_ON_PAGE, LARGEST_KERNEL = 8, 7
"""The padding and the kernel that the convolution page takes."""


class SamePadding(Kind):
    """The number of rings of zeros that keep the size, with stride 1.

    Level 1: kernels up to 7x7. Level 2: larger ones. Level 3: with dilation.
    """

    name = "same_padding"
    pages = ("convolution",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        kernel = int(pick(generator, ((3, 5, 7), (7, 9, 11), (3, 5, 7))[level - 1]))
        dilation = int(pick(generator, (2, 3))) if level == 3 else 1
        n = int(generator.integers(max(6, min(kernel, 12)), 13))
        padding = _keeping(Window(kernel, dilation=dilation), n)
        grid = grids.crop(grids.brightness(subject.image), n, n, generator)
        if grid is None:
            return None
        pads = Window(kernel, padding="same", dilation=dilation).pads((n, n))[0]
        found = {
            "both_sides": sum(pads),
            "no_dilation": _keeping(Window(kernel), n),
            "half": kernel / 2,
            "one_more": (kernel + 1) // 2 * dilation,
            "kernel": kernel,
            "none": 0,
        }
        window = Window(kernel, padding=padding, dilation=dilation)
        fits = padding <= MOST_ON_PAGE and kernel <= LARGEST_KERNEL
        return Draft(
            question=text(
                f"exercise.same_padding_{'dilated' if level == 3 else 'plain'}",
                n=n,
                kernel=kernel,
                dilation=dilation,
            ),
            answer=Number(float(padding)),
            mistakes=tuple(
                Mistake((float(value),), text(f"exercise.same_padding_wrong_{reason}", padding=padding))
                for reason, value in found.items()
            ),
            explanation=text(
                "exercise.same_padding_explanation",
                extent=window.extent[0],
                lost=window.extent[0] - 1,
                padding=padding,
                check=f"({n} + 2·{padding} − {window.extent[0]}) / 1 + 1 = {n}",
            ),
            destination=grids.convolution_destination(grid, np.ones((kernel, kernel)), window)
            if fits
            else None,
        )


def _keeping(window: Window, n: int) -> int:
    """Return the padding with which a window leaves n x n cells as many: the one that does, tried in turn."""
    for padding in range(MOST):
        padded = Window(window.size, 1, padding, window.dilation)
        if n + 2 * padding >= padded.extent[0] and padded.output_size((n, n)) == (n, n):
            return padding
    raise AssertionError(window)  # a square kernel with an odd side has one
