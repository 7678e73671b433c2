"""Why it said so in Chromium: a class, a cell, what the cell is made of, and fooling the network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from cnnviz import load, samples
from cnnviz.explain import ascents
from cnnviz.explain.attribution import registry
from cnnviz.explain.fooling import fool
from cnnviz.text import numbers, translate
from tests.browser.app_tab import open_app
from tests.browser.conftest import DESKTOP, expect_played, watch_playing

NAME = "tensorflow_lecture"
CAT = samples().images[0]
LAPTOP: ViewportSize = {"width": 1024, "height": 768}


def test_a_cell_is_taken_apart_and_the_network_fooled(page: Page, server: str) -> None:
    network, method = load(NAME), registry.get("grad_cam")
    found = method.compute(network, CAT, 8)
    open_app(page, f"{server}/reasons?lang=en&model={NAME}&picture=sample-0&reasons_class=8&reasons_cell=3,4")
    view = page.locator(".heat")
    # the map comes once TensorFlow is there
    expect(view).to_have_attribute("data-value", re.compile(r"\d"))
    page.set_viewport_size(LAPTOP)
    for part in (".over canvas", ".scale", ".bars"):  # the whole map, with what it is read by
        expect(view.locator(part)).to_be_in_viewport(ratio=1)
    page.set_viewport_size(DESKTOP)
    assert float(view.get_attribute("data-value") or "") == pytest.approx(found.values[3, 4], abs=1e-3)
    page.locator(".over canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(view).to_have_attribute("data-row", "4")
    expect(view).to_have_attribute("data-col", "5")
    cell = method.take_apart(found, 4, 5)
    assert float(view.get_attribute("data-value") or "") == pytest.approx(cell.value, abs=1e-3)
    expect(view.locator(".terms li").first).to_contain_text(f"map {cell.terms[0].index}")
    expect(page).to_have_url(re.compile(r"reasons_cell=4%2C5"))

    before = re.escape(view.get_attribute("data-value") or "")
    view.get_by_role("radio", name=re.compile("^cat ")).click()
    expect(view).to_have_attribute("data-target", "3")
    expect(view).to_have_attribute("data-value", re.compile(rf"^(?!{before}$).*\d"))  # another map's
    other = method.compute(network, CAT, 3)
    assert float(view.get_attribute("data-value") or "") == pytest.approx(other.values[4, 5], abs=1e-3)

    fooled = fool(network, CAT)
    page.get_by_role("radio", name=translate("reasons.view_fooling", "en")).click()
    view = page.locator(".fooling")
    expect(view).to_have_attribute("data-size", str(fooled.smallest))
    expect(view).to_have_attribute("data-fooled", "true")
    view.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(view).to_have_attribute("data-fooled", "false")
    expect(page).to_have_url(re.compile(r"reasons_step=0"))
    least = translate("fooling_view.least", "en", smallest=fooled.smallest)
    view.get_by_role("button", name=least).click()
    expect(view).to_have_attribute("data-fooled", "true")


def test_an_ascent_goes_from_grey_to_its_end_and_is_scrubbed(page: Page, server: str) -> None:
    link = f"reasons?lang=en&model={NAME}&reasons_view=filters&reasons_filter_layer=conv2&reasons_filter=5"
    shipped = ascents.read(NAME).ascents["conv2", 5]
    end = len(shipped.steps) - 1
    open_app(page, f"{server}/{link}&reasons_ascent=1")
    view = page.locator(".ascent")
    expect(view).to_have_attribute("data-step", "1")
    slider, play = view.get_by_role("slider"), view.locator(".go")
    slider.focus()
    page.keyboard.press("End")
    expect(view).to_have_attribute("data-after", str(shipped.steps[-1]))
    mean = numbers.number(float(shipped.activations[-1]), 3)
    expect(view.locator("figcaption").first).to_have_text(
        translate("ascent_view.after", "en", n=shipped.steps[-1], value=mean)
    )
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(r"reasons_ascent=0"))
    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(view).to_have_attribute("data-step", str(end - 3))
    watch_playing(view)
    page.keyboard.press(" ")  # it runs by itself, and stops at the end
    expect_played(view)
    expect(view).to_have_attribute("data-step", str(end))
    expect(play).to_have_text(translate("ascent_view.play", "en"))
    expect(page).to_have_url(re.compile(r"^(?!.*reasons_ascent)"))
    view.locator(".strip canvas").nth(3).click()
    expect(view).to_have_attribute("data-step", "3")
    page.emulate_media(reduced_motion="reduce")
    play.click()  # nothing moves by itself
    expect(view).to_have_attribute("data-step", str(end))
    expect(view).to_have_attribute("data-playing", "false")
