"""The way from page to page, the strip of pictures, and the drawers of a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.pages.navigation import PAGES
from cnnviz.text import translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import DESKTOP, PHONE, drawn, expect_ended, open_settings, resting_box
from tests.browser.fingers import finger
from tests.browser.held_line import HeldLine

SHARE = 0.11
"""The most of a desktop's width that the strip of pictures takes."""


PRESS_WHILE_THEY_SHRINK = """(settings) => {
  settings.animate({ height: ["300px", "200px"] }, 1000); // as where there is less in them now
  document.querySelector("h1").dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
}"""

PRESS_BOTH = """(link, [tile, first, second]) => {
  const press = (it, delay) => (delay ? setTimeout(() => it.click(), delay) : it.click());
  press(tile, first);
  press(link, second);
}"""


def expect_title(page: Page, name: str, language: str = "en") -> None:
    """Wait for the page of that name: its title, beside which that of the page before may stand a while."""
    title = translate(f"{name}.title", language)
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


def test_the_navigation_leads_to_every_page_in_korean_and_keeps_the_choices(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    open_app(page, f"{server}/relu?lang=ko&picture=sample-1&map=5")
    expect(drawn(page, "relu")).to_be_visible()
    page.get_by_role("button", name=translate("frame.more_pages", "ko")).click()
    links = page.locator(".pages").get_by_role("link")
    expect(links).to_have_text([translate(f"frame.page_{name}", "ko") for name in PAGES])
    expect(page.locator(".pages [aria-current=page]")).to_have_text(translate("frame.page_relu", "ko"))
    models = links.nth(PAGES.index("models"))
    models.hover()
    expect(models).to_have_attribute("href", re.compile(r"/models\?(?=.*picture=sample-1)(?!.*map=)"))
    models.press("Enter")
    expect_title(page, "models", "ko")
    expect(page).to_have_url(re.compile("/models.*picture=sample-1"))
    page.go_back()
    expect_title(page, "relu", "ko")


def test_the_sidebar_is_a_strip_whose_settings_open_beside_it(page: Page, server: str) -> None:
    open_app(page, f"{server}/?lang=en")
    expect(drawn(page, "network")).to_be_visible()
    sidebar = page.get_by_test_id("stSidebar")
    assert resting_box(sidebar)["width"] <= SHARE * DESKTOP["width"]
    expect(sidebar.get_by_test_id("stImage")).to_have_count(0)  # no second copy of the picture
    settings = open_settings(page)
    expect(settings.get_by_role("combobox", name=translate("frame.model", "en"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(settings.locator("details[open]")).to_have_count(0)
    open_settings(page)
    settings.locator("details").evaluate(PRESS_WHILE_THEY_SHRINK)
    expect(settings.locator("details[open]")).to_have_count(0)
    open_settings(page)
    page.get_by_role("heading", level=1).dblclick()  # which presses again while they close
    expect(settings.locator("details[open]")).to_have_count(0)


def test_the_drawers_of_a_phone_open_and_close_and_its_bar_leads_from_page_to_page(
    page: Page, server: str
) -> None:
    page.set_viewport_size({**PHONE})
    with finger(page) as tap:
        open_app(page, f"{server}/relu?lang=ko")
        expect(drawn(page, "relu")).to_be_visible()
        use_the_drawers(page, tap)
        go_by_the_bar(page, tap)


def use_the_drawers(page: Page, tap: Callable[..., None]) -> None:
    figures = [page.get_by_test_id("stMetric").nth(k) for k in range(3)]
    resting_box(figures[-1])
    rows = [figure.evaluate("(figure) => Math.round(figure.getBoundingClientRect().y)") for figure in figures]
    assert rows[0] == rows[1] < rows[2]  # two key figures in a row
    layer = page.locator(".st-key-controls").get_by_role("combobox", name=translate("relu.layer", "ko"))
    expect(layer).to_be_hidden()
    tap(page.get_by_role("button", name=translate("frame.adjust", "ko")))
    expect(layer).to_be_visible()
    expect(layer).to_be_focused()
    page.keyboard.press("Escape")
    expect(layer).to_be_hidden()
    sidebar = page.get_by_test_id("stSidebar")
    picture = page.get_by_role("button", name=translate("frame.picture", "ko"), exact=True)
    tap(picture)
    expect(sidebar).to_have_attribute("data-collapsed", "false")
    tap(sidebar.locator(".own"))  # below the pictures: it opens the settings where a file is asked for
    expect(sidebar.locator(".st-key-settings summary")).to_be_focused()
    file = sidebar.locator("input[type=file]")
    file.set_input_files({"name": "cat.png", "mimeType": "image/png", "buffer": b"a text"})
    expect(sidebar.get_by_test_id("stAlert")).to_contain_text("PNG")
    file.set_input_files(next(Path("assets/screenshots").glob("*.png")))
    expect(sidebar.locator(".st-key-crop_picker canvas").first).to_be_visible()
    expect(page).to_have_url(re.compile("picture=upload"))
    expect(sidebar).to_have_attribute("data-collapsed", "false")  # the crop is there to be moved
    tap(sidebar.get_by_role("radio", name=translate("frame.source_samples", "ko")))
    expect(file).to_have_count(0)
    pictures = sidebar.locator(".pictures")
    tap(pictures.get_by_role("radio").nth(1))
    expect(sidebar).to_have_attribute("data-collapsed", "true")
    expect(page).to_have_url(re.compile("picture=sample-1"))
    tap(picture)
    expect(sidebar).to_have_attribute("data-collapsed", "false")
    tap(sidebar.get_by_text("English"))
    expect(sidebar).to_have_attribute("data-collapsed", "true")


def go_by_the_bar(page: Page, tap: Callable[..., None]) -> None:
    bar = page.get_by_role("navigation", name=translate("frame.pages", "en"))
    box = resting_box(bar)
    assert box["y"] + box["height"] == PHONE["height"]
    assert box["height"] >= 48
    tap(bar.get_by_role("link", name=translate("frame.page_convolution", "en")))
    expect_title(page, "convolution", "en")
    expect(bar.locator("[aria-current=page]")).to_have_text(
        re.compile(translate("frame.page_convolution", "en"))
    )
    tap(page.get_by_role("button", name=translate("frame.more_pages", "en")))
    tap(page.locator(".pages").get_by_role("link", name=translate("frame.page_code", "en")))
    expect_title(page, "code", "en")


def test_a_picture_and_a_page_that_are_pressed_at_once_are_both_there(page: Page, server: str) -> None:
    tile = page.get_by_test_id("stSidebar").locator(".pictures").get_by_role("radio").nth(2)
    link = page.get_by_role("link", name=translate("frame.page_dense", "en"), exact=True).first
    for delays in ((0, 0), (0, 10), (10, 0)):
        opened(page, f"{server}/?lang=en", "network")
        link.evaluate(PRESS_BOTH, [tile.element_handle(), *delays])  # no answer comes between
        expect_title(page, "dense")
        expect(drawn(page, "dense")).to_be_visible()
        expect_ended(page)
        expect(page).to_have_url(re.compile("/dense.*picture=sample-2"))
        expect(tile).to_have_attribute("aria-checked", "true")


def test_on_a_slow_line_pages_numbers_options_and_pictures_are_those_of_the_last_press(
    page: Page, server: str
) -> None:
    page = page.context.new_page()  # whose connection is held for as long as it is open
    line = HeldLine(page)
    turn_back_before_a_page_has_come(page, server, line)
    add_up_presses_on_plus(page, server, line)
    press_options_one_after_the_other(page, server, line)
    press_a_picture_while_no_server_answers(page, server, line)
    page.close()


def turn_back_before_a_page_has_come(page: Page, server: str, line: HeldLine) -> None:
    def turn_to(name: str) -> None:
        page.get_by_role("link", name=translate(f"frame.page_{name}", "en"), exact=True).first.click()

    opened(page, f"{server}/layer?lang=en", "layer")
    turn_to("pooling")
    expect_title(page, "pooling")
    expect_ended(page)
    line.hold()
    turn_to("relu")
    line.wait_for_run()
    turn_to("layer")
    line.release()
    expect_title(page, "layer")
    expect(page).to_have_url(re.compile("/layer"))
    expect_ended(page)
    expect(drawn(page, "layer")).to_be_visible()
    assert len(line.connections) == 1  # not by loading it anew

    # a connection that is lost is made anew
    with page.expect_event("load"):
        line.connections[-1].send(ForwardMsg(ref_hash="unknown").SerializeToString())
    expect(page).to_have_url(re.compile("/layer"))
    expect(drawn(page, "layer")).to_be_visible()


def opened(page: Page, address: str, name: str) -> None:
    open_app(page, address)
    expect_title(page, name)
    expect(drawn(page, name)).to_be_visible()
    expect_ended(page)


def add_up_presses_on_plus(page: Page, server: str, line: HeldLine) -> None:
    opened(page, f"{server}/relu?lang=en", "relu")
    place = page.locator(".st-key-map")
    number, plus = place.locator("input"), place.get_by_test_id("stNumberInputStepUp")
    line.hold()
    plus.click()
    line.wait_for_run()
    plus.click()
    plus.click()
    expect(number).to_have_value("3")
    line.release(on_hold=True)
    expect(page).to_have_url(re.compile("map="))  # the page of the first has come
    plus.click()
    line.release()
    expect(page).to_have_url(re.compile("map=4"))
    expect(number).to_have_value("4")


def press_options_one_after_the_other(page: Page, server: str, line: HeldLine) -> None:
    def kernel(name: str) -> Locator:
        return page.locator(".st-key-kernel").get_by_text(translate(f"convolution.kernel_{name}", "en"))

    opened(page, f"{server}/convolution?lang=en", "convolution")
    pressed = page.locator(".st-key-kernel [aria-checked=true], .st-key-kernel [kind$=Active]")
    line.hold()
    kernel("classic").click()
    line.wait_for_run()
    kernel("typed").click()
    line.release(on_hold=True)
    expect(page).to_have_url(re.compile("kernel=classic"))  # the page of the first has come
    expect(pressed).to_have_text(translate("convolution.kernel_typed", "en"))
    line.release()
    expect(page).to_have_url(re.compile("kernel=typed"))
    expect(pressed).to_have_text(translate("convolution.kernel_typed", "en"))

    opened(page, page.url, "convolution")
    line.hold()
    page.get_by_role("button", name="Next step (→)").click()  # a run that changes no option
    line.wait_for_run()
    kernel("classic").click()
    line.release()
    expect(page).to_have_url(re.compile("kernel=classic"))
    expect_ended(page)
    expect(pressed).to_have_text(translate("convolution.kernel_classic", "en"))


def press_a_picture_while_no_server_answers(page: Page, server: str, line: HeldLine) -> None:
    opened(page, f"{server}/relu?lang=en", "relu")
    tiles = page.get_by_test_id("stSidebar").locator(".pictures").get_by_role("radio")
    tiles.nth(1).click()
    expect(page).to_have_url(re.compile("picture=sample-1"))
    expect_ended(page)
    page.route("**/_stcore/health", lambda route: route.abort())
    line.connections[-1].close()
    page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for()
    tiles.nth(2).dispatch_event("click")
    expect(tiles.nth(1)).to_have_attribute("aria-checked", "true")
    page.unroute("**/_stcore/health")
    page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]").wait_for()
    expect_ended(page)
    tiles.nth(2).click()
    expect(page).to_have_url(re.compile("picture=sample-2"))
    expect(tiles.nth(2)).to_have_attribute("aria-checked", "true")
