"""One step of gradient descent, in exact decimals."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Exercise
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import bare, few, made

EXERCISES = made(registry.kind("weight_update"), few(200), bare(0))


def numbers(exercise: Exercise) -> tuple[list[Fraction], list[list[Fraction]], Fraction]:
    """Return weights, the gradient at each by picture, and the rate, from what a reader sees."""
    values = exercise.question.values
    arrays = {shown.role: [Fraction(f"{v:.1f}") for v in shown.array.ravel()] for shown in exercise.shown}
    written = {name: Fraction(read_number(str(values[name]))) for name in ("weight", "gradient", "rate")}
    if exercise.level == 1:
        return [written["weight"]], [[written["gradient"]]], written["rate"]
    if exercise.level == 2:
        return arrays["kernel"], [[g] for g in arrays["gradient"]], written["rate"]
    return [written["weight"]], [arrays["gradient"]], written["rate"]


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        w, g, rate = numbers(exercise)
        mean = [sum(each) / len(each) for each in g]
        pairs = list(zip(w, mean, strict=True))
        right = [a - rate * b for a, b in pairs]
        assert exercise.answer.values == pytest.approx([float(value) for value in right])
        assert exercise.check([float(value) for value in right]).correct
        by_hand = {
            "up": [a + rate * b for a, b in pairs],
            "no_rate": [a - b for a, b in pairs],
            "change": [-rate * b for _, b in pairs],
            "rate": [a - rate for a in w],
            "divided": [a - b / rate for a, b in pairs],
            "product": [a * b * rate for a, b in pairs],
            "down": [a - rate * abs(b) for a, b in pairs],
            "sum": [a - rate * sum(each) for a, each in zip(w, g, strict=True)],
            "one": [a - rate * each[0] for a, each in zip(w, g, strict=True)],
            "last": [a - rate * each[-1] for a, each in zip(w, g, strict=True)],
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.weight_update_wrong_")
            assert mistake.values == pytest.approx([float(value) for value in by_hand[name]])
            seen.add(name)
    assert seen == by_hand.keys()
