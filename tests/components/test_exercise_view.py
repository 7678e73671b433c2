"""The payload of the exercises, and what comes back from the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.components.exercise_view import NamedKind, Source, payload, read_question
from cnnviz.errors import CnnvizError
from cnnviz.explain.worksheet import MAX_SEED, Question
from tests.unpack import unpack

IMAGE = samples().images[0]
PLACE = Question("relu", 2, 7)


def unpacked(image: np.ndarray | None = None, **changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "kinds": [NamedKind("relu", "What ReLU leaves", "ReLU")],
        "source": Source("/cnnviz/exercise/mlp/0", "lang=en", image),
        "shown": PLACE,
        "mode": "page",
        "home": "network",
        "carried": ("lang",),
        "language": "en",
    }
    header, arrays = unpack(payload(**(arguments | changes)))
    return {**header, "arrays": arrays}


def test_the_payload_says_where_exercises_are_and_which_is_shown() -> None:
    header = unpacked(questions=[PLACE, Question("relu", 2, 8)])
    assert header["question"] == {"kind": "relu", "level": 2, "seed": 7}
    assert [each["seed"] for each in header["questions"]] == [7, 8]
    assert header["kinds"] == [{"name": "relu", "title": "What ReLU leaves", "topic": "ReLU"}]
    assert (header["address"], header["query"], header["levels"]) == ("/cnnviz/exercise/mlp/0", "lang=en", 3)
    assert not header["arrays"]


def test_a_visitors_own_picture_travels_and_tells_exercises_apart() -> None:
    own, other = unpacked(IMAGE), unpacked(255 - IMAGE)
    np.testing.assert_array_equal(own["arrays"]["image"], IMAGE)
    assert len({unpacked()["digest"], own["digest"], other["digest"]}) == 3


def test_an_exercise_comes_back() -> None:
    assert read_question({"kind": "relu", "level": 2, "seed": 7}, ["next_cell", "relu"]) == PLACE


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "softmax"},
        {"kind": None},
        {"level": 4},
        {"level": True},
        {"level": "2"},
        {"seed": -1},
        {"seed": MAX_SEED + 1},
        {"seed": 1.5},
        {"seed": None},
    ],
)
def test_what_is_no_exercise_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(CnnvizError):
        read_question({"kind": "relu", "level": 2, "seed": 7} | changed, ["next_cell", "relu"])
