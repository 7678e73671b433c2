"""A finger in a tab that has a mouse: the app is not loaded in a second tab, for fingers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Position

from tests.browser.conftest import resting_box
from tests.browser.widths import touching

HIT = """(element, { x, y }) => {
  let hit = document.elementFromPoint(x, y);
  let inner = hit;
  do [hit, inner] = [inner, inner?.shadowRoot?.elementFromPoint(x, y)];
  while (inner && inner !== hit);
  return element.contains(hit) || [...(element.labels ?? [])].some((label) => label.contains(hit));
}"""
"""Whether what is at a place of the screen is an element, or its label."""


@contextmanager
def finger(page: Page) -> Iterator[Callable[..., None]]:
    """Give a page a finger for its mouse; what is given taps at an element, once it rests."""
    with touching(page):
        session = page.context.new_cdp_session(page)

        def tap(element: Locator, position: Position | None = None) -> None:
            element.evaluate(
                "(element) => element.scrollIntoView({ block: 'center' })"
            )  # beside what is on top
            box = resting_box(element)
            x, y = (position["x"], position["y"]) if position else (box["width"] / 2, box["height"] / 2)
            points = [{"x": box["x"] + x, "y": box["y"] + y}]
            assert element.evaluate(HIT, points[0]), element
            session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        try:
            yield tap
        finally:
            session.detach()
