"""Two fully connected layers, without an activation between them and with ReLU."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Number,
    Numbers,
    Shown,
    Subject,
    bracketed,
    text,
)
from cnnviz.text.numbers import number, term

LARGEST = 3
"""Largest weight and input; they are whole numbers."""


class TwoLayers(Kind):
    """The single layer that equals two linear ones, and their output with ReLU between them.

    Level 1: one unit each, with biases. Level 2: two hidden units. Level 3: two hidden units with ReLU.
    """

    name = "two_layers"
    pages = ("why_relu",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        return (_one_unit, _two_units, _with_relu)[level - 1](generator)


def _one_unit(generator: np.random.Generator) -> Draft | None:
    """Draw two layers of one unit: the weight and the bias of the layer that does the same."""
    w1, b1, w2, b2 = whole(generator, 4).tolist()
    if {w1, w2} & {1, -1} or w1 == w2:
        return None
    found = {
        "added": (w1 + w2, b1 + b2),
        "bias_kept": (w2 * w1, b1 + b2),
        "no_last_bias": (w2 * w1, w2 * b1),
        "no_first_bias": (w2 * w1, b2),
        "exchanged": (w2 * w1, w1 * b2 + b1),
        "biases_multiplied": (w2 * w1, b1 * b2),
    }
    h = f"{number(w1)}·x {term(b1)}"
    return Draft(
        question=text("exercise.two_layers_one", hidden=h, output=f"{number(w2)}·h {term(b2)}"),
        answer=Numbers(
            (w2 * w1, w2 * b1 + b2), labels=(text("exercise.two_layers_w"), text("exercise.two_layers_b"))
        ),
        mistakes=_mistakes(found),
        explanation=text(
            "exercise.two_layers_explanation_one",
            sum=f"{number(w2)}·({h}) {term(b2)}",
            value=f"{number(w2 * w1)}·x {term(w2 * b1 + b2)}",
        ),
        destination=Destination("why_relu"),
    )


def _two_units(generator: np.random.Generator) -> Draft | None:
    """Draw two inputs, two hidden units and an output: the weights of the one unit that does the same."""
    hidden, output = whole(generator, 4).reshape(2, 2), whole(generator, 2)
    u = output @ hidden
    if hidden[0, 1] == hidden[1, 0] or abs(output[0]) == abs(output[1]):
        return None
    found = {
        "transposed": tuple(hidden @ output),
        "no_output": tuple(hidden.sum(axis=0)),
        "first_unit": tuple(output[0] * hidden[0]),
        "diagonal": tuple(output * np.diag(hidden)),
        "added": tuple(hidden.sum(axis=0) + output),
    }
    terms = "; ".join(
        f"x{'₁₂'[j]}: {bracketed(output[0])}·{bracketed(hidden[0, j])} +"
        f" {bracketed(output[1])}·{bracketed(hidden[1, j])} = {number(u[j])}"
        for j in range(2)
    )
    return Draft(
        question=text("exercise.two_layers_two"),
        answer=Numbers(tuple(u.tolist()), labels=("x₁", "x₂")),
        mistakes=_mistakes(found),
        explanation=text("exercise.two_layers_explanation_two", terms=terms),
        shown=_layers(hidden, output),
        destination=Destination("why_relu"),
    )


def _with_relu(generator: np.random.Generator) -> Draft | None:
    """Draw the same with ReLU after the hidden units, of which one is negative, and an input."""
    hidden, output, x = whole(generator, 4).reshape(2, 2), whole(generator, 2), whole(generator, 2)
    sums = hidden @ x
    left = ops.relu(sums)
    if not (sums.min() < 0 < sums.max()) or hidden[0, 1] == hidden[1, 0]:
        return None
    value = float(output @ left)
    found = {
        "no_relu": (output @ sums,),
        "relu_last": (max(value, 0.0),),
        "absolute": (output @ np.abs(sums),),
        "kept": (output @ np.minimum(sums, 0),),
        "transposed_relu": (output @ ops.relu(hidden.T @ x),),
        "no_output_relu": (left.sum(),),
    }
    units = ", ".join(
        f"h{'₁₂'[k]} = ReLU({bracketed(hidden[k, 0])}·{bracketed(x[0])} +"
        f" {bracketed(hidden[k, 1])}·{bracketed(x[1])}) = ReLU({number(sums[k])}) = {number(left[k])}"
        for k in range(2)
    )
    return Draft(
        question=text("exercise.two_layers_relu", first=number(x[0]), second=number(x[1])),
        answer=Number(value),
        mistakes=_mistakes(found),
        explanation=text(
            "exercise.two_layers_explanation_relu",
            units=units,
            sum=f"{bracketed(output[0])}·{number(left[0])} + {bracketed(output[1])}·{number(left[1])}",
            value=number(value),
        ),
        shown=_layers(hidden, output),
        destination=Destination("why_relu"),
    )


def whole(generator: np.random.Generator, count: int) -> np.ndarray:
    """Draw whole numbers of -LARGEST..LARGEST, none 0, float64 [count]."""
    return generator.integers(1, LARGEST + 1, count) * generator.choice([-1.0, 1.0], count)


def _layers(hidden: np.ndarray, output: np.ndarray) -> tuple[Shown, ...]:
    """Return the weights of both layers, a row for each unit."""
    return (
        Shown("weights", hidden, label=text("exercise.two_layers_hidden"), decimals=0),
        Shown("weights", output[np.newaxis], label=text("exercise.two_layers_output"), decimals=0),
    )


def _mistakes(found: Mapping[str, tuple[float, ...]]) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(tuple(map(float, values)), text(f"exercise.two_layers_wrong_{reason}"))
        for reason, values in found.items()
    )
