"""The check of the server's log can fail, and only for what is ours; tests leave no page state behind."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

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
