"""Validation of browsers' messages to a room."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz import samples
from cnnviz.errors import CnnvizError
from cnnviz.formats import picture_text
from cnnviz.hosting.rooms import base


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Mina", "Mina"),
        ("  김  민수 ", "김 민수"),
        ("<b>x</b>", "<b>x</b>"),  # a text: browsers set it as one
        ("a\u202e\u2066b\u200bc\ufeff", "abc"),  # turns the line round, or is not seen
        ("a\x00\x1b[31m\r\nb", "a[31mb"),
        ("z" + "\u0301" * 30, "\u017a\u0301"),
        ("é" + "\u0301\u0302", "é\u0301"),
        ("x" * 50, "x" * 20),
        ("\u2028\u2029", ""),
        (7, ""),
    ],
)
def test_a_nickname_can_be_projected(typed: Any, name: str) -> None:
    assert base.read_name(typed) == name
    assert base.read_name(base.read_name(typed)) == base.read_name(typed)


@pytest.mark.parametrize("code", ["", "K7M2Q", "K7M2QXX", "K7M2Q0", "K7M2QI", "K7M2QÄ", None, 1, "K" * 100])
def test_what_is_no_code_is_refused(code: Any) -> None:
    with pytest.raises(CnnvizError, match="must be"):
        base.read_code(code)


CHOICE = {
    "id": "question1",
    "form": "choice",
    "question": "?",
    "options": ["a", {"en": "b", "ko": "나"}],
    "right": 1,
}
NUMBER = {"id": "question1", "form": "number", "question": "?", "right": 2.5, "tolerance": 0.1}


OWN = {
    "id": "question1",
    "form": "exercise",
    "address": "/cnnviz/exercise/keras_lecture/0123456789abcdef/relu/1/7",
    "query": "",
    "picture": picture_text.write(samples().images[3]),
}


def test_a_view_may_have_a_picture_of_the_lecturers_own() -> None:
    view = {"page": "relu", "query": "picture=upload", "moment": ""}
    assert base.read_view({**view, "picture": ""}) == view == base.read_view(view)
    assert base.read_view({**view, "picture": OWN["picture"]}) == {**view, "picture": OWN["picture"]}
    for picture in ("x", OWN["picture"][:-4], 7, ["x"]):
        with pytest.raises(CnnvizError, match="must be"):
            base.read_view({**view, "picture": picture})


@pytest.mark.parametrize("poll", [CHOICE, NUMBER, OWN, {**CHOICE, "right": None}, {**NUMBER, "right": None}])
def test_a_question_is_read_as_it_is(poll: base.Json) -> None:
    assert base.read_poll({**poll, "more": "x" * 9}) == poll
    assert set(poll) - set(base.public(poll, False)) <= {"right", "tolerance"}
    assert base.public(poll, True) == poll


@pytest.mark.parametrize(
    "poll",
    [
        None,
        {**CHOICE, "id": "x y"},
        {**CHOICE, "options": ["a"] * 13},
        {**CHOICE, "options": ["a", "b" * 200]},
        {**CHOICE, "options": ["a", {"en": "b"}]},
        {**CHOICE, "right": 2},
        {**CHOICE, "right": True},
        {**CHOICE, "question": "?" * 400},
        {**NUMBER, "right": float("nan")},
        {**NUMBER, "right": 1e300},
        {**NUMBER, "tolerance": None},
        {**NUMBER, "form": "other"},
        {**OWN, "picture": ""},
        {**OWN, "picture": "<b>"},
        {**OWN, "address": "//elsewhere/relu/1/7"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(poll: Any) -> None:
    with pytest.raises(CnnvizError, match="must be"):
        base.read_poll(poll)


def test_who_was_not_heard_of_for_long_is_not_counted() -> None:
    people = [{"at": at, "following": True, "name": "Mina"} for at in (0.0, 100.0)]
    assert base.count_people(people, 100.0) == base.People(1, 0, ("Mina",))


def test_secrets_lead_rooms_of_different_codes() -> None:
    found = {base.new_secret() for _ in range(20)}
    assert len(found) == 20
    assert len({base.code_of(secret) for secret in found}) == 20
    assert all(base.read_code(base.code_of(secret)) for secret in found)
