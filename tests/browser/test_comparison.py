"""NN vs CNN in Chromium: dragging, keys, heat maps, classes, edits, links."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page, expect

from cnnviz import samples
from cnnviz.arithmetic.transform import mirror, shift
from cnnviz.components.shifts import ComparedNetwork, Selection, payload
from cnnviz.networks.network import forward, read_weights
from cnnviz.text import translate
from tests.browser.alone import Alone
from tests.browser.app_tab import open_app
from tests.browser.conftest import resting_box
from tests.browser.saving import save_whole

CAT = samples().images[0]
NETWORKS = {name: read_weights(name)[0] for name in ("mlp", "keras_lecture")}


def answers(image: np.ndarray) -> list[str]:
    """Return the index of each network's most probable class."""
    return [str(forward(name, weights, image)["softmax"].argmax()) for name, weights in NETWORKS.items()]


def opened(page: Page, url: str) -> Locator:
    """Open a link, and wait until every shift is computed."""
    open_app(page, url)
    expect(page.locator(".summary")).not_to_be_empty()  # TensorFlow may still be importing
    return page.locator(".shifts")


def expect_shift(view: Locator, dx: int, dy: int, image: np.ndarray = CAT) -> None:
    expect(view).to_have_attribute("data-dx", str(dx))
    expect(view).to_have_attribute("data-dy", str(dy))
    for card, answer in zip(view.locator(".network").all(), answers(shift(image, dx, dy)), strict=True):
        expect(card).to_have_attribute("data-answer", answer)


def test_the_picture_is_moved_a_class_is_picked_and_the_link_follows(page: Page, server: str) -> None:
    view = opened(page, f"{server}/comparison?lang=en&picture=sample-0")
    expect_shift(view, 0, 0)
    picture = view.locator("canvas.picture")
    box = resting_box(picture)
    pixel = box["width"] / 32
    x, y = box["x"] + 15.5 * pixel, box["y"] + 15.5 * pixel
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2 * pixel, y, steps=4)
    expect_shift(view, 2, 0)  # while the button is still held
    page.mouse.move(x + 20 * pixel, y - 3 * pixel, steps=4)
    page.mouse.up()
    expect_shift(view, 6, -3)  # no further than 6
    page.mouse.move(x, y)
    expect(view).to_have_attribute("data-dx", "6")  # let go is let go
    expect(page).to_have_url(re.compile("comparison_shift=6%2C-3"))
    page.get_by_role("button", name=translate("shifts.reset", "en")).click()
    expect_shift(view, 0, 0)

    # keys, buttons and heat maps move it, too
    view.locator("canvas.picture").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    expect_shift(view, -1, 1)
    page.get_by_role("button", name=translate("shifts.move_up", "en")).click()
    expect_shift(view, -1, 0)
    heat_map = view.locator(".map canvas").last
    before = heat_map.get_attribute("aria-label")
    box = resting_box(heat_map)
    # 24 px of ticks at the left, 2 at the top; 13 cells between 26 px less than the width
    cell = (box["width"] - 26) / 13
    heat_map.click(position={"x": 24 + 3.5 * cell, "y": 2 + 10.5 * cell})
    expect_shift(view, -3, 4)
    expect(heat_map).not_to_have_attribute("aria-label", str(before))

    # a picked class is what the heat maps show
    page.get_by_role("button", name=translate("shifts.reset", "en")).click()
    expect_shift(view, 0, 0)
    expect(view).to_have_attribute("data-watched", "3")  # a cat
    view.get_by_role("radio", name="dog").first.click()
    expect(view).to_have_attribute("data-watched", "5")
    page.keyboard.press("ArrowDown")  # among the classes the arrows choose a class
    expect(view).to_have_attribute("data-watched", "6")
    expect(view).to_have_attribute("data-dy", "0")
    expect(view.get_by_text(re.compile("probability of frog")).first).to_be_visible()
    expect(page).to_have_url(re.compile("comparison_class=6"))
    painted = str(view.get_attribute("data-painted"))
    page.get_by_role("radio", name="ship (1)").click()  # the choice stays with another picture
    expect(view).not_to_have_attribute("data-painted", painted)
    expect(view).to_have_attribute("data-watched", "6")


def test_a_network_without_finite_answers_is_said_to_have_none(page: Page) -> None:
    shares = np.full((2, 13, 13, 10), 0.1, np.float32)
    shares[1] = np.inf  # all is computed; what is not yet is not a number
    networks = [
        ComparedNetwork(name, name, "", each) for name, each in zip(("Plain", "CNN"), shares, strict=True)
    ]
    made = payload(
        CAT,
        networks,
        class_names=samples().names,
        true_label=0,
        selection=Selection(0, 0),
        language="en",
    )
    Alone(page, "shifts").give(made)
    plain, cnn = page.locator(".network").nth(0), page.locator(".network").nth(1)
    expect(cnn).to_contain_text(translate("shifts.lost", "en"))
    expect(plain).not_to_contain_text(translate("shifts.waiting", "en"))
    expect(page.locator(".said").first).to_contain_text("CNN: no finite answer.")


def test_an_edit_changes_both_answers_and_keeps_the_shift_and_all_is_saved(
    page: Page, server: str, tmp_path: Path
) -> None:
    view = opened(page, f"{server}/comparison?lang=en&comparison_shift=-2,3")
    expect_shift(view, -2, 3)
    save_whole(page, tmp_path, "cnnviz_nn_vs_cnn.png")
    painted = view.get_attribute("data-painted")
    page.get_by_text(translate("comparison.mirror", "en"), exact=True).click()
    expect(view).not_to_have_attribute("data-painted", str(painted))
    expect_shift(view, -2, 3, mirror(CAT))
    expect(page).to_have_url(re.compile("comparison_mirror=1"))
