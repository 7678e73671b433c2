"""Messages of components: whatever comes, a reader takes it or refuses it, and each one is received once."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from streamlit.runtime.scriptrunner import StopException
from streamlit.util import AttributeDictionary

from cnnviz.components import (
    ascent_view,
    batch_view,
    crop_picker,
    dense_view,
    descent,
    exercise_view,
    feature_grid,
    fooling_view,
    heat_map,
    learning_view,
    loss_view,
    message,
    network_map,
    pixel_numbers,
    playground,
    reshape_slip,
    room,
    shifts,
    stack_editor,
    stepper,
    weight_gradient,
)
from cnnviz.components.message import callbacks, receiver
from cnnviz.components.value import index, integer
from cnnviz.errors import CnnvizError
from cnnviz.networks import zoo

LAYERS = zoo.get("keras_lecture").layers
READERS: dict[str, Callable[[Any], Any]] = {
    "ascent_view": lambda value: ascent_view.read_picture(value, 5),
    "batch_view": lambda value: batch_view.read_selection(value, (4, 8, 8)),
    "crop_picker": lambda value: crop_picker.read_crop(value, 30, 40),
    "descent": lambda value: descent.read_selection(value, 2.0),
    "dense_view": lambda value: dense_view.read_selection(value, {"dense1": 512}, 8192),
    "exercise_view": lambda value: exercise_view.read_question(value, ["relu", "softmax"]),
    "feature_grid": lambda value: feature_grid.read_cell(value, LAYERS),
    "fooling_view": lambda value: fooling_view.read_step(value, 10),
    "gallery": lambda value: index(value, 20),
    "heat_map": lambda value: heat_map.read_selection(value, 10),
    "learning_view": lambda value: learning_view.read_selection(value, [0, 1, 2], 32),
    "loss_view": loss_view.read_selection,
    "network_map": lambda value: network_map.read_view(value, ["conv1", "relu1"]),
    "pixel_numbers": lambda value: pixel_numbers.read_view(value, (32, 32, 3)),
    "playground": playground.read_selection,
    "reshape_slip": lambda value: reshape_slip.read_pixel(value, (32, 32, 3)),
    "room": lambda value: room.read_target(value, ("network", "relu")),
    "shifts": lambda value: shifts.read_selection(value, 10),
    "stack_editor": stack_editor.read_stack,
    "stepper": lambda value: stepper.read_selection(value, 30, 30, 3),
    "weight_gradient": lambda value: weight_gradient.read_selection(value, (3, 3), (8, 8)),
}
FIELDS = (
    *(
        "across",
        "back",
        "blocks",
        "cell",
        "channel",
        "col",
        "dx",
        "dy",
        "entry",
        "filter",
        "filters",
        "height",
    ),
    *("kind", "layer", "left", "level", "map", "number", "opacity", "open", "p", "page", "picked", "picture"),
    *("plain", "position", "query", "rate", "relu", "row", "rule", "scale", "seed", "side", "size", "stage"),
    *("start", "step", "steps", "target", "temperature", "top", "toward", "unit", "watched", "way", "weight"),
)
WORDS = ("conv", "relu", "dense1", "conv1", "map", "training", "wrong", "red", "byte", "same", "add", "")
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-2, 40)
    | some.sampled_from([10**400, -(10**400), math.nan, math.inf, 0.5, 2**53])
    | some.sampled_from(WORDS)
    | some.text(max_size=3)
)
ANYTHING = some.recursive(
    LEAVES,
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(some.sampled_from(FIELDS), inside),
    max_leaves=20,
)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(value=ANYTHING)
def test_whatever_comes_is_taken_or_refused(read: Callable[[Any], Any], value: Any) -> None:
    taken: list[Any] = []
    receiver(read, taken.append)(value)  # raises nothing
    assert taken in ([], [read(value)] if taken else [])


def test_every_component_with_a_reader_of_its_own_is_tried() -> None:
    sources = Path(message.__file__).parent.glob("*.py")
    assert {path.stem for path in sources if "\ndef read_" in path.read_text("utf-8")} <= set(READERS)


def test_a_message_is_handed_on_and_a_malformed_one_is_dropped() -> None:
    taken: list[int] = []
    receive = receiver(lambda value: integer(value, 0, 9), taken.append)
    for value in (3, None, "3", 10, [3], 0):
        receive(value)
    assert taken == [3, 0]


def test_an_error_of_what_is_done_with_a_message_is_not_hidden() -> None:
    def refuse(value: int) -> None:
        raise CnnvizError("`layer` must be one of the network's.")

    with pytest.raises(CnnvizError, match="one of the network's"):
        receiver(lambda value: integer(value, 0, 9), refuse)(3)


@pytest.mark.parametrize(
    ("kept", "received"),
    [
        (AttributeDictionary(selection=3, scale="map"), [3]),
        (AttributeDictionary(scale="map"), [None]),
        (None, [None]),
        ([3], [None]),
    ],
)
def test_each_receiver_gets_the_message_of_its_name(
    monkeypatch: pytest.MonkeyPatch, kept: Any, received: list[Any]
) -> None:
    monkeypatch.setattr(st, "session_state", {"grid": kept})
    taken: list[Any] = []
    made = callbacks("grid", {"selection": taken.append, "scale": lambda value: None})
    assert set(made) == {"on_selection_change", "on_scale_change"}
    made["on_selection_change"]()
    assert taken == received


class Overtaken:
    """A session whose run Streamlit ends where it next asks for session state, the first so many times."""

    def __init__(self, value: Any, token: str, times: int) -> None:
        self.kept = {"selection": value, message.TOKENS: {"selection": token}}
        self.times = times

    def get(self, key: str) -> Any:
        return self.kept

    def ask(self) -> None:
        self.times -= 1
        if self.times >= 0:
            raise StopException


def test_a_message_that_comes_again_is_received_once(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    receive = callbacks("grid", {"selection": taken.append})["on_selection_change"]
    for value, token in ((3, "first"), (3, "first"), (3, "second"), (4, ""), (4, "")):
        monkeypatch.setattr(st, "session_state", Overtaken(value, token, 0))
        receive()
    assert taken == [3, 3, 4, 4]
    assert "" not in message.RECEIVED


def test_a_message_whose_run_is_overtaken_is_received_when_it_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, taken = Overtaken(3, "overtaken", 1), list[int]()
    monkeypatch.setattr(st, "session_state", session)

    def handle(value: int) -> None:
        session.ask()
        taken.append(value)

    receive = callbacks("grid", {"selection": handle})["on_selection_change"]
    with pytest.raises(StopException):
        receive()
    receive()
    receive()
    assert taken == [3]


def test_a_message_that_fails_does_not_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", Overtaken(3, "fails", 0))
    with pytest.raises(ZeroDivisionError):
        callbacks("grid", {"selection": lambda value: 1 / 0})["on_selection_change"]()
    assert "fails" in message.RECEIVED
