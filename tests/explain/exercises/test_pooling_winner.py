"""The winner of a pooling, found by loops."""

from __future__ import annotations

import pytest

from cnnviz.explain.exercises import registry
from tests.explain.exercises.subjects import few, made, shipped

SUBJECTS = [shipped(0), shipped(2)]
EXERCISES = made(registry.kind("pooling_winner"), few(200), *SUBJECTS)


def window(x: list[list[float]], row: int, col: int, size: int) -> list[float]:
    return [x[r][c] for r in range(row, row + size) for c in range(col, col + size)]


def test_the_answer_and_each_mistake() -> None:
    seen = set()
    for exercise in EXERCISES:
        x = [[float(value) for value in line] for line in exercise.shown[0].array]
        values = exercise.question.values
        i, j, size, stride = (values[name] for name in ("row", "col", "size", "stride"))
        under = window(x, i * stride, j * stride, size)
        assert exercise.answer.values == pytest.approx([max(under)])
        assert sorted(under)[-2] < max(under) - 0.005  # no tie, also as it is written
        for mistake in exercise.mistakes:
            match name := mistake.reason.key.removeprefix("exercise.pooling_winner_wrong_"):
                case "average":
                    wrong = sum(under) / len(under)
                case "smallest":
                    wrong = min(under)
                case "first":
                    wrong = under[0]
                case "sum":
                    wrong = sum(under)
                case "no_stride":
                    wrong = max(window(x, i, j, size))
                case "whole":
                    wrong = max(map(max, x))
                case "swapped":
                    wrong = max(window(x, j * stride, i * stride, size))
                case "apart":
                    wrong = max(window(x, i * size, j * size, size))
            assert mistake.values == pytest.approx([wrong])
            seen.add(name)
    assert seen == {"average", "smallest", "first", "sum", "no_stride", "whole", "swapped", "apart"}


def test_the_page_shows_the_same_cell() -> None:
    for exercise in EXERCISES[::7]:
        assert exercise.destination is not None
        link = exercise.destination.link
        row, col = (int(n) * int(link["pool_stride"]) for n in link["cell"].split(","))
        size = int(link["pool_size"])
        layer, map = exercise.question.values["layer"].name, exercise.question.values["map"]
        x = SUBJECTS[exercise.seed % 2].activations()[layer][..., map]
        assert exercise.check(float(x[row : row + size, col : col + size].max())).correct
