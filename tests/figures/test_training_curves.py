"""The curves of a training run, by the values in them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from cnnviz.figures.training_curves import APART, Measure, draw

WORDS = {"batches": "each batch", "train": "training", "validation": "validation", "test": "test"}
BATCHES = [(0.5, 2.3, 0.1), (1.0, 2.0, 0.2), (1.5, 1.8, 0.3)]
ROWS = [
    {"loss": 2.1, "accuracy": 0.2, "test_loss": 1.9, "test_accuracy": 0.3},
    {"loss": 1.0, "accuracy": 0.6, "test_loss": 1.4, "test_accuracy": 0.5},
]


def curves(measure: Measure, batches: Any = BATCHES, rows: Any = ROWS, epochs: int = 4) -> Any:
    return draw(batches, rows, measure, epochs=epochs, axis_x="epoch", words=WORDS)


def test_epochs_are_plotted_at_their_end() -> None:
    batches, train, test = curves("loss").data
    assert (list(batches.x), list(batches.y)) == ([0.5, 1, 1.5], [2.3, 2.0, 1.8])
    assert (list(train.x), list(train.y)) == ([1, 2], [2.1, 1.0])
    assert (list(test.x), list(test.y)) == ([1, 2], [1.9, 1.4])


def test_accuracy_is_in_percent() -> None:
    figure = curves("accuracy")
    batches, train, test = figure.data
    assert list(batches.y) == pytest.approx([10, 20, 30])
    assert list(train.y) == pytest.approx([20, 60])
    assert list(test.y) == pytest.approx([30, 50])
    assert figure.layout.yaxis.ticksuffix == "%"


@pytest.mark.parametrize(("accuracy", "top"), [(0.05, 30), (0.4, 42), (0.9, 100)])
def test_range_of_the_accuracy_axis(accuracy: float, top: float) -> None:
    figure = curves("accuracy", batches=[(1.0, 1.0, accuracy)], rows=[])
    assert list(figure.layout.yaxis.range) == pytest.approx([0, top])


def test_x_axis_spans_all_epochs() -> None:
    assert list(curves("loss", epochs=7).layout.xaxis.range) == [0, 7]


@pytest.mark.parametrize("validation", [0.4, 0.5, 0.6])
def test_validation_has_a_line_of_its_own_where_the_run_has_it(validation: float) -> None:
    kept = {"validation_loss": 1.7, "validation_accuracy": validation}
    figure = curves("accuracy", rows=[{**row, **kept} for row in ROWS])
    lines = figure.data
    assert [line.name for line in lines] == ["each batch", "training", "validation", "test"]
    assert list(lines[2].y) == pytest.approx([100 * validation] * 2)
    assert len({(line.line.dash, line.marker.symbol) for line in lines[1:]}) == 3
    heights = sorted(note.y / figure.layout.yaxis.range[1] for note in figure.layout.annotations)
    assert len(heights) == 3
    assert all(high - low >= APART - 1e-9 for low, high in pairwise(heights))


def test_lines_differ_without_colour_and_are_labelled() -> None:
    figure = curves("accuracy")
    _, train, test = figure.data
    assert train.line.dash != test.line.dash
    assert train.marker.symbol != test.marker.symbol
    named = {note.text: (note.x, note.y, note.font.color) for note in figure.layout.annotations}
    assert named["<b>training</b>"] == (2, pytest.approx(60), train.line.color)
    assert named["<b>test</b>"] == (2, pytest.approx(50), test.line.color)


@pytest.mark.parametrize("test_accuracy", [0.6, 0.61, 0.59, 0.0])
def test_labels_do_not_overlap(test_accuracy: float) -> None:
    row = {"loss": 1.0, "accuracy": 0.6, "test_loss": 1.0, "test_accuracy": test_accuracy}
    figure = curves("accuracy", rows=[row])
    top = figure.layout.yaxis.range[1]
    low, high = sorted(note.y / top for note in figure.layout.annotations)
    assert high - low >= APART - 1e-9
    assert low >= 0
    assert high <= 1


def test_batches_are_labelled_before_the_first_epoch() -> None:
    (note,) = curves("loss", rows=[]).layout.annotations
    assert (note.text, note.x, note.y) == ("<b>each batch</b>", 1.5, 1.8)


def test_empty_run() -> None:
    figure = curves("loss", batches=[], rows=[])
    assert not any(line.x for line in figure.data)
    assert not figure.layout.annotations


def test_non_finite_loss_does_not_change_the_axis() -> None:
    figure = curves("loss", batches=[(0.5, 2.0, 0.1), (1.0, math.nan, 0.1)], rows=[])
    assert list(figure.layout.yaxis.range) == pytest.approx([0, 2.1])
