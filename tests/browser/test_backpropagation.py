"""The backpropagation page in Chromium: a weight is clicked, its sum stepped through, the step taken."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cnnviz import load, samples
from cnnviz.networks.gradients import Target
from cnnviz.text import translate
from tests.browser.app_tab import open_app


def test_a_weights_gradient_is_summed_place_by_place(page: Page, server: str) -> None:
    label = int(samples().labels[4])
    found = load("keras_lecture").gradients(samples().images[4], Target(label))
    gradient, upstream = found.weights["conv2.kernel"][..., 3, 8], found.outputs["conv2"][..., 8]
    relu = np.pad(found.activations["conv1_relu"][..., 3], 1)
    open_app(
        page,
        f"{server}/backpropagation?lang=en&picture=sample-4&back_layer=conv2&back_filter=8&back_channel=3"
        "&back_weight=1,1&back_place=0,0",
    )
    view = page.locator(".weights[data-painted]")
    expect(view).to_have_attribute("data-weight", "1,1")
    weights = view.get_by_role("radio")
    expect(weights).to_have_count(9)
    weights.nth(2).click()
    expect(view).to_have_attribute("data-weight", "0,2")
    expect(page).to_have_url(re.compile("back_weight=0(,|%2C)2"))
    page.keyboard.press("ArrowDown")  # among the weights
    expect(view).to_have_attribute("data-weight", "1,2")
    expect(view).to_have_attribute("data-step", "0")

    view.focus()
    for key, step in (("ArrowRight", 1), ("ArrowDown", 33), ("ArrowLeft", 32), ("End", 1023), ("Home", 0)):
        page.keyboard.press(key)
        expect(view).to_have_attribute("data-step", str(step))
        products = (relu[1:33, 2:34] * upstream).ravel()
        assert float(view.get_attribute("data-sum") or "nan") == pytest.approx(
            products[: step + 1].sum(dtype=float), rel=1e-3, abs=1e-7
        )
    page.keyboard.press("End")
    expect(view).to_have_attribute("data-step", "1023")
    assert float(view.get_attribute("data-sum") or "nan") == pytest.approx(float(gradient[1, 2]), rel=1e-3)
    expect(view.locator(".sum")).to_contain_text("the gradient of this weight")
    page.keyboard.press(" ")
    expect(view).to_have_attribute("data-playing", "true")
    page.keyboard.press(" ")
    expect(view).to_have_attribute("data-playing", "false")

    page.get_by_role("button", name=translate("backpropagation.again", "en")).click()
    expect(page).to_have_url(re.compile("back_steps=1"))
    expect(page.get_by_role("button", name=translate("backpropagation.restart", "en"))).to_be_enabled()

    map = page.locator(".gallery").get_by_role("radio").first
    map.click()
    expect(page).not_to_have_url(re.compile("back_filter=8(&|$)"))
