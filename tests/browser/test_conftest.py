"""The check of the server's log can fail, and only for what is ours; tests leave no page state behind."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from cnnviz.text import translate
from tests.browser.app_tab import empty, open_app
from tests.browser.conftest import DESKTOP, PHONE, Profile, opening, tracebacks


@pytest.mark.parametrize(
    "log",
    [
        'Traceback (most recent call last):\n  File "/a/app.py", line 17, in <module>',
        "\x1b[31m│\x1b[0m Traceback │\n│ /a/cnnviz/pa │\n│ \x1b[1mges/relu.py\x1b[0m:3 │",
        "Traceback /a/cnnviz/network.py:9",
    ],
)
def test_a_traceback_through_this_project_is_found(log: str) -> None:
    assert len(tracebacks(log)) == 1


def test_a_race_of_streamlit_is_not_ours() -> None:
    log = "Traceback /venv/streamlit/runtime/state/session_state.py:222 in __iter__ RuntimeError"
    assert not tracebacks(log)
    assert not tracebacks("/a/cnnviz/network.py started")


def test_nothing_but_its_cache_is_left_of_an_earlier_page(
    chromium: Browser, profiles: dict[str, Profile], server: str
) -> None:
    for _ in range(2):
        with opening(chromium, profiles, []) as opened:
            page = opened()
            assert page.viewport_size == DESKTOP
            page.goto(f"{server}/relu?lang=en")
            kept = "[document.cookie.includes('left'), localStorage.left, sessionStorage.left]"
            assert page.evaluate(kept) == [False, None, None]
            page.evaluate("document.cookie = 'left=1'; localStorage.left = sessionStorage.left = 1")
            assert page.evaluate(kept) == [True, "1", "1"]
            page.set_viewport_size({**PHONE})
            page.route("**", lambda route: route.abort())


def test_the_app_begins_anew_without_a_load(page: Page, server: str) -> None:
    """A new session, which knows nothing of the one before, and a document as after a load."""
    open_app(page, f"{server}/relu?lang=ko&map=5")
    map_number = page.get_by_role("spinbutton", name=translate("relu.map", "ko"))
    expect(map_number).to_have_value("5")
    page.evaluate("document.documentElement.dataset.left = window.left = 1")
    empty(page)
    assert page.evaluate("[window.left, document.documentElement.dataset.left]") == [1, None]
    assert page.locator("#root *").count() == 0
    assert page.title() == ""
    for query, number in (("&map=7", "7"), ("", "0")):
        open_app(page, f"{server}/relu?lang=en{query}")
        expect(page.get_by_role("spinbutton", name=translate("relu.map", "en"))).to_have_value(number)
        expect(page).to_have_title(f"{translate('frame.page_relu', 'en')} · CNNViz")
        assert page.evaluate("window.left") == 1
