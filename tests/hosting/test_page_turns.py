"""Late messages of a page go to the page that was asked for, or are dropped."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from cnnviz.hosting.page_turns import Turn

AT = "http://localhost:8501/viz"


def rerun(page: str, address: str, *, fragment: str = "", history: bool = False) -> bytes:
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.context_info.url = address
    message.rerun_script.fragment_id = fragment
    message.rerun_script.is_history_navigation = history
    return message.SerializeToString()


def page_of(content: bytes | None) -> str:
    assert content is not None
    return BackMsg.FromString(content).rerun_script.page_script_hash


@pytest.fixture
def turn() -> Turn:
    """Return that of a browser that has just asked for a page, from the home page."""
    turn = Turn()
    for said in (rerun("home", AT), rerun("dense", f"{AT}/dense?lang=ko", history=True)):
        assert turn.passed_on(said) == said
    return turn


def test_a_late_message_goes_to_the_page_that_was_asked_for(turn: Turn) -> None:
    assert page_of(turn.passed_on(rerun("home", f"{AT}/dense?lang=ko"))) == "dense"


def test_a_part_of_the_page_that_is_left_is_not_drawn_again_but_what_it_sends_counts(turn: Turn) -> None:
    assert turn.passed_on(rerun("home", f"{AT}/dense", fragment="a clock")) is None
    message = BackMsg.FromString(rerun("home", f"{AT}/dense", fragment="an exercise"))
    message.rerun_script.widget_states.widgets.add(id="exercise", json_trigger_value="[]")
    passed = turn.passed_on(message.SerializeToString())
    assert page_of(passed) == "dense"
    assert not BackMsg.FromString(passed or b"").rerun_script.fragment_id


@pytest.mark.parametrize(
    "said",
    [
        rerun("dense", f"{AT}/dense?unit=2"),
        rerun("dense", f"{AT}/dense", fragment="a clock"),
        rerun("home", AT),  # the server has led there
        rerun("home", f"{AT}/", history=True),
        rerun("home", "http://["),
        rerun("home", ""),
        b"",
        b"\xff no message",
    ],
)
def test_all_else_passes_as_it_is(turn: Turn, said: bytes) -> None:
    assert turn.passed_on(said) == said


def test_the_last_turn_counts(turn: Turn) -> None:
    turn.passed_on(rerun("home", f"{AT}/relu", history=True))  # the page of the turn before has not come
    turn.passed_on(rerun("relu", f"{AT}/relu", history=True))
    assert page_of(turn.passed_on(rerun("home", f"{AT}/relu"))) == "relu"
    assert page_of(turn.passed_on(rerun("home", f"{AT}/dense"))) == "home"
