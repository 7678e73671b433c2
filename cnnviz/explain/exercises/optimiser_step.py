"""A step of momentum and of RMSProp, for one weight."""

from __future__ import annotations

from math import sqrt

import numpy as np

from cnnviz.explain.exercises.base import (
    Destination,
    Draft,
    Kind,
    Mistake,
    Number,
    Subject,
    Text,
    bracketed,
    pick,
    short,
    short_bracketed,
    text,
)
from cnnviz.text.numbers import number

MOMENTUM = 0.9
RHO = 0.9
"""The constants of the lecture's programs, as on the page."""
MEAN_SQUARES = tuple(
    (root, gradient, (10 * root**2 - gradient**2) // 9)
    for root in range(1, 8)
    for gradient in range(1, 20)
    if gradient != root and (10 * root**2 - gradient**2) % 9 == 0 and 10 * root**2 > gradient**2
)
"""(root, gradient, before): 0.9 * before + 0.1 * gradient**2 is the square of a whole number."""


class OptimiserStep(Kind):
    """A weight after the next step of an optimiser.

    Level 1: momentum, one step. Level 2: two steps on a parabola. Level 3: RMSProp, one step.
    """

    name = "optimiser_step"
    pages = ("optimisers",)

    def draw(self, subject: Subject, level: int, generator: np.random.Generator) -> Draft | None:
        """Draw an exercise."""
        w = float(generator.integers(-30, 31)) / 10
        if not w:
            return None
        return (_momentum, _two_steps, _rmsprop)[level - 1](w, generator)


def _momentum(w: float, generator: np.random.Generator) -> Draft | None:
    """Draw one step with momentum: the velocity is given."""
    rate = float(pick(generator, (0.1, 0.01)))
    v, g = (float(generator.integers(-9, 10)) / 10, float(generator.integers(-9, 10)))
    if not v or not g:
        return None
    velocity = MOMENTUM * v - rate * g
    found = {
        "sgd": w - rate * g,
        "whole": w + v - rate * g,
        "up": w + MOMENTUM * v + rate * g,
        "minus": w - velocity,
        "velocity": velocity,
        "no_rate": w + MOMENTUM * v - g,
        "kept": w + MOMENTUM * v,
        "mean": w + MOMENTUM * v - (1 - MOMENTUM) * rate * g,
    }
    return _draft(
        "momentum",
        w + velocity,
        found,
        text(
            "exercise.optimiser_step_momentum",
            weight=number(w, 1),
            velocity=number(v, 1),
            gradient=number(g),
            rate=short(rate),
        ),
        text(
            "exercise.optimiser_step_explanation_momentum",
            velocity=f"{MOMENTUM} · {bracketed(v, 1)} − {short(rate)} · {bracketed(g)} = {short(velocity)}",
            weight=f"{number(w, 1)} + {short_bracketed(velocity)} = {short(w + velocity)}",
        ),
    )


def _two_steps(w: float, generator: np.random.Generator) -> Draft | None:
    """Draw two steps with momentum, from rest, where the gradient is a multiple of the weight."""
    factor, rate = int(pick(generator, (2, 3, 5))), 0.1
    first = -rate * factor * w
    middle = w + first
    second = MOMENTUM * first - rate * factor * middle
    found = {
        "one_step": middle,
        "sgd_twice": middle - rate * factor * middle,
        "old_gradient": middle + MOMENTUM * first - rate * factor * w,
        "whole": middle + first - rate * factor * middle,
        "up": w * (1 + rate * factor) + MOMENTUM * -first + rate * factor * w * (1 + rate * factor),
        "velocity": second,
        "coasted": middle + MOMENTUM * first,
    }
    return _draft(
        "momentum",
        middle + second,
        found,
        text("exercise.optimiser_step_two", weight=number(w, 1), factor=factor, rate=short(rate)),
        text(
            "exercise.optimiser_step_explanation_two",
            first=f"−{short(rate)} · {factor} · {bracketed(w, 1)} = {short(first)}",
            middle=f"{number(w, 1)} + {short_bracketed(first)} = {short(middle)}",
            second=(
                f"{MOMENTUM} · {short_bracketed(first)} − {short(rate)} · {factor} ·"
                f" {short_bracketed(middle)} = {short(second)}"
            ),
            weight=f"{short(middle)} + {short_bracketed(second)} = {short(middle + second)}",
        ),
    )


def _rmsprop(w: float, generator: np.random.Generator) -> Draft | None:
    """Draw one step of RMSProp, whose root is a whole number."""
    root, size, before = pick(generator, MEAN_SQUARES)
    rate, g = float(pick(generator, (0.1, 0.01))), float(size * pick(generator, (-1, 1)))
    square = RHO * before + (1 - RHO) * g**2
    found = {
        "sgd": w - rate * g,
        "no_root": w - rate * g / square,
        "old_square": w - rate * g / sqrt(before),
        "new_square": w - rate * np.sign(g),
        "not_squared": w - rate * g / sqrt(abs(RHO * before + (1 - RHO) * abs(g))),
        "exchanged": w - rate * g / sqrt((1 - RHO) * before + RHO * g**2),
        "up": w + rate * g / root,
        "change": -rate * g / root,
        "no_rate": w - g / root,
    }
    return _draft(
        "rmsprop",
        w - rate * g / root,
        found,
        text(
            "exercise.optimiser_step_rmsprop",
            weight=number(w, 1),
            gradient=number(g),
            rate=short(rate),
            square=number(before),
        ),
        text(
            "exercise.optimiser_step_explanation_rmsprop",
            square=f"{RHO} · {number(before)} + {1 - RHO:.1f} · {bracketed(g)}² = {number(square)}",
            root=number(root),
            weight=(
                f"{number(w, 1)} − {short(rate)} · {bracketed(g)} / {number(root)}"
                f" = {short(w - rate * g / root)}"
            ),
        ),
    )


def _draft(rule: str, value: float, found: dict[str, float], question: Text, explanation: Text) -> Draft:
    """Return the exercise; `found` are the answers that mistakes lead to."""
    return Draft(
        question=question,
        answer=Number(round(value, 9), allowed=0.005 if rule == "rmsprop" else 0.0005),
        mistakes=tuple(
            Mistake((float(wrong),), text(f"exercise.optimiser_step_wrong_{reason}"))
            for reason, wrong in found.items()
        ),
        explanation=explanation,
        destination=Destination("optimisers", {"descent_rule": rule}),
    )
