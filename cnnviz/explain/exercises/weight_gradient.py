"""The gradient at one weight of a kernel."""

from __future__ import annotations

import numpy as np

from cnnviz.arithmetic import gradients
from cnnviz.arithmetic.window import Window
from cnnviz.explain.exercises import grids
from cnnviz.explain.exercises.base import Draft, Kind, Mistake, Number, Shown, Subject, text
from cnnviz.text.numbers import number

SIDE = 3
"""Rows and columns of the output, and so of the gradient that comes from there."""
LEVELS = ((2, 1, 3), (3, 1, 4), (3, 2, 4))
"""(size of the kernel, stride, positions whose gradient is not 0), by level."""
ROUNDED = 0.05
"""Allowed of whole numbers, so that a mean is recognised when it is written with a decimal."""


class GradientAtWeight(Kind):
    """The gradient of a weight: the sum, over all positions, of input times gradient.

    Level 1: a 2x2 kernel, three positions count. Level 2: 3x3. Level 3: with stride 2.
    """

    name = "weight_gradient"
    pages = ("backpropagation",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        size, stride, count = LEVELS[level - 1]
        side = (SIDE - 1) * stride + size
        x = grids.crop(grids.brightness(subject.image), side, side, generator)
        if x is None:
            return None
        upstream = np.zeros((SIDE, SIDE))
        positions = generator.choice(SIDE**2, count, replace=False)
        upstream.flat[positions] = generator.choice([-3, -2, -1, 1, 2, 3], count)
        a, b = (int(generator.integers(size)) for _ in range(2))
        made = gradients.weight_gradient(x, upstream, a, b, size=size, stride=stride)
        met = made.inputs[upstream != 0]
        if not made.value or np.ptp(met) < 2 or (upstream > 0).all() or (upstream < 0).all():
            return None  # a flat part of the picture, or no sign to lose, teaches nothing

        def at(row: int, col: int, **other: object) -> float:
            chosen = {"size": size, "stride": stride} | other
            return gradients.weight_gradient(x, upstream, row, col, **chosen).value

        found = {
            "flipped": gradients.weight_gradient(x, np.flip(upstream), a, b, size=size, stride=stride).value,
            "opposite": -made.value,
            "signs": np.abs(made.products).sum(),
            "mean": made.value / SIDE**2,
            "gradients": upstream.sum(),
            "one_position": made.products.ravel()[np.abs(upstream).argmax()],
            "first": at(0, 0),
            "swapped": at(b, a),
        }
        if stride > 1:  # the same inputs side by side
            near = x[a : a + SIDE, b : b + SIDE]
            found = {"no_stride": float((near * upstream).sum())} | found
        return Draft(
            question=text("exercise.weight_gradient_question", size=size, stride=stride, row=a, col=b),
            answer=Number(made.value, ROUNDED),
            mistakes=tuple(
                Mistake((float(value),), text(f"exercise.weight_gradient_wrong_{reason}"))
                for reason, value in found.items()
            ),
            explanation=text(
                f"exercise.weight_gradient_explanation{'_stride' if stride > 1 else ''}",
                sum=grids.products(made.inputs, upstream),
                value=number(made.value),
            ),
            shown=(
                Shown("input", x, "brightness", decimals=0),
                Shown("upstream", upstream, decimals=0),
            ),
            destination=grids.convolution_destination(x, upstream, Window(SIDE, dilation=stride), (a, b)),
        )
