"""Exercise "ReLU", number by number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnnviz.explain.exercises import registry
from cnnviz.text.numbers import read_number
from tests.explain.exercises.subjects import few, made, shipped

SUBJECTS = [shipped(0), shipped(1)]
EXERCISES = made(registry.kind("relu"), few(200), *SUBJECTS)


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        given = [float(value) for value in exercise.shown[0].array.ravel()]
        bias = float(read_number(exercise.question.values["bias"])) if exercise.level == 3 else 0.0
        total = [value + bias for value in given]
        assert exercise.answer.values == pytest.approx([value if value > 0 else 0 for value in total])
        by_hand = {
            "no_bias": [max(value, 0) for value in given],
            "bias_after": [max(value, 0) + bias for value in given],
            "kept": [min(value, 0) for value in total],
            "absolute": [abs(value) for value in total],
            "nothing": total,
            "ones": [int(value > 0) for value in total],
            "negated": [max(-value, 0) for value in total],
        }
        for mistake in exercise.mistakes:
            name = mistake.reason.key.removeprefix("exercise.relu_wrong_")
            assert mistake.values == pytest.approx(by_hand[name])
            seen.add(name)
        assert any(value < 0 for value in total)
        assert any(value > 0 for value in total)
    assert seen == by_hand.keys()


def test_the_numbers_are_those_of_the_page() -> None:
    for exercise in EXERCISES[: few(150) : 7]:
        assert exercise.destination is not None
        values = exercise.question.values
        row, col = map(int, exercise.destination.link["cell"].split(","))
        after = SUBJECTS[exercise.seed % 2].activations()[exercise.destination.link["relu_layer"]][
            ..., values["map"]
        ]
        rows, cols = exercise.shown[0].array.shape
        assert exercise.check(after[row : row + rows, col : col + cols].ravel()).correct


def test_the_map_that_the_page_shows_is_preferred() -> None:
    subject = shipped(0)
    shown = replace(subject, layer="conv2_relu", map=7)
    maps = [registry.kind("relu").make(shown, seed).question.values["map"] for seed in range(40)]
    assert maps.count(7) > 8
    assert len(set(maps)) > 5
