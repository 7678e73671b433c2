"""Two layers against one: by evaluating them, and ReLU by hand."""

from __future__ import annotations

import re
from itertools import product

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Exercise
from tests.explain.exercises.subjects import bare, few, made

EXERCISES = made(registry.kind("two_layers"), few(250), bare(0))


def line(words: str) -> tuple[float, float]:
    """Return weight and bias of "−2·x + 3"."""
    weight, sign, bias = re.fullmatch(r"(−?\d)·[xh] ([+−]) (\d)", words).groups()  # type: ignore[union-attr]
    return float(weight.replace("−", "-")), float(bias) * (1 if sign == "+" else -1)


def layers(exercise: Exercise) -> tuple[list[list[float]], list[float]]:
    hidden, output = (shown.array.tolist() for shown in exercise.shown)
    return hidden, output[0]


def run(hidden: list[list[float]], output: list[float], x: tuple[float, float], relu: bool) -> float:
    h = [row[0] * x[0] + row[1] * x[1] for row in hidden]
    return sum(v * (max(each, 0) if relu else each) for v, each in zip(output, h, strict=True))


def test_one_layer_does_the_same_as_two() -> None:
    for exercise in EXERCISES:
        answer = exercise.answer.values
        if exercise.level == 1:
            (w1, b1), (w2, b2) = (line(exercise.question.values[name]) for name in ("hidden", "output"))
            for x in (-1.5, 0, 2, 7):
                assert answer[0] * x + answer[1] == w2 * (w1 * x + b1) + b2
        elif exercise.level == 2:
            for x in product((-1.0, 0.0, 2.5), repeat=2):
                assert answer[0] * x[0] + answer[1] * x[1] == run(*layers(exercise), x, relu=False)
        else:
            x = tuple(float(exercise.question.values[n].replace("−", "-")) for n in ("first", "second"))
            assert answer == (run(*layers(exercise), x, relu=True),)  # type: ignore[arg-type]
            assert answer != (run(*layers(exercise), x, relu=False),)  # type: ignore[arg-type]


def test_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        by_hand: dict[str, tuple[float, ...]]
        if exercise.level == 1:
            (w1, b1), (w2, b2) = (line(exercise.question.values[name]) for name in ("hidden", "output"))
            by_hand = {
                "added": (w1 + w2, b1 + b2),
                "bias_kept": (w1 * w2, b1 + b2),
                "no_last_bias": (w1 * w2, w2 * b1),
                "no_first_bias": (w1 * w2, b2),
                "exchanged": (w1 * w2, w1 * b2 + b1),
                "biases_multiplied": (w1 * w2, b1 * b2),
            }
        else:
            ((a, b), (c, d)), (v, w) = layers(exercise)
        if exercise.level == 2:
            by_hand = {
                "transposed": (a * v + b * w, c * v + d * w),
                "no_output": (a + c, b + d),
                "first_unit": (v * a, v * b),
                "diagonal": (v * a, w * d),
                "added": (a + c + v, b + d + w),
            }
        if exercise.level == 3:
            x, y = (float(exercise.question.values[n].replace("−", "-")) for n in ("first", "second"))
            h, k = a * x + b * y, c * x + d * y
            right = exercise.answer.values[0]
            by_hand = {
                "no_relu": (v * h + w * k,),
                "relu_last": (0.0 if right < 0 else right,),
                "absolute": (v * abs(h) + w * abs(k),),
                "kept": (v * min(h, 0) + w * min(k, 0),),
                "transposed_relu": (v * max(a * x + c * y, 0) + w * max(b * x + d * y, 0),),
                "no_output_relu": (max(h, 0) + max(k, 0),),
            }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.two_layers_wrong_")
            assert mistake.values == pytest.approx(by_hand[name])
            seen.add((exercise.level, name))
    assert len(seen) == 6 + 5 + 6
