"""Components by themselves: what a visitor does between two runs of Python, and what comes back late."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Page, expect

from cnnviz import Window
from cnnviz.explain.payload import payload as stepper_payload
from cnnviz.explain.scene import scene
from cnnviz.text import translate
from tests.browser.alone import Alone


def test_other_colours_leave_the_stepper_where_the_visitor_is(page: Page) -> None:
    pooled = scene(np.arange(36.0).reshape(6, 6, 1), Window(2, 2), "max")
    alone = Alone(page, "stepper")
    alone.give(stepper_payload(pooled, "en"))
    view = page.locator(".stepper")
    view.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("sent.length === 1")
    assert alone.sent() == [["selection", {"cell": [0, 2], "channel": 0}]]
    alone.give(stepper_payload(pooled, "en", cell=(0, 2)))
    page.evaluate("dispatchEvent(new Event('cnnviz-recoloured'))")
    alone.painted()
    expect(view).to_have_attribute("data-step", "2")


def test_the_stepper_calls_padding_and_signs_what_they_are(page: Page) -> None:
    alone = Alone(page, "stepper")
    x = np.zeros((1, 3, 1))
    x[0, :, 0] = 1000, -0.0001, 0  # the second has the colour of zero
    alone.give(stepper_payload(scene(x, Window((1, 1)), "max"), "en", cell=(0, 1)))
    cell = page.locator("[data-kind=patch]").first
    expect(cell).to_have_class("number negative winner")
    page.locator(".stepper").focus()
    page.keyboard.press("ArrowRight")
    expect(cell).to_have_class("number winner")

    alone.give(stepper_payload(scene(x - 1, Window((1, 3), padding="same"), "max"), "en"))
    page.keyboard.press("Home")
    cell.hover()
    expect(page.locator(".readout")).to_have_text(translate("stepper.padding_ignored", "en"))
