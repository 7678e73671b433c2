"""A step of momentum and of RMSProp, as Keras' documentation writes them; and by Keras itself."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import bare, few, made

EXERCISES = made(registry.kind("optimiser_step"), few(250), bare(0))


def given(exercise: Any) -> dict[str, float]:
    return {name: float(read_number(str(value))) for name, value in exercise.question.values.items()}


def momentum(w: float, v: float, g: float, rate: float, *, keep: float = 0.9) -> tuple[float, float]:
    v = keep * v - rate * g
    return w + v, v


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        n = given(exercise)
        w, rate = n["weight"], n["rate"]
        if exercise.level == 1:
            v, g = n["velocity"], n["gradient"]
            right, new = momentum(w, v, g, rate)
            by_hand = {
                "sgd": momentum(w, 0, g, rate)[0],
                "whole": momentum(w, v, g, rate, keep=1)[0],
                "up": momentum(w, v, -g, rate)[0],
                "minus": w - new,
                "velocity": new,
                "no_rate": momentum(w, v, g, 1)[0],
                "kept": momentum(w, v, 0, rate)[0],
                "mean": momentum(w, v, g / 10, rate)[0],
            }
        elif exercise.level == 2:
            slope = n["factor"]
            middle, first = momentum(w, 0, slope * w, rate)
            right, new = momentum(middle, first, slope * middle, rate)
            up, up_first = momentum(w, 0, -slope * w, rate)
            by_hand = {
                "one_step": middle,
                "sgd_twice": momentum(middle, 0, slope * middle, rate)[0],
                "old_gradient": momentum(middle, first, slope * w, rate)[0],
                "whole": momentum(middle, first, slope * middle, rate, keep=1)[0],
                "up": momentum(up, up_first, -slope * up, rate)[0],
                "velocity": new,
                "coasted": momentum(middle, first, 0, rate)[0],
            }
        else:
            g, before = n["gradient"], n["square"]
            mean = 0.9 * before + 0.1 * g * g
            right = w - rate * g / sqrt(mean)
            by_hand = {
                "sgd": w - rate * g,
                "no_root": w - rate * g / mean,
                "old_square": w - rate * g / sqrt(before),
                "new_square": w - rate * g / abs(g),
                "not_squared": w - rate * g / sqrt(0.9 * before + 0.1 * abs(g)),
                "exchanged": w - rate * g / sqrt(0.1 * before + 0.9 * g * g),
                "up": w + rate * g / sqrt(mean),
                "change": right - w,
                "no_rate": w - g / sqrt(mean),
            }
            assert sqrt(mean) == pytest.approx(round(sqrt(mean)))  # by head
            assert exercise.check(round(right, 2)).correct
        assert exercise.answer.values == pytest.approx((right,))
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.optimiser_step_wrong_")
            assert mistake.values == pytest.approx((by_hand[name],), abs=1e-9)
            seen.add((exercise.level, name))
    assert len(seen) == 8 + 7 + 9


@pytest.mark.parametrize("level", [1, 2, 3])
def test_keras_takes_the_same_step(level: int) -> None:
    import keras

    exercise = registry.kind("optimiser_step").make(bare(0), 7, level)
    n = given(exercise)
    weight = keras.Variable([n["weight"]])
    if level == 3:
        optimizer = keras.optimizers.RMSprop(n["rate"], rho=0.9, epsilon=1e-9)
    else:
        optimizer = keras.optimizers.SGD(n["rate"], momentum=0.9)
    optimizer.build([weight])
    memory = optimizer.variables[-1]  # the velocity, or the mean of squares
    memory.assign([n.get("velocity", n.get("square", 0.0))])
    for _ in range(2 if level == 2 else 1):
        gradient = n["factor"] * weight.numpy() if level == 2 else [n["gradient"]]
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [weight])
    assert float(weight.numpy()[0]) == pytest.approx(exercise.answer.values[0], abs=1e-4)
