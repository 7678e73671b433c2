"""The map of a network in a browser: opened, walked by keys, searched, and found again by its link."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.app_tab import open_app, reopen_app
from tests.browser.conftest import drawn, resting_box


def test_map_opens_is_searched_and_leads_to_a_layer(server: str, page: Page) -> None:
    open_app(page, f"{server}/?model=resnet")
    resting = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(drawn(page, "network")).to_be_visible()
    expect(resting).to_be_attached()  # a page that is drawn again takes the focus
    page.locator(".st-key-network_map_section summary").click()
    block = page.get_by_role("treeitem", name="block2 9")
    expect(block).to_have_attribute("aria-expanded", "false")
    resting_box(block)  # the section unfolds for half a second
    block.click()
    expect(block).to_have_attribute("aria-expanded", "true")

    # keys: into the block, to its second part, open that, to its first layer
    expect(page).to_have_url(re.compile("network_map="))
    expect(resting).to_be_attached()
    expect(block).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    inner = page.get_by_role("treeitem", name=re.compile("^Convolution 5 [0-9]+×"))
    expect(inner).to_be_focused()
    expect(inner).to_have_attribute("aria-level", "3")
    expect(page.locator(".map .facts code")).to_have_text("block2_conv2")

    # search opens what hides the layer, and the link has all of it
    page.get_by_label("Find a layer").fill("block4_add")
    expect(page.locator(".map .found")).to_have_text("1 of 1")
    found = page.get_by_role("treeitem", name=re.compile("^Addition 4 [0-9]+×"))
    expect(found).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile("network_map_layer=block4_add"))
    reopen_app(page)
    expect(found).to_have_attribute("aria-selected", "true")
    expect(resting).to_be_attached()  # else what is pressed may be drawn anew meanwhile
    expect(inner).to_be_attached()  # still open

    # what is picked is shown above
    page.get_by_role("button", name="See its feature maps").click()
    expect(page).to_have_url(re.compile("look=block4_add"))
    expect(page.locator(".grid .facts")).to_contain_text("Batch normalisation 11")

    # it stays open in the other language, whose title is another one
    page.get_by_role("radio", name="한국어").click()
    expect(page.get_by_role("treeitem", name=re.compile("^합성곱 5 [0-9]+×"))).to_be_attached()
