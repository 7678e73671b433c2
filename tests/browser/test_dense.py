"""The fully connected page in Chromium: pointing, keys, another unit, the temperature, opening from home."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz import dense_step, samples, softmax
from cnnviz.arithmetic.ops import flat_index
from cnnviz.components.dense_view import TOP
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import translate
from tests.browser.app_tab import open_app, reopen_app
from tests.browser.conftest import resting_box
from tests.browser.saving import save_whole

MODEL = "keras_lecture"
WEIGHTS, _ = read_weights(MODEL)
ACTIVATIONS = forward(MODEL, WEIGHTS, samples().images[0])
SHAPE = (16, 16, 32)


def view(page: Page) -> Locator:
    component = page.locator(".dense[data-painted]")  # a view of the page before may still be there
    expect(component).to_be_visible()
    return component


def amounts(component: Locator) -> list[Decimal]:
    texts = component.locator(".terms .amount").all_inner_texts()
    return [Decimal(text.replace("−", "-")) for text in texts]


def probabilities(component: Locator) -> list[float]:
    rows = component.locator("tbody tr")
    return [float(row.get_attribute("data-probability") or "nan") for row in rows.all()]


def test_the_shown_numbers_add_up_and_an_entry_points_back_at_its_cell_and_a_cell_at_its_entry(
    page: Page, server: str
) -> None:
    open_app(page, f"{server}/dense?dense_layer=dense1&dense_unit=37&dense_entry=1703&lang=en")
    component = view(page)
    expect(component).to_have_attribute("data-row", "3")
    expect(component).to_have_attribute("data-col", "5")
    expect(component).to_have_attribute("data-channel", "7")
    expect(component.locator(".formula")).to_contain_text("(3 × 16 + 5) × 32 + 7 = 1,703")
    *parts, value = amounts(component)
    step = dense_step(ACTIVATIONS["flatten"], WEIGHTS["dense1.kernel"], WEIGHTS["dense1.bias"], 37, TOP)
    assert len(parts) == 2 * TOP + 2  # the rest, and the bias
    assert sum(parts) == value
    assert float(value) == pytest.approx(step.value, abs=2e-3)
    shown = [float(part) for part in parts[: 2 * TOP]]
    np.testing.assert_allclose(shown, step.contributions[[*step.positive, *step.negative]], atol=2e-3)
    answer = component.locator(".answers .name").filter(has=page.locator("em"))
    expect(answer).to_have_text(f"cat, {translate('dense_view.true_label', 'en')}")  # a pause for the ear
    # pointing at a contribution marks its cell
    largest = component.locator(".terms .term").first
    largest.hover()
    expect(component).to_have_attribute("data-entry", str(step.positive[0]))
    largest.click()
    expect(page).to_have_url(re.compile(f"dense_entry={step.positive[0]}"))

    band = page.get_by_role("slider", name=translate("dense_view.band_label", "en", n="8,192"))
    band.focus()
    for key, place in (
        ("Home", (0, 0, 0)),
        ("ArrowRight", (0, 0, 1)),
        ("ArrowDown", (0, 1, 1)),
        ("PageDown", (1, 1, 1)),
        ("End", (15, 15, 31)),
        ("ArrowUp", (15, 14, 31)),
    ):
        page.keyboard.press(key)
        expect(component).to_have_attribute("data-entry", str(flat_index(*place, SHAPE)))
    # row 4, column 12 of map 9, the fourth in the second of the rows of six
    maps = component.locator(".maps .layers")
    box = resting_box(maps)
    maps.hover(position={"x": box["width"] * 3.78 / 6, "y": box["height"] * 1.28 / 6})
    expect(component).to_have_attribute("data-channel", "9")
    expect(component).to_have_attribute("data-entry", str(flat_index(4, 12, 9, SHAPE)))
    maps.click(position={"x": box["width"] * 3.78 / 6, "y": box["height"] * 1.28 / 6})
    expect(page).to_have_url(re.compile(f"dense_entry={flat_index(4, 12, 9, SHAPE)}"))


def test_another_unit_by_click_and_by_key_and_the_temperature_answer_go_into_the_link_and_are_saved(
    page: Page, server: str, tmp_path: Path
) -> None:
    open_app(page, f"{server}/dense?lang=en")
    component = view(page)
    save_whole(page, tmp_path, "cnnviz_fully_connected.png")
    ship = samples().names.index("ship")
    component.get_by_role("button", name=re.compile("^ship ")).click()
    expect(component).to_have_attribute("data-unit", str(ship))
    expect(page).to_have_url(re.compile(f"dense_unit={ship}"))
    *parts, value = amounts(component)
    assert sum(parts) == value
    assert float(value) == pytest.approx(float(ACTIVATIONS["dense2"][ship]), abs=2e-3)
    units = component.locator("[data-layer=dense1]")
    units.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(component).to_have_attribute("data-layer", "dense1")
    expect(component).to_have_attribute("data-unit", "17")  # one to the right, sixteen in a row
    expect(page).to_have_url(re.compile("dense_layer=dense1"))

    logits = ACTIVATIONS["dense2"]
    np.testing.assert_allclose(probabilities(component), ACTIVATIONS["softmax"], atol=1e-4)
    slider = page.get_by_role("slider", name=translate("dense_view.temperature", "en"))
    for key, temperature in (("End", 10), ("Home", 0.1)):
        slider.press(key)
        expect(component).to_have_attribute("data-temperature", str(temperature))
        np.testing.assert_allclose(probabilities(component), softmax(logits, temperature), atol=1e-4)
    # at the lowest temperature one class has next to all, and nothing reads as if it were all
    shares = component.locator("tbody td:last-child").all_inner_texts()
    assert sorted(set(shares)) == ["<\xa00.1%", ">\xa099.9%"]
    assert "0" not in component.locator("tbody .power").all_inner_texts()
    expect(component.locator(".answers").get_by_text(shares[int(logits.argmax())])).to_be_visible()
    slider.fill("15")
    expect(component).to_have_attribute("data-temperature", "2")
    expect(page).to_have_url(re.compile("dense_temperature=2"))
    expected = softmax(logits, 2)
    before = probabilities(component)
    np.testing.assert_allclose(before, expected, atol=1e-4)
    shares = component.locator("tbody td:last-child").all_inner_texts()
    assert sum(Decimal(text.rstrip("%")) for text in shares if "<" not in text) == 100
    powers = component.locator("tbody .power")
    assert sum(Decimal(text.replace(",", "")) for text in powers.all_inner_texts()) == Decimal(
        component.locator("tfoot td").first.inner_text().replace(",", "")
    )
    largest = powers.nth(int(logits.argmax())).inner_text()
    page.get_by_label(translate("dense_view.shift", "en")).check()
    assert largest != "1.0000"
    expect(powers.nth(int(logits.argmax()))).to_have_text("1.0000")
    assert probabilities(component) == before  # subtracting the maximum changes nothing
    reopen_app(page)
    expect(view(page)).to_have_attribute("data-temperature", "2")
    expect(component).to_have_attribute("data-unit", "17")
    page.get_by_role("button", name=translate("dense_view.reset", "en")).click()
    expect(page).not_to_have_url(re.compile("dense_temperature"))


@pytest.mark.parametrize(("start", "layer"), [("class", "dense2"), ("unit", "dense1"), ("flatten", "dense2")])
def test_the_home_page_opens_it(page: Page, server: str, start: str, layer: str) -> None:
    open_app(page, f"{server}/?lang=en")
    grid = page.locator("[data-painted]")
    expect(grid).to_be_visible()
    unit = "3"
    if start == "class":
        grid.locator(".answer li").nth(8).click()
        unit = "8"
    elif start == "unit":
        page.keyboard.press("Tab")  # the focus is seen, and selects, where the keyboard is in use
        grid.locator("[data-layer=dense1_relu]").focus()
        expect(grid).to_have_attribute("data-selected-layer", "dense1_relu")
        before = grid.get_attribute("data-col") or ""
        page.keyboard.press("ArrowRight")
        expect(grid).not_to_have_attribute("data-col", before)  # the key is taken in
        unit = grid.get_attribute("data-col") or ""
        page.keyboard.press("Enter")
    else:
        layer = "dense1"
        unit = str(int(ACTIVATIONS["dense1"].argmax()))
        grid.get_by_role("button", name=re.compile("^Flatten 1")).click()
    if start != "flatten":  # a map opens in place, and offers the page
        page.get_by_role("button", name=translate("drill.own", "en")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(translate("dense.title", "en"))
    component = view(page)
    expect(component).to_have_attribute("data-layer", layer)
    expect(component).to_have_attribute("data-unit", unit)
