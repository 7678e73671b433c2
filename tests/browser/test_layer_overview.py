"""The overview of a large network, in a real browser: its numbers, its widths, and WCAG 2.2."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Response, expect

from cnnviz import samples
from cnnviz.networks import zoo
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import translate
from cnnviz.text.kinds import layer_names
from tests.browser.app_tab import open_app
from tests.browser.conftest import OpenPage, expect_no_sideways_scrolling, next_frame
from tests.browser.guidelines import expect_none
from tests.browser.widths import FINGER, expect_to_hold, touching

pytestmark = pytest.mark.slow
NAME = "efficientnet_lite0"


@pytest.fixture(scope="module")
def wanted() -> dict[str, np.ndarray]:
    return forward(NAME, read_weights(NAME)[0], samples("imagenet").images[1])


def test_any_number_of_any_layer_is_found_a_map_opens_in_place_and_on_a_phone(
    open_page: OpenPage, server: str, wanted: dict[str, np.ndarray]
) -> None:
    page = open_page(reduced_motion="reduce")
    open_app(page, f"{server}/?model={NAME}&picture=sample-1&look={LINKED}&drill=1&lang=en")
    view = page.locator(".overview[data-painted]")
    panel = view.locator(".drill")
    expect_to_add_up(view, wanted)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect_none(page, "the overview")
    find_numbers_and_keep_them_in_the_link(page, view, wanted)
    open_classes_whose_numbers_add_up(page, view, wanted)
    open_maps_in_place_whose_numbers_add_up(page, view, wanted)
    expect_to_hold(page, (1440, 1024))
    open_a_number_on_its_page_on_a_phone(page, view, wanted)


LINKED = "block3_depthwise_conv,50,10,20"


def turn_to(view: Locator, layer: str, language: str = "en") -> None:
    """Press a layer's card."""
    title = layer_names({info.name: info.kind for info in zoo.get(NAME).layers}, language)[layer]
    view.get_by_role("button", name=re.compile(f"^{re.escape(title)} ")).click()
    expect(view).to_have_attribute("data-layer", layer)


def find_numbers_and_keep_them_in_the_link(page: Page, view: Locator, wanted: dict[str, np.ndarray]) -> None:
    expect(view.locator(".best li").first).to_contain_text("espresso")
    layer = LINKED.partition(",")[0]
    expect(view).to_have_attribute("data-layer", layer)

    def value(row: int, col: int) -> None:
        expect(view).to_have_attribute("data-value", re.compile("."))
        found = float(view.get_attribute("data-value") or "nan")
        assert found == pytest.approx(float(wanted[layer][row, col, 50]), abs=1e-3)

    value(10, 20)
    expect(view.locator(".page")).to_have_text("maps 48–95 of 144")
    view.locator(".lens canvas").press("ArrowRight")
    expect(view).to_have_attribute("data-col", "21")
    value(10, 21)
    page.wait_for_url(re.compile(f"look={layer}%2C50%2C10%2C21"))

    view.get_by_role("button", name="Maps after these").click()
    expect(view).to_have_attribute("data-opened", f"{layer} 96")
    turn_to(view, "block2_add")
    expect(view.locator(".about")).to_contain_text("skip connection")
    view.locator(".layer[aria-pressed=true]").press("ArrowRight")
    expect(view).to_have_attribute("data-layer", "block3_expand_conv")
    expect(view).to_have_attribute("data-opened", re.compile("^block3_expand_conv "))


def open_classes_whose_numbers_add_up(page: Page, view: Locator, wanted: dict[str, np.ndarray]) -> None:
    """A vector opens at its largest number: the winning class."""
    turn_to(view, "softmax")
    expect(view).to_have_attribute("data-col", str(int(wanted["softmax"].argmax())))
    view.locator("button.open").click()
    expect_to_add_up(view, wanted)
    page.keyboard.press("ArrowRight")
    names = view.locator(".drill-name")
    expect(names.first).to_have_text("cup")
    # the class itself, then the most probable ones
    assert names.all_inner_texts()[:2] == ["cup", "espresso"]
    expect_to_add_up(view, wanted)
    for layer in ("logits", "global_pool"):
        names.first.click()
        expect(view).to_have_attribute("data-drill", re.compile(f"^{layer},"))
        expect_to_add_up(view, wanted)
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(view.locator(".drill")).to_be_hidden()


def expect_to_add_up(view: Locator, wanted: dict[str, np.ndarray]) -> None:
    """Expect of the map that is open that its numbers make the network's own."""
    panel = view.locator(".drill")
    expect(view).to_have_attribute("data-drill", re.compile("."))
    expect(panel).to_have_attribute("data-exact", "true")
    expect(panel.locator(".drill-total")).not_to_contain_text(re.compile("on the|불러오는"))
    layer, *place = str(view.get_attribute("data-drill")).split(",")
    map_, row, col = map(int, place)
    values = wanted[layer]
    expected = values[col] if values.ndim == 1 else values[row, col, map_]
    for number in ("sum", "value"):
        assert float(str(panel.get_attribute(f"data-{number}"))) == pytest.approx(float(expected), abs=1e-3)


