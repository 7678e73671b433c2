"""A page at every width: nothing overlaps, nothing scrolls sideways, all can be pressed."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, TimeoutError

from tests.browser.conftest import DESKTOP, PHONE, next_frame

WIDEST = 3840
WIDTHS = (1440, 1920, 1100, 1024, 768, 600)
"""Of computers, from a desktop's on, which a page has when it is drawn."""
BY_TURNS = ((1440, 1024, 600), (1440, 1920, 768))
"""Each half of the layouts: pages are looked at in one or the other."""
PHONES = (PHONE["width"], 360)
HOLDS = "sideways() <= 0 && !overlaps().length"
HOLDS_FOR_A_FINGER = f"""(least) => {HOLDS} && !smallTargets(least).length && !coveringTools().length
  && !smallFields().length"""
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


def wait_for(page: Page, met: str, arg: int | None = None) -> None:
    """Wait until what a page measures is met; what follows a new width follows in time.

    Raises:
        AssertionError: it never is; says what is in the way.
    """
    try:
        # to look 60 times a second would take longer than to follow
        page.wait_for_function(met, arg=arg, polling=100)
    except TimeoutError:
        found = page.evaluate(
            "(least) => [sideways(), overlaps(), smallTargets(least), coveringTools(), smallFields()]"
            ".map(String)",
            FINGER,
        )
        names = ("sideways, px", "over one another", f"below {FINGER} px", "tools over", "fields below 16 px")
        seen = "; ".join(f"{name}: {what}" for name, what in zip(names, found, strict=True))
        raise AssertionError(f"{page.url}, {page.evaluate('innerWidth')} px wide: {seen}") from None


def expect_to_hold(page: Page, widths: Sequence[int], phones: Sequence[int] = PHONES[:1]) -> None:
    """Expect of a page that is drawn that nothing overlaps at any width, and a finger hits all on a phone.

    It is left on the last of the phones, of which there is one at least.
    """
    if not page.evaluate("Boolean(window.overlaps)"):
        load_measuring(page)
    for width in widths:
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        next_frame(page)  # views have followed: as they were, they may hold, too
        wait_for(page, HOLDS)
        if width == WIDEST:
            wait_for(page, ONE_COLUMN)
    for width in phones:
        page.set_viewport_size({**PHONE, "width": width})
        with touching(page):
            next_frame(page)
            wait_for(page, HOLDS_FOR_A_FINGER, FINGER)
