"""The step that changes an answer: its direction, its sizes, the answers after it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from cnnviz import load, samples
from cnnviz.errors import CnnvizError
from cnnviz.explain.fooling import LARGEST, Fooling, code, fool, stepped
from cnnviz.explain.snippet_data import Picture
from cnnviz.explain.snippets import about_a_picture
from cnnviz.networks.network import Network, forward

IMAGE = samples().images[0]


@cache
def network() -> Network:
    return load("keras_lecture")


@cache
def fooling(toward: int | None = None) -> Fooling:
    return fool(network(), IMAGE, toward)


@pytest.mark.parametrize("toward", [None, 8])
def test_every_answer_is_that_of_a_picture_that_a_file_can_hold(toward: int | None) -> None:
    found = fooling(toward)
    assert found.probabilities.shape == (LARGEST + 1, 10)
    for size in (0, 1, 7, LARGEST):
        moved = IMAGE.astype(int) + size * found.signs
        picture = np.where(moved < 0, 0, np.where(moved > 255, 255, moved)).astype(np.uint8)
        np.testing.assert_array_equal(stepped(IMAGE, found.signs, size), picture)
        assert np.abs(picture.astype(int) - IMAGE).max() <= size
        expected = forward("keras_lecture", network().weights, picture)["softmax"]
        np.testing.assert_allclose(found.probabilities[size], expected, atol=1e-4)


@pytest.mark.parametrize("toward", [None, 8])
def test_the_smallest_step_is_the_first_that_is_enough(toward: int | None) -> None:
    found = fooling(toward)
    assert found.smallest is not None
    answers = found.probabilities.argmax(axis=1)
    enough = answers != found.answer if toward is None else answers == toward
    assert enough[found.smallest]
    assert not enough[: found.smallest].any()
    assert found.answer == answers[0] == 3


def test_the_step_moves_the_probability_where_it_should_by_finite_differences() -> None:
    away, toward = fooling(), fooling(8)
    assert away.probabilities[1, 3] < away.probabilities[0, 3]
    assert toward.probabilities[1, 8] > toward.probabilities[0, 8]
    # a number whose gradient is not small: one step of 1/255 against the sign raises the answer's probability
    for i, j, c in [(11, 8, 0), (16, 16, 1)]:
        change = []
        for direction in (1, -1):
            moved = IMAGE.copy()
            moved[i, j, c] = int(moved[i, j, c]) + direction * int(away.signs[i, j, c])
            change.append(forward("keras_lecture", network().weights, moved)["softmax"][3])
        assert change[0] < change[1]


def test_toward_its_own_answer_means_away_and_no_class_is_refused() -> None:
    own = fool(network(), IMAGE, 3)
    assert own.toward is None
    np.testing.assert_array_equal(own.signs, fooling().signs)
    with pytest.raises(CnnvizError, match=r"`index` must be in 0\.\.9"):
        fool(network(), IMAGE, 10)


@pytest.mark.parametrize("toward", [None, 8])
def test_the_program_takes_the_step(toward: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.load", lambda _: network())
    found = fooling(toward)
    for size in (0, 5):
        lines = code(found.answer, toward, size)
        program = about_a_picture("keras_lecture", Picture("sample", 0), lines, (10,))
        exec(compile(program, "program", "exec"), scope := dict[str, Any]())
        np.testing.assert_allclose(scope["result"], found.probabilities[size], rtol=0, atol=1e-5)
