"""Whatever a browser says its widgets hold, a message starts a run or two, and then it is quiet.

What a browser holds comes with every message and stays true in every run, also of a widget whose value is
there for one run only: a key that was pressed, a clicked cell.
"""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from cnnviz.explain import lecture
from cnnviz.pages.navigation import PAGES
from tests.protocol.visitor import Visitor, visit
from tests.thorough import thorough

FEW = 3
"""Runs: the one that was asked for, and one more of each thing that a message sets going."""
CELL = {"layer": "conv1", "map": 0, "row": 1, "col": 2}
HELD: dict[str, Any] = {
    "leave": True,
    "cell": CELL,
    "scale": "map",
    "selection": {"dx": 1, "dy": 1, "watched": None, "cell": [1, 1], "channel": 0},
    "stack": {"blocks": []},
}
"""Messages of the components of all pages: what is one of theirs is nothing to the others."""


def states_of(visitor: Visitor, field: str, value: Any) -> list[WidgetState]:
    """Return the same value for all widgets that are drawn."""
    states = [WidgetState(id=each) for each in visitor.widgets()]
    for state in states:
        if hasattr(getattr(state, field), "data"):
            getattr(state, field).data.extend(value)
        else:
            setattr(state, field, value)
    return states


LECTURES = ("relu", "uses", "dot", "relu")
TOLD: tuple[dict[str, Any], ...] = (
    {"leave": True},
    {"step": "edges"},
    {"step": "dot"},
    {"step": ["dot"], "leave": []},
)
KEYS = tuple(product(dict.fromkeys(LECTURES), TOLD) if thorough() else zip(LECTURES, TOLD, strict=True))


@pytest.mark.parametrize(("name", "told"), KEYS)
def test_a_key_that_a_browser_says_is_held_down_counts_once(server: str, name: str, told: Any) -> None:
    with visit(server) as visitor:
        visitor.run(lecture.find(name).page, f"lang=en&present=1&lecture={name}")
        assert visitor.run(lecture_keys=told) <= FEW
        if told.get("leave"):
            assert "present" not in visitor.query
        if isinstance(told.get("step"), str):
            assert f"lecture={told['step']}" in visitor.query
        shown = visitor.query
        assert (
            visitor.run(query=shown, lecture_keys=told) <= FEW
        )  # and again, as browsers do with each message


def test_a_cell_that_a_browser_says_is_clicked_opens_once(server: str) -> None:
    with visit(server) as visitor:
        visitor.run("", "lang=en")
        grid = WidgetState(id=visitor.widget("grid"), json_value=json.dumps({"cell": CELL}))
        assert visitor.run(states=[grid]) <= FEW
        assert visitor.page == visitor.pages["convolution"]
        visitor.run("")
        assert visitor.run(states=[grid]) <= FEW


@pytest.mark.parametrize("page", PAGES)
def test_no_value_of_any_widget_starts_runs_without_end(server: str, page: str) -> None:
    values: list[tuple[str, Any]] = [
        ("json_value", json.dumps(HELD)),
        ("json_trigger_value", json.dumps([{"event": name, "value": told} for name, told in HELD.items()])),
        ("json_value", "[]"),
        ("trigger_value", True),
        ("bool_value", True),
        ("int_value", 1),
        ("double_value", 1.0),
        ("string_value", "relu"),
        ("string_trigger_value", "relu"),
        ("string_array_value", ["relu"]),
        ("int_array_value", [1]),
    ]
    address = ("" if page == PAGES[0] else page, "lang=en&lecture=dot")
    with visit(server) as visitor:
        visitor.run(*address)
        home = visitor.page
        for field, value in values:
            assert visitor.run(states=states_of(visitor, field, value)) <= FEW, field
            if visitor.page != home:  # a button led away
                visitor.run(*address)
