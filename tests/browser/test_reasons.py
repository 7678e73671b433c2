"""Why it said so in Chromium: a class, a cell, what the cell is made of, and fooling the network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from cnnviz import load, samples
from cnnviz.explain.attribution import registry
from cnnviz.explain.fooling import fool
from cnnviz.text import translate
from tests.browser.conftest import DESKTOP

NAME = "tensorflow_lecture"
CAT = samples().images[0]
LAPTOP: ViewportSize = {"width": 1024, "height": 768}


def test_a_cell_is_taken_apart_and_the_network_fooled(page: Page, server: str) -> None:
    network, method = load(NAME), registry.get("grad_cam")
    found = method.compute(network, CAT, 8)
    page.goto(f"{server}/reasons?lang=en&model={NAME}&picture=sample-0&reasons_class=8&reasons_cell=3,4")
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
