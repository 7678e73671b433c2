"""A component's message is resent until it has been received, and is received once."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from cnnviz.components.message import LEADING, TOKENS, Received
from cnnviz.hosting import resending
from cnnviz.hosting.resending import KEPT, LONGEST, PATIENCE, Outbox

TILES, GRID = "$$ID-1-tiles", "$$ID-2-grid"
Events = list[dict[str, Any]]


def said(*, turns: bool = False, button: bool = False, **events: Events | str) -> bytes:
    """Return what a browser says: the events of "tiles" and "grid", or a text in their place."""
    message = BackMsg()
    message.rerun_script.is_history_navigation = turns
    message.rerun_script.widget_states.widgets.add(id="a choice", string_value="relu")
    if button:
        message.rerun_script.widget_states.widgets.add(id="a button", trigger_value=True)
    for name, each in events.items():
        text = each if isinstance(each, str) else json.dumps(each)
        identity = resending.BEFORE + {"tiles": TILES, "grid": GRID}[name] + resending.AFTER
        message.rerun_script.widget_states.widgets.add(id=identity, json_trigger_value=text)
    return message.SerializeToString()


def told(name: str, value: Any) -> Events:
    return [{"event": name, "value": value}]


class Told:
    """The message for Streamlit. events: {component: {name: value}}, in order. tokens: of those."""

    def __init__(self, content: bytes) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        widgets = BackMsg.FromString(content).rerun_script.widget_states.widgets
        self.known = {each.id for each in widgets}
        for each in widgets:
            if each.json_trigger_value:
                events = {one["event"]: one["value"] for one in json.loads(each.json_trigger_value)}
                self.tokens |= events.pop(TOKENS)
                component = each.id.removeprefix(resending.BEFORE).removesuffix(resending.AFTER)
                self.events[component] = events


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def passed_on(received: Received) -> Callable[[bytes], Told]:
    outbox = Outbox(received, TOKENS, LEADING)
    return lambda content: Told(outbox.passed_on(content))


def test_a_message_goes_on_with_its_components_state_and_again_until_it_is_received(
    received: Received, passed_on: Callable[[bytes], Told]
) -> None:
    first = passed_on(said(tiles=told("selection", 3)))
    assert first.events == {TILES: {"selection": 3}}
    assert {TILES, "a choice"} <= first.known
    again = passed_on(said(turns=True))
    assert (again.events, again.tokens) == (first.events, first.tokens)
    assert {TILES, "a choice"} <= again.known
    received.add(first.tokens["selection"])
    assert passed_on(said()).events == {}


def test_those_before_come_first_and_of_one_name_the_last_counts(
    received: Received, passed_on: Callable[[bytes], Told]
) -> None:
    first = passed_on(said(grid=told("drill", 1) + told("scale", "map")))
    then = passed_on(said(tiles=told("selection", 3), grid=told("drill", 2)))
    assert then.events == {GRID: {"scale": "map", "drill": 2}, TILES: {"selection": 3}}
    assert first.tokens["drill"] in received  # a run that is late does not take it for another one
    assert then.tokens["scale"] == first.tokens["scale"] not in received
    assert [*passed_on(said()).events] == [GRID, TILES]


@pytest.mark.parametrize(
    "after", [said(turns=True), said(button=True), said(tiles=told("step", "dot"))], ids=str
)
def test_a_press_that_leads_to_a_page_takes_the_place_of_another_one(
    received: Received, passed_on: Callable[[bytes], Told], after: bytes
) -> None:
    first = passed_on(said(grid=told("cell", [1, 2]) + told("drill", 1)))
    assert passed_on(said()).events == {GRID: {"cell": [1, 2], "drill": 1}}
    assert passed_on(after).events[GRID] == {"drill": 1}
    assert first.tokens["cell"] in received


def test_what_nobody_has_received_for_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch, passed_on: Callable[[bytes], Told]
) -> None:
    for at, expected in ((0.0, 3), (PATIENCE, 3), (PATIENCE + 1, None)):
        monkeypatch.setattr(resending, "time", SimpleNamespace(monotonic=lambda at=at: at))
        events = passed_on(said(tiles=told("selection", 3)) if at == 0.0 else said()).events
        assert events.get(TILES, {}).get("selection") == expected


def test_more_than_a_browser_sends_goes_on_once(passed_on: Callable[[bytes], Told]) -> None:
    many = [event for k in range(KEPT + 1) for event in told(f"name_{k}", k)]
    assert len(passed_on(said(tiles=many)).events[TILES]) == KEPT + 1
    assert len(passed_on(said()).events[TILES]) == KEPT


def test_a_long_message_goes_on_once(passed_on: Callable[[bytes], Told]) -> None:
    assert passed_on(said(tiles=told("selection", "a" * LONGEST))).tokens == {}
    assert passed_on(said()).events == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "{}",
        "[3]",
        '[{"event": 3, "value": 3}]',
        '[{"event": "selection"}]',
        '[{"event": "selection", "value": NaN}]',
        "[" * 100_000,
        "9" * 5_000,
        json.dumps(told(TOKENS, {"selection": "another visitor's"})),
    ],
    ids=range(10),
)
def test_what_no_component_sends_is_nothing(passed_on: Callable[[bytes], Told], text: str) -> None:
    assert passed_on(said(tiles=text)).events == {}


@pytest.mark.parametrize("content", [b"", b"\xff no message", said(), said(turns=True, button=True)])
def test_all_else_passes_as_it_is(received: Received, content: bytes) -> None:
    assert Outbox(received, TOKENS, LEADING).passed_on(content) == content


def test_of_what_has_been_received_only_the_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Received, "MOST", 2)
    received = Received()
    for token in "abc":
        received.add(token)
    assert [token in received for token in "abc"] == [False, True, True]
