"""Going from page to page in one tab, as a visitor does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import DESKTOP, drawn, expect_ended, harmless

GO = """(path) => {
  history.pushState(history.state, "", path);
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}"""
"""The browser's navigation back or forward to an address, for which Streamlit opens the page."""
SHOWN = "!document.querySelector('[data-testid=stBidiComponentIsolated]:not([data-shown])')"
"""Whether all components have painted, also those that a page does not begin with."""


class Walk:
    """A tab that goes from page to page without a load, which costs as much as to look at the page.

    Each stop stands alone: it may be the first, and after a failure the next one begins with a load.
    """

    def __init__(self, page: Page, server: str, errors: list[str]) -> None:
        """Take a tab that is empty.

        Args:
            page: the tab. server: the app's address. errors: what its console says of errors.
        """
        self.page, self.server, self.errors = page, server, errors
        self.loaded = False

    @contextmanager
    def at(self, path: str, part: str = "") -> Iterator[Page]:
        """Give the tab with a page drawn, on a desktop; in the end the console must have said nothing.

        Args:
            path: a page's name, or more, with a query, which counts only in a load. part: what is there once
                it is drawn, if it is not what a page begins with.
        """
        page, walked = self.page, self.loaded and "?" not in path
        self.loaded = False
        self.errors.clear()
        page.set_viewport_size({**DESKTOP})
        page.mouse.move(0, 0)
        name = path.partition("?")[0] or PAGES[0]
        address = "/" if path == PAGES[0] else f"/{path}"
        if walked:
            page.evaluate(GO, address)
        else:
            open_app(page, f"{self.server}{address}")
        # of the page before, what is drawn stands until the run has ended
        titles = "|".join(re.escape(translate(f"{name}.title", language)) for language in ("ko", "en"))
        page.locator("h1").filter(has_text=re.compile(f"^({titles})$")).first.wait_for()
        expect_ended(page)
        (page.locator(part).first if part else drawn(page, name)).wait_for()
        page.wait_for_function(SHOWN, polling=50)
        yield page
        self.loaded = True
        assert not [error for error in self.errors if not harmless(error)], self.errors


def speak(page: Page, name: str, language: str) -> None:
    """Switch page `name` to a language in place, and wait until it speaks it."""
    # not what the document says: after a load it says "en" until its component is there
    choice = page.get_by_role("radio", name={"ko": "한국어", "en": "English"}[language], exact=True)
    if not choice.is_checked():
        choice.click()
        page.mouse.move(0, 0)
    page.locator(f"html[lang={language}]").wait_for(state="attached")
    expect(page.get_by_role("heading", level=1)).to_have_text(translate(f"{name}.title", language))
    expect(page).to_have_title(f"{translate(f'frame.page_{name}', language)} · CNNViz")
    expect_ended(page)
