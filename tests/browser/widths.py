"""A page at every width: nothing overlaps, nothing scrolls sideways, all can be pressed."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE

WIDEST = 3840
WIDTHS = (1920, 1440, 1100, 1024, 768, 600, 390, 360)
FINGER = 40
"""Pixels that a target has at least, either way, on a phone."""
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


def expect_to_hold(page: Page, widths: Sequence[int]) -> None:
    """Expect of a page that is drawn that nothing overlaps at any width, and a finger hits all on a phone."""
    if not page.evaluate("Boolean(window.overlaps)"):
        load_measuring(page)
    for width in widths:
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        # it follows in time; to look 60 times a second would take longer than to follow
        page.wait_for_function("sideways() <= 0 && !overlaps().length", polling=100)
        if width == WIDEST:
            page.wait_for_function(ONE_COLUMN)
    page.set_viewport_size({**PHONE})
    with touching(page):
        page.wait_for_function("(least) => !smallTargets(least).length", arg=FINGER)
        page.wait_for_function("!coveringTools().length")
