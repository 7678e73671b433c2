"""Forced colours, as of Windows' high contrast: what is chosen, focused and coloured can still be told."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.app_tab import open_app
from tests.browser.conftest import OpenPage, drawn, expect_ended

NONE = "rgba(0, 0, 0, 0)"


def expect_outlined(chosen: Locator, other: Locator) -> None:
    """Expect that what is chosen has an outline, and what is not has none."""
    expect(chosen).to_be_visible()
    expect(chosen).to_have_css("outline-style", "solid")
    expect(chosen).to_have_css("outline-width", re.compile(r"^([2-9]|\d{2})"))
    expect(other).to_have_css("outline-style", "none")


def background(locator: Locator) -> str:
    return str(locator.evaluate("(one) => getComputedStyle(one).backgroundColor"))


def forced(open_page: OpenPage, url: str, name: str) -> Page:
    page = open_page(forced_colors="active")
    open_app(page, url)
    expect(drawn(page, name)).to_be_visible()
    return page


def test_bars_and_what_is_chosen_on_network(open_page: OpenPage, server: str) -> None:
    page = forced(open_page, f"{server}/?lang=en", "network")
    pictures = page.locator(".pictures button")
    expect_outlined(pictures.first, pictures.nth(1))
    menu = page.locator(".line a")
    expect_outlined(menu.first, menu.nth(1))
    languages = page.get_by_test_id("stSidebar").locator("[role=radio][data-variant]")
    expect_outlined(languages.first, languages.nth(1))
    bars = page.locator(".answer .track i")
    expect(bars).to_have_count(10)
    page_colour = background(page.locator("body"))
    assert not {page_colour, NONE} & {background(bar) for bar in bars.all()}
    expect_ended(page)  # what comes may take the focus
    languages.first.focus()
    page.keyboard.press("Tab")  # what the keyboard is on
    expect(page.locator("summary:focus")).to_have_css("outline-style", "solid")


def test_numbers_keep_their_colours_in_the_stepper(open_page: OpenPage, server: str) -> None:
    page = forced(open_page, f"{server}/convolution?lang=en", "convolution")
    products = page.locator("[data-kind=product]")
    expect(products).to_have_count(27)
    colours = {background(cell) for cell in products.all()}
    assert len(colours) > 5  # each its own
