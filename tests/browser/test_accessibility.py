"""The stage against WCAG 2.2; pages by keyboard, and by ear. All pages, and phones: test_every_page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import OpenPage, drawn, expect_ended, expect_nothing, open_settings
from tests.browser.guidelines import expect_none, show
from tests.browser.test_every_page import KOREAN_BROKEN_OR_SLANTED


def test_the_stage_violates_no_guideline(open_page: OpenPage, server: str) -> None:
    page = open_page(reduced_motion="reduce")
    open_app(page, f"{server}/?lecture=dot&present=1&lang=ko")
    expect(page.locator("[data-painted], [data-step]").first).to_be_visible()
    show(page, theme="dark")
    expect(page.get_by_test_id("stSidebar")).to_have_css("transition-duration", "0s")  # it slides for others
    expect_none(page, "the stage")


def test_a_korean_page_says_nothing_in_english(page: Page, server: str) -> None:
    """Names of Streamlit's own widgets: regions, menus, and the buttons of each number, with what it is."""
    open_app(page, f"{server}/convolution?lang=ko")
    stride = translate("convolution.stride_rows", "ko")
    more = translate("surroundings.increment", "ko", name=stride)
    expect(page.get_by_test_id("stNumberInput").get_by_role("button", name=more)).to_have_count(1)
    expect_ended(page)
    expect_nothing(page, ENGLISH)
    page.get_by_test_id("stMainMenuButton").click()  # what is written, too
    menu = page.get_by_test_id("stMainMenuPopover")
    for word in ("print", "theme_dark", "record", "made_with"):
        expect(menu).to_contain_text(translate(f"surroundings.{word}", "ko"))

    # the theme changes without a run: what the browser draws and the word mark follow
    document, logo = page.locator("html"), page.get_by_test_id("stSidebarLogo")
    expect(logo).to_have_css("filter", "none")
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    expect(document).to_have_css("color-scheme", "dark")
    expect(logo).to_have_css("filter", re.compile("invert"))
    page.keyboard.press("Escape")
    page.get_by_role("link", name=translate("frame.page_relu", "ko"), exact=True).click()
    expect(logo).to_have_css("filter", "none")


ENGLISH = """() => {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
    [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
  return within(document).map((one) => one.ariaLabel ?? "").filter((name) =>
    /[A-Za-z]{4}/.test(name) && !/[가-힣]/.test(name) && !["TensorFlow", "Keras"].includes(name));
}"""
"""Names that are not translated; they are with the next frame."""


def test_korean_is_whole_and_upright_in_the_lectures_notes_and_the_settings_too(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/relu?lecture=relu&notes=1&lang=ko")
    expect(drawn(page, "relu")).to_be_visible()
    expect(open_settings(page).get_by_text(translate("frame.colours", "ko"))).to_be_visible()
    expect_nothing(page, KOREAN_BROKEN_OR_SLANTED)  # styles of components come after what they are for


@pytest.mark.parametrize("path", ["", "convolution", "lecture", "builder"])
def test_by_keyboard_every_stop_is_seen_and_none_is_a_trap(page: Page, server: str, path: str) -> None:
    """Tab through the page: each stop is another one, and has a frame or a shadow around it."""
    open_app(page, f"{server}/{path}?lang=en")
    expect(drawn(page, path or PAGES[0])).to_be_visible()
    expect_ended(page)
    expect(page.get_by_role("navigation").get_by_role("link").first).to_be_visible()
    page.mouse.move(0, 0)
    seen: list[str] = []
    hidden: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:  # the browser's own
            continue
        if stop["again"]:
            break
        seen.append(stop["path"])
        if not stop["visible"]:
            hidden.append(stop["path"])
    assert len(seen) > 15, seen
    assert any("nav:" in stop for stop in seen), seen
    assert not hidden, hidden


STOP = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (!element || element === document.body) return null;
  const again = (window.stops ??= new WeakSet()).has(element);
  window.stops.add(element);
  const order = [];
  for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
    const place = node.parentElement ? [...node.parentElement.children].indexOf(node) : 0;
    order.unshift(`${node.localName}${node.dataset?.testid ? `[${node.dataset.testid}]` : ""}:${place}`);
  }
  const framed = (node) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(node);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
  };
  const around = [element.parentElement, element.parentElement?.parentElement];
  const frames = [element, ...around, ...element.children, ...(element.labels ?? [])].filter(Boolean);
  const field = element.matches("input:not([type=radio], [type=checkbox], [type=range]), select, textarea");
  return { again, path: order.join(" > "), visible: field || frames.some(framed) }; // a field has its caret
}"""
