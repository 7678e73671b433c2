"""Every page at every width: nothing overlaps, nothing scrolls sideways, all can be pressed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cnnviz.pages.frame import PAGES
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, drawn

WIDTHS = (1920, 1440, 1100, 1024, 768, 600, 390, 360)
FINGER = 40
"""Pixels that a target has at least, either way, on a phone."""
KOREAN = ("network", "training", "builder")
"""Pages that are measured in Korean; the others in English, whose words are longer."""

VIEWS = {
    "reasons?reasons_view=filters": ".st-key-reasons_ascent_steps",
    "reasons?reasons_view=fooling": ".fooling[data-painted]",
    "reasons?reasons_sanity=1": "[data-testid=stImage] img",
    "data?data_view=augmentation": ".st-key-augment_answer",
}
"""Views that a page has beside the one that it opens with, and what is there once they are drawn."""

ONE_COLUMN = """() => {
  const ems = (text) => text.clientWidth / parseFloat(getComputedStyle(text).fontSize);
  const column = document.querySelector(".stMainBlockContainer");
  return column.clientWidth <= 1920 && [...column.querySelectorAll("p")].every((text) => ems(text) <= 60);
}"""
"""On the widest screen a page keeps together, and its lines are no longer than the eye follows."""


def load_measuring(page: Page) -> None:
    script = base64.b64encode(Path(__file__).with_name("measuring.js").read_bytes()).decode()
    page.evaluate(
        "async (source) => Object.assign(window, await import(source))",
        f"data:text/javascript;base64,{script}",
    )


@contextmanager
def touching(page: Page) -> Iterator[None]:
    """Give a page fingers instead of a mouse: to load it anew on a phone takes longer than to measure it."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        page.wait_for_function("matchMedia('(pointer: coarse)').matches")
        yield
    finally:
        session.detach()  # and with it the fingers


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_at_every_width_and_a_finger_hits_all_on_a_phone(
    open_page: OpenPage, server: str, name: str
) -> None:
    page = open_page(locale="ko-KR" if name in KOREAN else "en-US")
    page.goto(f"{server}/{'' if name == PAGES[0] else name}")
    expect(drawn(page, name)).to_be_visible()
    load_measuring(page)
    for width in (3840, *WIDTHS) if name in ("network", "convolution") else WIDTHS:
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        page.wait_for_function("sideways() <= 0 && !overlaps().length")  # it follows in time
        if width == 3840:
            page.wait_for_function(ONE_COLUMN)
    page.set_viewport_size(PHONE)
    with touching(page):
        page.wait_for_function("(least) => !smallTargets(least).length", arg=FINGER)
        page.wait_for_function("!coveringTools().length")


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_beside_a_pages_first_holds_from_a_laptop_to_a_phone(
    open_page: OpenPage, server: str, path: str
) -> None:
    page = open_page(locale="en-US")
    page.goto(f"{server}/{path}")
    expect(page.locator(VIEWS[path]).first).to_be_visible()
    load_measuring(page)
    for width in (1440, 1024, 600, 360):
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        page.wait_for_function("sideways() <= 0 && !overlaps().length")
    page.set_viewport_size(PHONE)
    with touching(page):
        page.wait_for_function("(least) => !smallTargets(least).length", arg=FINGER)
        page.wait_for_function("!coveringTools().length")
