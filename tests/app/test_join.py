"""The page of a class' room without a browser: a code that is typed stands in the link, on every page."""

from __future__ import annotations

import pytest

from cnnviz.text import translate
from tests.app.test_pages import open_page
from tests.thorough import either


@pytest.mark.parametrize("language", either(0))
def test_a_code_is_joined_however_it_is_typed_and_what_is_none_gets_a_sentence(language: str) -> None:
    app = open_page("join", lang=language)
    app.text_input(key="join_typed").set_value("12")
    app.button[0].click().run()
    assert [error.value for error in app.error] == [translate("join.no_code", language)]
    app.text_input(key="join_typed").set_value(" k7m 2qx")
    app.button[0].click().run()
    assert not app.error
    assert app.query_params["room"] == "K7M2QX"


def test_a_room_stays_in_the_link_and_a_secret_does_not() -> None:
    app = open_page("relu", lang="en", room="k7m-2qx", lead="a_secret_of_a_room")
    assert app.query_params["room"] == "K7M2QX"
    assert "lead" not in app.query_params
    assert "room" not in open_page("relu", lang="en", room="0").query_params
