"""Going from page to page in one tab, as a visitor does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from cnnviz.pages.frame import PAGES
from cnnviz.text import translate
from tests.browser.conftest import DESKTOP, drawn, harmless

GO = """(path) => {
  history.pushState(history.state, "", path);
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}"""
"""What the browser does when a visitor goes back or forward to an address: Streamlit turns to its page."""


class Walk:
    """A tab that goes from page to page without a load, which costs as much as to look at the page.

    Each stop stands alone: it may be the first, and after a failure the next one begins with a load.
    """

    def __init__(self, page: Page, server: str, errors: list[str]) -> None:
        """Take a tab that is empty.

        Args:
            page: the tab, in Korean. server: the app's address. errors: what its console says of errors.
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
        name = path.partition("?")[0]
        address = "/" if path == PAGES[0] else f"/{path}"
        if walked:
            page.evaluate(GO, address)
        else:
            page.goto(f"{self.server}{address}")
        # of the page before, what is drawn stands until the run has ended
        titles = "|".join(re.escape(translate(f"{name}.title", language)) for language in ("ko", "en"))
        heading = page.get_by_role("heading", level=1)
        expect(heading.filter(has_text=re.compile(f"^({titles})$")).first).to_be_visible()
        expect_ended(page)
        expect(page.locator(part).first if part else drawn(page, name)).to_be_visible()
        yield page
        self.loaded = True
        assert not [error for error in self.errors if not harmless(error)], self.errors


def expect_ended(page: Page) -> None:
    """Wait until the page's script has ended."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def speak(page: Page, name: str, language: str) -> None:
    """Switch page `name` to a language in place, and wait until it speaks it."""
    if page.locator("html").get_attribute("lang") != language:
        button = {"ko": "한국어", "en": "English"}[language]
        page.get_by_role("radio", name=button).or_(page.get_by_role("button", name=button)).first.click()
        page.mouse.move(0, 0)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1)).to_have_text(translate(f"{name}.title", language))
    expect(page).to_have_title(f"{translate(f'frame.page_{name}', language)} · CNNViz")
    expect_ended(page)