def open_maps_in_place_whose_numbers_add_up(page: Page, view: Locator, wanted: dict[str, np.ndarray]) -> None:
    """By a click and by a name; moved by keys; once, however often it is asked for."""
    turn_to(view, "block3_expand_conv")
    before, maps, panel = view.locator(".previous"), view.locator(".maps"), view.locator(".drill")
    while before.get_attribute("aria-disabled") != "true":
        before.click()
        next_frame(page)
    expect(view).to_have_attribute("data-opened", "block3_expand_conv 0")
    for _ in range(5):
        maps.press("ArrowRight")
    expect(view).to_have_attribute("data-map", "5")
    view.locator(".lens canvas").click()  # in its middle
    next_frame(page)
    row, col = (int(view.get_attribute(f"data-{name}") or -1) for name in ("row", "col"))
    arrived: list[str] = []

    def second(response: Response) -> bool:
        arrived.extend([response.url] if "/cells/" in response.url else [])
        return len(arrived) == 2

    with page.expect_response(second):
        view.locator("button.open").evaluate("(open) => [1, 2].forEach(() => open.click())")
    expect_to_add_up(view, wanted)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    view.locator("button.open").click()
    expect(panel).to_be_visible()
    with page.expect_response("**/cells/**") as late:
        panel.evaluate("""(panel) => [".drill-name", ".drill-close"].forEach(
            (each) => panel.querySelector(each).click())""")
    late.value.finished()
    next_frame(page)
    expect(panel).to_be_hidden()
    maps.press("ArrowRight")  # a map whose numbers are not there yet
    with page.expect_response("**/cells/**") as late:
        view.evaluate("""(view) => {
            const right = new KeyboardEvent("keydown", { key: "ArrowRight" });
            view.querySelector(".open").click();
            view.querySelector(".maps").dispatchEvent(right); // the visitor goes on
        }""")
    late.value.finished()
    next_frame(page)
    expect(view).to_have_attribute("data-map", "7")
    expect(panel).to_be_hidden()
    missing, words = view.locator(".missing"), translate("drill.missing_numbers", "en")
    page.route("**/cells/**", lambda route: route.fulfill(body="no answer"), times=1)
    maps.click(position={"x": 130, "y": 20})
    expect(missing).to_have_text(words)
    expect(missing).to_be_visible()
    expect(panel).to_be_hidden()
    maps.click(position={"x": 130, "y": 20})
    expect(panel).to_be_visible()
    expect(missing).to_have_text("")
    expect(view).to_have_attribute("data-drill", re.compile(f"block3_expand_conv,[12],{row},{col}"))
    expect_to_add_up(view, wanted)
    assert panel.locator(".drill-part").count() < 24  # of 24 maps
    expect(panel.locator(".drill-more")).to_contain_text("more, together")
    for _ in range(8):  # out of the part of the maps that was fetched first
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
    expect(view).to_have_attribute("data-drill", re.compile(f"block3_expand_conv,[12],{row + 8},{col + 8}"))
    expect_to_add_up(view, wanted)
    panel.locator(".drill-name").first.click()
    expect(panel.locator("h2")).to_contain_text("Addition 1")
    expect(panel.locator(".drill-part")).to_have_count(2)
    expect_to_add_up(view, wanted)
    page.wait_for_url(re.compile("drill=1.*look=block2_add|look=block2_add.*drill=1"))
    page.get_by_role("radio", name="한국어").click()  # it stays open, and so does the way back
    expect(view).to_have_attribute("lang", "ko")
    expect(panel.locator("h2")).to_contain_text("덧셈 1")
    expect(view.get_by_role("button", name=re.compile("^덧셈 1 "), include_hidden=True)).to_have_count(1)
    expect_to_add_up(view, wanted)
    panel.locator(".drill-back").click()
    expect(panel.locator("h2")).to_contain_text("합성곱")
    expect(panel.locator(".drill-about")).to_contain_text("합성곱 1×1")
    expect_to_add_up(view, wanted)
    panel.locator(".drill-into canvas").press("Escape")
    expect(panel).to_be_hidden()
    expect(maps).to_be_focused()


def open_a_number_on_its_page_on_a_phone(page: Page, view: Locator, wanted: dict[str, np.ndarray]) -> None:
    expect(view).to_have_class(re.compile("narrow"))
    turn_to(view, "block1_depthwise_conv", "ko")
    expect(view.locator(".about")).to_contain_text("864")
    expect_no_sideways_scrolling(page)
    view.get_by_role("button", name="이 값의 계산 과정 보기").click()
    expect_to_add_up(view, wanted)
    with touching(page):
        page.wait_for_function("(least) => !smallTargets(least).length", arg=FINGER, polling=100)
    expect_no_sideways_scrolling(page)
    view.get_by_role("button", name=translate("drill.own", "ko")).click()
    page.wait_for_url(re.compile(r"/layer\?.*layer_name=block1_depthwise_conv"))
    expect(page.locator("[data-step], [data-painted]").first).to_be_visible()
