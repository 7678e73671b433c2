"""The page of models in Chromium: a click on a point picks its network."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.networks import zoo
from cnnviz.networks.network import trained_names
from cnnviz.text import translate
from cnnviz.training.runs import read_card
from tests.browser.app_tab import open_app, reopen_app
from tests.browser.conftest import PHONE, expect_no_sideways_scrolling, resting_box

NAMES = [name for name in trained_names() if zoo.get(name).data_set == CIFAR10]


def heading(page: Page, name: str) -> Locator:
    title = translate("models.curves_title", "en", name=translate(f"models.short_{name}", "en"))
    return page.get_by_role("heading", name=title)


def chart(page: Page, name: str) -> Locator:
    return page.get_by_role("figure", name=translate(f"models.{name}_alt", "en"))


def click_point(page: Page, chart: Locator, index: int) -> None:
    """Click on a point as the visitor does: Plotly listens to the chart, not to the drawn shape."""
    chart.scroll_into_view_if_needed()
    point = chart.locator("path.point").nth(index)
    point.wait_for()
    while not (box := resting_box(point))["width"]:
        pass  # the chart has been drawn anew meanwhile
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def test_a_click_on_a_point_picks_its_network_everywhere_and_the_page_fits_a_phone(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/models?lang=en")
    expect(heading(page, NAMES[0])).to_be_visible()
    for which, index, name in (
        ("against_parameters", 1, NAMES[1]),
        ("against_time", 2, NAMES[2]),
        ("against_parameters", 1, NAMES[1]),  # the same point again, after another one
    ):
        click_point(page, chart(page, which), index)
        expect(heading(page, name)).to_be_visible()
        expect(page).to_have_url(re.compile(f"model={name}"))

    # the table says what the charts show
    table = page.get_by_role("table", name=translate("models.table_alt", "en"))
    for name in NAMES:
        header = table.get_by_role("columnheader", name=translate(f"models.short_{name}", "en"))
        expect(header).to_be_visible()
        expect(table).to_contain_text(f"{100 * read_card(name)['test']['accuracy']:.1f}%")

    # from its link, on a phone: the table scrolls and the page does not
    page.set_viewport_size(PHONE)
    reopen_app(page)
    expect(heading(page, NAMES[1])).to_be_visible()
    expect(page.get_by_role("table").last).to_be_visible()
    expect_no_sideways_scrolling(page)
